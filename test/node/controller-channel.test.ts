import { describe, expect, test } from "vitest";
import { createSimulatedRuntime } from "../../adapters/simulator/index.ts";
import { ControllerChannel } from "../../src/node/controller-channel.ts";

function channelWithoutLeader() {
  const runtime = createSimulatedRuntime({ seed: 1 });
  const channel = new ControllerChannel({
    runtime,
    nodeId: 1,
    listenerName: "CONTROLLER",
    leader: () => ({ epoch: 1, leaderId: -1, endpoints: [] }),
    connectTimeoutMs: 1_000,
  });
  return { runtime, channel };
}

describe("a channel to the controller that does not answer", () => {
  test("is tried again after pauses that double, and at once when another leader is heard of", () => {
    const { runtime, channel } = channelWithoutLeader();
    const triedMs: number[] = [];
    const retry = () => {
      triedMs.push(runtime.clock.elapsed());
      if (triedMs.length < 9) channel.whenWorthTrying(retry);
    };
    channel.whenWorthTrying(retry);
    runtime.clock.advance(1_900);
    expect(triedMs).toEqual([50, 150, 350, 750, 1_250, 1_750]);
    channel.handleLeaderChange(2);
    runtime.clock.advance(200);
    expect(triedMs.slice(6)).toEqual([1_900, 1_950, 2_050]);
  });

  test("is tried again soon when the last failure is long ago", () => {
    const { runtime, channel } = channelWithoutLeader();
    let tries = 0;
    const retry = () => void tries++;
    for (let count = 0; count < 5; count++) {
      channel.whenWorthTrying(retry);
      runtime.clock.advance(500);
    }
    expect(tries).toBe(5);
    channel.whenWorthTrying(retry);
    runtime.clock.advance(50);
    expect(tries).toBe(6);
  });

  test("has all who wait try at the same time, and when it is closed", () => {
    const { runtime, channel } = channelWithoutLeader();
    let tries = 0;
    for (let count = 0; count < 3; count++) channel.whenWorthTrying(() => void tries++);
    runtime.clock.advance(50);
    expect(tries).toBe(3);
    channel.whenWorthTrying(() => void tries++);
    channel.close();
    channel.whenWorthTrying(() => void tries++);
    expect(tries).toBe(5);
  });
});
