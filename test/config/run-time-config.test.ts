import { describe, expect, test } from "vitest";
import { validateClientMetricsConfigs } from "../../src/config/client-metrics-config.ts";
import { maxConnectionsOf, withDynamicConfigs } from "../../src/config/config.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { validateBrokerConfigs } from "../../src/config/dynamic-broker-config.ts";
import { validateGroupConfigs } from "../../src/config/group-config.ts";
import { reconfigurationProblem } from "../../src/config/reconfiguration.ts";
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

  test("a listener's limit on connections is its own, whichever way it is set, or else that of the broker", () => {
    const config = configOf({ "max.connections": "50", "listener.name.plaintext.max.connections": "5" });
    const limit = (cluster: Settings, broker: Settings) =>
      maxConnectionsOf(withDynamicConfigs(config, map(cluster), map(broker)), "PLAINTEXT");
    expect(maxConnectionsOf(config, "PLAINTEXT")).toBe(5);
    expect(maxConnectionsOf(config, "CONTROLLER")).toBe(50);
    expect(limit({ "max.connections": "3" }, {})).toBe(5);
    expect(limit({ "listener.name.plaintext.max.connections": "7" }, {})).toBe(7);
    expect(
      limit({ "listener.name.plaintext.max.connections": "7" }, { "listener.name.plaintext.max.connections": "8" }),
    ).toBe(8);
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
    [{ "log.cleanup.policy": "compact,delete" }, true, undefined],
    [
      { "log.cleanup.policy": "compact, compact" },
      true,
      "Configuration 'log.cleanup.policy' values must not be duplicated.",
    ],
    [{ "leader.replication.throttled.replicas": "0:1,0:1" }, false, undefined],
    [
      { "principal.builder.class": "no.such.Class" },
      false,
      "Invalid value no.such.Class for configuration principal.builder.class: Class no.such.Class could not be found.",
    ],
    [
      { "principal.builder.class": "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder" },
      false,
      undefined,
    ],
    [{ "log.cleaner.threads": "0" }, true, "Log cleaner threads should be at least 1"],
    [{ "cordoned.log.dirs": "/of/another/node" }, false, undefined],
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

describe("a running broker", () => {
  /** What Apache Kafka 4.4.0 answers to IncrementalAlterConfigs, with 8 threads for I/O and 2 cleaners. */
  test.each<[Settings, string | undefined]>([
    [{ "num.io.threads": "4" }, undefined],
    [{ "num.io.threads": "16" }, undefined],
    [
      { "num.io.threads": "3" },
      "Dynamic thread count update validation failed for num.io.threads=3, value should be at least half the current value 8",
    ],
    [
      { "num.io.threads": "17" },
      "Dynamic thread count update validation failed for num.io.threads=17, value should not be greater than double the current value 8",
    ],
    [{ "log.cleaner.threads": "1" }, undefined],
    [{ "log.cleaner.threads": "5" }, "Log cleaner threads cannot be increased to more than double the current value 2"],
    [{ "log.local.retention.ms": "604800000" }, undefined],
    [
      { "log.local.retention.ms": "604800001" },
      "Invalid value 604800001 for configuration log.local.retention.ms: Value must not be more than log.retention.ms property value: 604800000",
    ],
    [
      { "log.local.retention.ms": "-1" },
      "Invalid value -1 for configuration log.local.retention.ms: Value must not be -1 as log.retention.ms value is set as 604800000.",
    ],
    [{ "log.local.retention.bytes": "5" }, undefined],
    [{ "max.connections": "0" }, "Invalid max.connections 0"],
    [{ "listener.name.plaintext.max.connections": "0" }, "Invalid max.connections 0"],
    [{ "listener.name.other.max.connections": "0" }, undefined],
    [{ "max.connections": "0", "listener.name.plaintext.max.connections": "1" }, undefined],
    [{ "max.connection.creation.rate": "0" }, "Invalid max.connection.creation.rate 0"],
  ])("takes on %j, or not: %s", (settings, message) => {
    expect(problemOf(settings)).toBe(message);
  });

  const listeners = "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093";
  const protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT";

  test.each<[Settings, string | RegExp | undefined]>([
    [{ listeners }, undefined],
    [{ listeners: listeners.replace(",", " , ") }, undefined],
    [{ listeners: `${listeners},X://127.0.0.1:9094` }, /^No security protocol defined for listener X /],
    [{ listeners: "nonsense" }, /^Unable to parse nonsense to a broker endpoint/],
    [{ listeners: listeners.replace("9093", "9092") }, /^Each listener must have a different port/],
    [{ listeners: "PLAINTEXT://127.0.0.1:9092" }, /must contain at least one value appearing in the 'listeners'/],
    [{ listeners: listeners.replace("9092", "9099") }, /^listeners can't change while the broker runs/],
    [
      { listeners: `${listeners},X://127.0.0.1:9094`, "listener.security.protocol.map": `${protocols},X:PLAINTEXT` },
      /^listeners can't change while the broker runs/,
    ],
    [{ "listener.security.protocol.map": protocols }, undefined],
    [{ "listener.security.protocol.map": "nonsense" }, /is a list of NAME:PROTOCOL/],
    [{ "listener.security.protocol.map": `${protocols},X:FOO` }, /^Invalid security protocol `FOO`/],
    [
      { "listener.security.protocol.map": `${protocols},X:SSL` },
      /^listener.security.protocol.map can't change while the broker runs/,
    ],
  ])("keeps the listeners it has: %j", (settings, message) => {
    const problem = problemOf(settings, { "listener.security.protocol.map": protocols });
    if (message instanceof RegExp) expect(problem).toMatch(message);
    else expect(problem).toBe(message);
  });

  test("has no reporters of metrics to load", () => {
    const reporters = (names: string) => problemOf({ "metric.reporters": names });
    expect(reporters("")).toBeUndefined();
    expect(reporters("org.apache.kafka.common.metrics.JmxReporter")).toBeUndefined();
    expect(reporters("org.apache.kafka.common.metrics.JmxReporter,no.such.Class")).toBe(
      "Invalid value no.such.Class for configuration metric.reporters: Class no.such.Class could not be found.",
    );
  });

  test("takes on other changes beside a reporter of metrics that its properties name", () => {
    const properties = { "metric.reporters": "no.such.Class" };
    expect(problemOf({ "num.io.threads": "4" }, properties)).toBeUndefined();
  });

  /** A controller takes them for a broker whose properties it does not know, as Apache Kafka's does. */
  test("takes on other changes beside listeners and reporters that were stored by way of a controller", () => {
    const stored = { listeners: "PLAINTEXT://127.0.0.1:1", "metric.reporters": "no.such.Class" };
    const started = configOf();
    const dynamic = (settings: Settings) => withDynamicConfigs(started, new Map(), map(settings));
    const problem = (next: Settings) => reconfigurationProblem(started, dynamic(stored), dynamic(next));
    expect(problem({ ...stored, "num.io.threads": "4" })).toBeUndefined();
    expect(problem({})).toBeUndefined();
    expect(problem({ ...stored, listeners: "PLAINTEXT://127.0.0.1:2" })).toMatch(/must contain at least one value/);
  });

  function problemOf(settings: Settings, properties: Settings = {}) {
    const started = configOf({ "log.cleaner.threads": "2", ...properties });
    return reconfigurationProblem(started, started, withDynamicConfigs(started, new Map(), map(settings)));
  }
});

describe("the settings of a client metrics subscription", () => {
  /** What Apache Kafka 4.4.0 answers to IncrementalAlterConfigs. */
  test.each<[Settings, isOfRequest: boolean | undefined, string | undefined]>([
    [{ "interval.ms": "100", metrics: "*", match: "client_id=^x$, client_source_port = 9.*" }, undefined, undefined],
    [{ match: "client_id=(?i)a*+,client_software_name=(?>a|b)" }, undefined, undefined],
    [{ foo: "1" }, true, "Unknown client metrics configuration: foo"],
    [
      { "interval.ms": "99" },
      true,
      "Invalid value 99 for interval.ms, interval must be between 100 and 3600000 (1 hour)",
    ],
    [{ "interval.ms": "soon" }, false, "Invalid value soon for configuration interval.ms: Not a number of type INT"],
    [{ match: "client_id=(" }, false, "Illegal client matching pattern: client_id=("],
    [{ match: "nobody=x" }, false, "Illegal client matching pattern: nobody=x"],
  ])("%j are allowed, or not", (settings, isOfRequest, message) => {
    const problem = validateClientMetricsConfigs(map(settings));
    expect([problem?.isOfRequest, problem?.message]).toEqual([isOfRequest, message]);
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
});
