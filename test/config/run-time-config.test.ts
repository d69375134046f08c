import { describe, expect, test } from "vitest";
import { withDynamicConfigs } from "../../src/config/config.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { validateBrokerConfigs } from "../../src/config/dynamic-broker-config.ts";
import { resolveGroupConfig, validateGroupConfigs } from "../../src/config/group-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import { resolveTopicConfig, validateTopicConfigs } from "../../src/config/topic-config.ts";

type Settings = Readonly<Record<string, string>>;

const map = (settings: Settings) => new Map(Object.entries(settings));
const configOf = (settings: Settings = {}) =>
  createConfig({ given: [map(settings)], defaults: singleNodeSettings() }).config;

describe("the settings of a topic", () => {
  test("come from the topic, else from the broker, milliseconds before minutes before hours", () => {
    const retention = (settings: Settings, topic: Settings = {}) =>
      resolveTopicConfig(configOf(settings), map(topic))["retention.ms"];
    expect(retention({})).toBe(168 * 3_600_000);
    expect(retention({ "log.retention.hours": "1" })).toBe(3_600_000);
    expect(retention({ "log.retention.hours": "1", "log.retention.minutes": "5" })).toBe(300_000);
    expect(retention({ "log.retention.minutes": "5", "log.retention.ms": "7" })).toBe(7);
    expect(retention({ "log.retention.ms": "7" }, { "retention.ms": "9" })).toBe(9);
    expect(retention({ "log.retention.ms": "-9" })).toBe(-1);
  });

  test("follow the broker's dynamic values, those of the broker before those of the cluster", () => {
    const config = withDynamicConfigs(
      configOf(),
      map({ "log.segment.bytes": "3000000", "message.max.bytes": "5" }),
      map({ "log.segment.bytes": "2000000" }),
    );
    const topic = resolveTopicConfig(config, new Map());
    expect([topic["segment.bytes"], topic["max.message.bytes"]]).toEqual([2_000_000, 5]);
  });

  test("a dynamic value of a key that needs a restart is left out", () => {
    expect(withDynamicConfigs(configOf(), map({ "node.id": "5" }), new Map())["node.id"]).toBe(1);
  });

  test("a small segment for tests replaces the usual size", () => {
    expect(resolveTopicConfig(configOf(), map({ "internal.segment.bytes": "100" }))["segment.bytes"]).toBe(100);
  });

  /** What Apache Kafka 4.4.0 answers to CreateTopics and IncrementalAlterConfigs. */
  test.each<[Settings, string | undefined]>([
    [{ "segment.bytes": "2000000", "cleanup.policy": "compact,delete" }, undefined],
    [{ foo: "1" }, "Unknown topic config name: foo"],
    [{ "segment.bytes": "1" }, "Invalid value 1 for configuration segment.bytes: Value must be at least 1048576"],
    [{ "retention.ms": "abc" }, "Invalid value abc for configuration retention.ms: Not a number of type LONG"],
    [{ "segment.bytes": "x", foo: "1" }, "Unknown topic config name: foo"],
    [{ "min.compaction.lag.ms": "9223372036854775807" }, undefined],
    [
      { "min.compaction.lag.ms": "9223372036854775807", "max.compaction.lag.ms": "5" },
      "conflict topic config setting min.compaction.lag.ms (9223372036854775807) > max.compaction.lag.ms (5)",
    ],
    [
      { "remote.storage.enable": "true" },
      "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.",
    ],
  ])("%j may be set or not, as Kafka says", (settings, message) => {
    expect(validateTopicConfigs(map(settings))).toBe(message);
  });

  test("null is no value", () => {
    expect(validateTopicConfigs(new Map([["segment.ms", null]]))).toBe(
      "Null value not supported for topic configs: segment.ms",
    );
  });
});

describe("the dynamic settings of brokers", () => {
  /** What Apache Kafka 4.4.0 answers to IncrementalAlterConfigs. */
  test.each<[Settings, isClusterDefault: boolean, string | undefined]>([
    [{ foo: "1" }, false, undefined],
    [{ "node.id": "5" }, false, "Cannot update these configs dynamically: [node.id]"],
    [{ "log.retention.hours": "5" }, true, "Cannot update these configs dynamically: [log.retention.hours]"],
    [
      { "log.segment.bytes": "5" },
      false,
      "Invalid value 5 for configuration log.segment.bytes: Value must be at least 1048576",
    ],
    [
      { listeners: "PLAINTEXT://x:1" },
      true,
      "Cannot update these configs at default cluster level, broker id must be specified: [listeners]",
    ],
    [
      { "ssl.keystore.location": "x" },
      true,
      "These security configs can be dynamically updated only per-listener using the listener prefix: [ssl.keystore.location]",
    ],
    [{ "max.connections": "x" }, false, "Invalid value x for configuration max.connections: Not a number of type INT"],
    [{ "leader.replication.throttled.rate": "100" }, true, undefined],
    [
      { "leader.replication.throttled.rate": "x" },
      false,
      "Invalid value x for configuration leader.replication.throttled.rate: Not a number of type LONG",
    ],
    [{ "listener.name.plaintext.max.connections": "5" }, true, undefined],
    [{ "log.cleaner.threads": "0" }, true, "Log cleaner threads should be at least 1"],
    [{ "log.roll.ms": "7000000", "log.segment.bytes": "2000000" }, true, undefined],
    [
      { "log.retention.ms": "0" },
      true,
      "log.retention.ms is 0 and must be unlimited (-1) or greater than or equal to 1",
    ],
  ])("%j, for all brokers: %s", (settings, isClusterDefault, message) => {
    expect(validateBrokerConfigs(configOf(), map(settings), isClusterDefault)).toBe(message);
  });
});

describe("the settings of a group", () => {
  test.each<[Settings, string | undefined]>([
    [{ "consumer.session.timeout.ms": "50000" }, undefined],
    [{ foo: "1" }, "Unknown group config name: foo"],
    [
      { "consumer.session.timeout.ms": "1" },
      "consumer.session.timeout.ms must be in the range 45000 to 60000 inclusive.",
    ],
    [
      { "consumer.session.timeout.ms": "x" },
      "Invalid value x for configuration consumer.session.timeout.ms: Not a number of type INT",
    ],
    [
      { "consumer.heartbeat.interval.ms": "100000" },
      "consumer.heartbeat.interval.ms must be in the range 5000 to 15000 inclusive.",
    ],
    [
      { "share.record.lock.duration.ms": "1" },
      "Invalid value 1 for configuration share.record.lock.duration.ms: Value must be at least 1000",
    ],
  ])("%j may be set or not, as Kafka says", (settings, message) => {
    expect(validateGroupConfigs(configOf(), map(settings))).toBe(message);
  });

  test("come from the group, else from the broker, and stay within the broker's bounds", () => {
    const config = configOf({
      "group.consumer.session.timeout.ms": "46000",
      "group.consumer.max.session.timeout.ms": "47000",
    });
    const session = (group: Settings) => resolveGroupConfig(config, map(group))["consumer.session.timeout.ms"];
    expect([
      session({}),
      session({ "consumer.session.timeout.ms": "46500" }),
      session({ "consumer.session.timeout.ms": "60000" }),
    ]).toEqual([46_000, 46_500, 47_000]);
  });
});
