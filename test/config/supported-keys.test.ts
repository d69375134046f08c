import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { brokerConfigs } from "../../src/config/config.ts";
import type { ConfigDefinition } from "../../src/config/definition.ts";
import { topicConfigs } from "../../src/config/definitions/topic.ts";
import { topicSynonyms } from "../../src/config/definitions/topic-synonyms.ts";

const root = resolve(import.meta.dirname, "../../src");

/** They are read to be checked, or for what is not built; nothing that they say happens yet. */
const readInVain = new Set([
  "group.streams.assignors",
  ...["replication.factor", "num.partitions", "min.isr", "segment.bytes"].flatMap((setting) => [
    `share.coordinator.state.topic.${setting}`,
    `transaction.state.log.${setting}`,
  ]),
  "transaction.max.timeout.ms",
  "log.local.retention.bytes",
  "log.local.retention.ms",
  "metric.reporters",
]);

/** They are honoured without a line that reads them by name. */
const honouredOtherwise = new Set([
  // The older name of node.id.
  "broker.id",
  // Parsed where it is checked.
  "controller.quorum.bootstrap.servers",
  "max.connections.per.ip.overrides",
]);

test("a key is called supported exactly when the broker reads it", () => {
  const used = usedKeys();
  for (const [topicKey, synonyms] of Object.entries(topicSynonyms)) {
    if (used.has(topicKey)) for (const { key } of synonyms) used.add(key);
  }
  const wrong = Object.entries<ConfigDefinition>({ ...topicConfigs, ...brokerConfigs })
    .filter(([key, { supported }]) => supported !== isHonoured(key, used))
    .map(
      ([key, { supported }]) =>
        `${key} is ${supported ? "called supported and not read" : "read and not called supported"}`,
    );
  expect(wrong).toEqual([]);
});

function isHonoured(key: string, used: ReadonlySet<string>): boolean {
  return honouredOtherwise.has(key) || (used.has(key) && !readInVain.has(key));
}

/** Every `config["key"]` of the sources, without the files that look at all keys alike. */
function usedKeys(): Set<string> {
  const generic = /config\/(definitions|cross-checks|warnings|single-node)/;
  const used = new Set<string>();
  for (const path of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".ts") || generic.test(path.replaceAll("\\", "/"))) continue;
    const text = readFileSync(join(root, path), "utf8");
    for (const [, key] of text.matchAll(/\["([a-zA-Z.0-9]+)"\]/g)) used.add(key!);
    for (const [, key] of text.matchAll(/\bconfig\.(listeners|preallocate)\b/g)) used.add(key!);
  }
  return used;
}
