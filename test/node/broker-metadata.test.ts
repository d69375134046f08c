import { expect, test } from "vitest";
import { createSimulatedRuntime } from "../../adapters/simulator/index.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import { emptyImage } from "../../src/controller/metadata-image.ts";
import { BrokerMetadata } from "../../src/node/broker-metadata.ts";
import { ConfigResourceType } from "../../src/protocol/config-resource-type.ts";

const { BROKER, TOPIC } = ConfigResourceType;

/** The retention of each topic asked for, after each step of settings. */
function retentionOf(topics: readonly string[], ...steps: readonly [type: number, name: string, retention: string][]) {
  const { config } = createConfig({ given: [], defaults: singleNodeSettings() });
  const metadata = new BrokerMetadata(createSimulatedRuntime({ seed: 1 }), config, emptyImage("c"));
  const ask = () => topics.map((topic) => metadata.topicConfig(topic)["retention.ms"]);
  return steps.map(([type, name, retention]) => {
    ask();
    const { image: previous } = metadata;
    const key = type === BROKER ? "log.retention.ms" : "retention.ms";
    const configs = [{ type, name, configs: new Map([[key, retention]]) }];
    const unchanged = { topics: new Map(), brokers: new Set<number>(), controllers: new Set<number>() };
    const delta = { previous, ...unchanged, features: new Set<string>(), configs };
    metadata.onBatch(delta, { ...previous, configs: previous.configs.with(configs) });
    return ask();
  });
}

test("a topic has its own settings at once when they change, or the broker's, whichever topic was asked for before", () => {
  const topics = ["a", "b", "a"];
  expect(
    retentionOf(topics, [TOPIC, "a", "1000"], [BROKER, "", "2000"], [TOPIC, "b", "3000"], [TOPIC, "a", "4000"]),
  ).toEqual([
    [1_000, 604_800_000, 1_000],
    [1_000, 2_000, 1_000],
    [1_000, 3_000, 1_000],
    [4_000, 3_000, 4_000],
  ]);
});

/** A subscriber that needs so many turns of the loop for each step, and what was seen of it. */
function followedInTurns(turns: number) {
  const runtime = createSimulatedRuntime({ seed: 1 });
  const { config } = createConfig({ given: [], defaults: singleNodeSettings() });
  const metadata = new BrokerMetadata(runtime, config, emptyImage("c"));
  const seen: string[] = [];
  metadata.subscribe({
    *applyMetadata(_, image) {
      for (let turn = 1; turn <= turns; turn++) {
        seen.push(`step to ${image.offset}, turn ${turn}; requests see ${metadata.image.offset}`);
        if (turn < turns) yield;
      }
    },
  });
  runtime.clock.runUntilIdle();
  seen.length = 0;
  const hear = (offset: number) =>
    metadata.onBatch(
      {
        previous: metadata.image,
        topics: new Map(),
        brokers: new Set(),
        controllers: new Set(),
        features: new Set(),
        configs: [],
      },
      { ...metadata.image, offset },
    );
  return { runtime, metadata, seen, hear };
}

test("a step that takes several turns is seen by requests from the first on, and no later one overtakes it", () => {
  const { runtime, metadata, seen, hear } = followedInTurns(2);
  hear(10);
  hear(11);
  expect(seen).toEqual(["step to 10, turn 1; requests see -1"]);
  expect([metadata.image.offset, metadata.appliedOffset]).toEqual([10, -1]);
  runtime.clock.runUntilIdle();
  expect(seen.slice(1)).toEqual([
    "step to 10, turn 2; requests see 10",
    "step to 11, turn 1; requests see 10",
    "step to 11, turn 2; requests see 11",
  ]);
  expect([metadata.image.offset, metadata.appliedOffset]).toEqual([11, 11]);
});

test("who waits for the steps that were heard is called at once when there are none, else behind them", () => {
  const { runtime, metadata, hear } = followedInTurns(3);
  const called: number[] = [];
  metadata.afterSteps(() => called.push(metadata.appliedOffset));
  hear(10);
  metadata.afterSteps(() => called.push(metadata.appliedOffset));
  hear(11);
  expect(called).toEqual([-1]);
  runtime.clock.runUntilIdle();
  expect(called).toEqual([-1, 10]);
});

test("a broker that stops applies nothing more", () => {
  const { runtime, metadata, seen, hear } = followedInTurns(2);
  hear(10);
  metadata.close();
  runtime.clock.runUntilIdle();
  expect(seen.length).toBe(1);
  expect(metadata.appliedOffset).toBe(-1);
});
