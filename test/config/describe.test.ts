import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ConfigLayers } from "../../src/config/config-layers.ts";
import { createConfig } from "../../src/config/create-config.ts";
import {
  type DescribedConfig,
  describeBrokerConfigs,
  describeClusterConfigs,
  describeGroupConfigs,
  describeTopicConfigs,
} from "../../src/config/describe.ts";

const golden = readFileSync(join(import.meta.dirname, "golden/apache-kafka-4.4.0-describe.txt"), "utf8");

/** The properties of the broker that the golden answers come from, and what was altered before. */
const properties = {
  "process.roles": "broker,controller",
  "node.id": "1",
  "controller.quorum.bootstrap.servers": "127.0.0.1:29393",
  listeners: "PLAINTEXT://127.0.0.1:29392,CONTROLLER://127.0.0.1:29393",
  "advertised.listeners": "PLAINTEXT://127.0.0.1:29392",
  "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
  "controller.listener.names": "CONTROLLER",
  "inter.broker.listener.name": "PLAINTEXT",
  "log.dirs": "/data",
  "offsets.topic.replication.factor": "1",
  "transaction.state.log.replication.factor": "1",
  "transaction.state.log.min.isr": "1",
  "share.coordinator.state.topic.replication.factor": "1",
  "share.coordinator.state.topic.min.isr": "1",
  "group.initial.rebalance.delay.ms": "0",
  "log.retention.hours": "100",
  "log.roll.hours": "3",
  "broker.rack": "r1",
  "foo.bar": "3",
  "sasl.jaas.config": "x",
  "max.connections": "500",
};
const layers: ConfigLayers = {
  static: createConfig({ given: [new Map(Object.entries(properties))] }).config,
  cluster: new Map([
    ["log.roll.ms", "7000000"],
    ["log.segment.bytes", "3000000"],
    ["min.insync.replicas", "1"],
  ]),
  broker: new Map([["log.segment.bytes", "2000000"]]),
};

const SOURCES = [
  "UNKNOWN",
  "DYNAMIC_TOPIC_CONFIG",
  "DYNAMIC_BROKER_CONFIG",
  "DYNAMIC_DEFAULT_BROKER_CONFIG",
  "STATIC_BROKER_CONFIG",
  "DEFAULT_CONFIG",
  "",
  "",
  "DYNAMIC_GROUP_CONFIG",
];
const TYPES = ["UNKNOWN", "BOOLEAN", "STRING", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD"];

test("a topic's settings, with their sources and synonyms, are those of Kafka", () => {
  const overrides = new Map([
    ["segment.ms", " 12345 "],
    ["cleanup.policy", "compact"],
  ]);
  expect(lines(describeTopicConfigs(layers, overrides))).toEqual(section("topic"));
});

test("a broker's settings are those of Kafka, and our own", () => {
  const ours = lines(describeBrokerConfigs(layers)).filter((line) => !line.startsWith("polylog."));
  const kafkas = section("broker")
    // Once log.roll.ms is set dynamically, Kafka shows the default of log.roll.hours and calls it static.
    .map((line) => line.replace("log.roll.hours=168 STATIC", "log.roll.hours=3 STATIC"));
  expect(ours).toEqual(kafkas);
});

test("the cluster's settings are those that were set, and no defaults", () => {
  expect(lines(describeClusterConfigs(layers.cluster))).toEqual(section("cluster"));
});

test("a group's settings are those of Kafka", () => {
  expect(lines(describeGroupConfigs(layers, new Map()))).toEqual(section("group"));
});

test("an internal setting shows up once it is set", () => {
  const shown = (overrides: Map<string, string>) =>
    describeTopicConfigs(layers, overrides).some(({ name }) => name === "internal.segment.bytes");
  expect([shown(new Map()), shown(new Map([["internal.segment.bytes", "100"]]))]).toEqual([false, true]);
});

test("secrets and what nobody knows are described without their values", () => {
  const described = describeBrokerConfigs({ ...layers, broker: new Map([["unheard.of", "secret"]]) });
  for (const name of ["sasl.jaas.config", "unheard.of", "foo.bar"]) {
    const { value, isSensitive, synonyms } = described.find((config) => config.name === name)!;
    expect([value, isSensitive, synonyms[0]!.value], name).toEqual([null, true, null]);
  }
});

function section(name: string): string[] {
  const start = golden.indexOf(`== ${name}\n`) + name.length + 4;
  const end = golden.indexOf("\n== ", start);
  return golden
    .slice(start, end < 0 ? undefined : end)
    .trim()
    .split("\n")
    .sort();
}

function lines(described: readonly DescribedConfig[]): string[] {
  return described
    .map(({ name, value, configSource, readOnly, isSensitive, configType, synonyms }) => {
      const flags = `${readOnly ? " RO" : ""}${isSensitive ? " SENS" : ""}`;
      const same = synonyms.map((synonym) => ` <${synonym.name}=${synonym.value} ${SOURCES[synonym.source]}>`).join("");
      return `${name}=${value} ${SOURCES[configSource]}${flags} ${TYPES[configType]}${same}`;
    })
    .sort();
}
