import { beforeEach, describe, expect, test } from "vitest";
import { createSimulatedRuntime, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { MetadataImage } from "../../src/controller/metadata-image.ts";
import type { Listener } from "../../src/runtime.ts";
import { BrokerWatch } from "../../src/server/broker-watch.ts";

const EPOCH = 7;

let runtime: SimulatedRuntime;
let listener: Listener;
let watch: BrokerWatch;
let broker: { epoch: number; fenced: boolean; inControlledShutdown: boolean };
let isActive: boolean;
let fenced: string[];

beforeEach(async () => {
  runtime = createSimulatedRuntime({ seed: 1 });
  const listening = runtime.network.listen({ host: "127.0.0.1", port: 9_092 }, { backlog: 1 }, () => ({
    received() {},
    drained() {},
    ended() {},
    closed() {},
  }));
  listener = await listening;
  broker = { epoch: EPOCH, fenced: false, inControlledShutdown: false };
  isActive = true;
  fenced = [];
  const listeners = new Map([
    ["PLAINTEXT", { name: "PLAINTEXT", host: "127.0.0.1", port: 9_092, securityProtocol: 0 }],
  ]);
  watch = new BrokerWatch({
    runtime,
    nodeId: 1,
    listenerName: "PLAINTEXT",
    metadata: () => ({ brokers: new Map([[2, { id: 2, ...broker, listeners }]]) }) as unknown as MetadataImage,
    isActiveController: () => isActive,
    fence: (brokerId, brokerEpoch) => fenced.push(`${brokerId}@${brokerEpoch}`),
  });
});

/** A connection by which heartbeats of broker 2 come; answers what closes it. */
function heartbeats(connectionId = "a"): () => void {
  let close = () => {};
  watch.heartbeat(2, EPOCH, {
    connectionId,
    onDisconnected: (heard) => {
      close = heard;
    },
  });
  return close;
}

const advance = (ms: number) => runtime.clock.advanceWithPromises(ms);

describe("a broker whose connection breaks", () => {
  test("and whose listener refuses twice is fenced, within half a second", async () => {
    const close = heartbeats();
    await listener.close();
    close();
    await advance(200);
    expect(fenced).toEqual([]);
    await advance(300);
    expect(fenced).toEqual(["2@7"]);
  });

  test("and that listens keeps its session", async () => {
    heartbeats()();
    await advance(5_000);
    expect(fenced).toEqual([]);
  });

  test("and that does not answer keeps its session: it may be paused, or the network may be broken", async () => {
    runtime.network.silence(9_092);
    heartbeats()();
    await advance(5_000);
    expect(fenced).toEqual([]);
  });

  test("and whose listener closes a moment later is fenced all the same", async () => {
    heartbeats()();
    await advance(100);
    await listener.close();
    await advance(600);
    expect(fenced).toEqual(["2@7"]);
  });

  test("and that has come back by another one is not fenced", async () => {
    const close = heartbeats("a");
    await listener.close();
    close();
    await advance(100);
    heartbeats("b");
    await advance(1_000);
    expect(fenced).toEqual([]);
  });

  test.each<[string, () => void]>([
    ["in a controlled shutdown", () => Object.assign(broker, { inControlledShutdown: true })],
    ["fenced already", () => Object.assign(broker, { fenced: true })],
  ])("and that is %s is left alone", async (_, change) => {
    const close = heartbeats();
    change();
    await listener.close();
    close();
    await advance(1_000);
    expect(fenced).toEqual([]);
  });

  test("is left alone by a controller that is not active any more", async () => {
    const close = heartbeats();
    await listener.close();
    close();
    isActive = false;
    await advance(1_000);
    expect(fenced).toEqual([]);
  });

  test("is left alone when another incarnation has registered meanwhile", async () => {
    const close = heartbeats();
    await listener.close();
    close();
    await advance(100);
    broker.epoch = 8;
    await advance(1_000);
    expect(fenced).toEqual([]);
  });
});

describe("a new active controller", () => {
  test("fences a broker that has gone before it could be heard", async () => {
    await listener.close();
    watch.activated(undefined);
    await advance(500);
    expect(fenced).toEqual(["2@7"]);
  });

  test("fences the one that was the active controller at once, when its process was found to be gone", async () => {
    await listener.close();
    watch.activated(2);
    expect(fenced).toEqual(["2@7"]);
    await advance(1_000);
    expect(fenced).toEqual(["2@7"]);
  });

  test("waits for the heartbeats of those that listen", async () => {
    watch.activated(undefined);
    await advance(5_000);
    expect(fenced).toEqual([]);
  });
});
