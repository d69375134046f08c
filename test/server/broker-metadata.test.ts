import { expect, test } from "vitest";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import { ConfigResourceType, emptyImage } from "../../src/controller/metadata-image.ts";
import { BrokerMetadata } from "../../src/server/broker-metadata.ts";

const { BROKER, TOPIC } = ConfigResourceType;

/** The retention of each topic asked for, after each step of settings. */
function retentionOf(topics: readonly string[], ...steps: readonly [type: number, name: string, retention: string][]) {
  const { config } = createConfig({ given: [], defaults: singleNodeSettings() });
  const metadata = new BrokerMetadata(config, emptyImage("c"));
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
