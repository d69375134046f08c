import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/config/config-error.ts";
import { createConfig, logDirs, metadataLogDir } from "../../src/config/create-config.ts";
import { singleNodeSettings, singleNodeUnder } from "../../src/config/single-node.ts";
import { internalTopicWarning } from "../../src/config/warnings.ts";

type Settings = Readonly<Record<string, string>>;

const map = (settings: Settings) => new Map(Object.entries(settings));
const create = (...given: Settings[]) => createConfig({ given: given.map(map), defaults: singleNodeSettings() });

test("overrides come over the environment, the environment over the file, anything over the defaults", () => {
  const { config } = create(
    { "num.partitions": "3" },
    { "num.partitions": "2", "broker.rack": "r2" },
    { "broker.rack": "r1", "log.dirs": "/d" },
  );
  expect([config["num.partitions"], config["broker.rack"], logDirs(config)]).toEqual([3, "r2", ["/d"]]);
});

test("what nobody sets has Kafka's default, typed", () => {
  const { config } = create({});
  expect(config["log.segment.bytes"]).toBe(1_073_741_824);
  expect(config["auto.create.topics.enable"]).toBe(true);
  expect(config["log.cleanup.policy"]).toEqual(["delete"]);
  expect(config["log.roll.ms"]).toBeNull();
  expect(config["log.cleaner.io.max.bytes.per.second"]).toBe(Number.MAX_VALUE);
});

test("all values that are wrong are said at once", () => {
  const failure = catchError(() => create({ "num.partitions": "0", "log.segment.bytes": "x", "node.id": "-3" }));
  expect(failure).toBeInstanceOf(ConfigError);
  expect((failure as ConfigError).problems).toEqual([
    "Invalid value -3 for configuration node.id: Value must be at least 0",
    "Invalid value 0 for configuration num.partitions: Value must be at least 1",
    "Invalid value x for configuration log.segment.bytes: Not a number of type INT",
  ]);
});

test("a required key that is missing is named", () => {
  expect(() => createConfig({ given: [map({ "node.id": "1" })] })).toThrow(
    'Missing required configuration "process.roles" which has no default value.',
  );
});

test("zookeeper.connect is answered with what has taken its place", () => {
  expect(() => create({ "zookeeper.connect": "localhost:2181" })).toThrow(
    /quorum of controllers.*controller\.quorum\.bootstrap\.servers/s,
  );
});

test("broker.id stands for node.id, and both must agree", () => {
  const given = [map({ "broker.id": "7" })];
  const defaults = singleNodeSettings();
  defaults.delete("node.id");
  expect(createConfig({ given, defaults }).config["node.id"]).toBe(7);
  expect(() => create({ "broker.id": "7" })).toThrow("`node.id` and `broker.id` must be set to the same value");
});

test("the metadata log is in the first log directory unless it has its own", () => {
  expect(metadataLogDir(create({ "log.dirs": "/a,/b" }).config)).toBe("/a");
  expect(metadataLogDir(create({ "log.dirs": "/a,/b", "metadata.log.dir": "/m" }).config)).toBe("/m");
});

/** Pairs that Apache Kafka 4.4.0 refuses together. */
describe("what does not fit together is refused", () => {
  test.each<[Settings, string]>([
    [{ "log.roll.ms": "0" }, "log.roll.ms is 0 and must be greater than or equal to 1"],
    [{ "log.retention.ms": "0" }, "must be unlimited (-1) or"],
    [{ "log.retention.hours": "0" }, "must be unlimited (-1) or"],
    [{ "log.roll.jitter.ms": "-1" }, "log.roll.jitter.ms is -1 and must be greater than or equal to 0"],
    [
      { "queued.max.request.bytes": "100" },
      "queued.max.request.bytes must be larger or equal to socket.request.max.bytes",
    ],
    [
      { "listener.name.plaintext.max.connections": "many" },
      "listener.name.plaintext.max.connections: Invalid value many",
    ],
    [{ "max.connections.per.ip": "0" }, "max.connections.per.ip can be set to zero only if"],
    [{ "max.connections.per.ip.overrides": "a:b" }, "max.connections.per.ip.overrides is a list of host:count"],
    [{ "max.connections.per.ip.overrides": "bad host:5" }, "max.connections.per.ip.overrides is a list of host:count"],
    [
      { "connections.max.idle.ms": "50" },
      "connection.failed.authentication.delay.ms=100 should always be less than connections.max.idle.ms=50",
    ],
    [
      { "replica.fetch.wait.max.ms": "40000" },
      "replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms",
    ],
    [
      { "log.cleaner.dedupe.buffer.size": "1000" },
      "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.",
    ],
    [{ "offsets.topic.compression.codec": "9" }, "Invalid value 9 for configuration offsets.topic.compression.codec"],
    [
      { "group.consumer.session.timeout.ms": "10" },
      "group.consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms",
    ],
    [
      { "group.consumer.heartbeat.interval.ms": "60000" },
      "group.consumer.heartbeat.interval.ms must be less than or equal to group.consumer.max.heartbeat.interval.ms",
    ],
    [{ "group.coordinator.rebalance.protocols": "consumer" }, "Disabling the 'classic' protocol"],
    [{ "cordoned.log.dirs": "/x" }, "All entries in cordoned.log.dirs must be present in log.dirs or log.dir."],
    [{ "controller.quorum.voters": "xx" }, "Each entry should be in the form `{id}@{host}:{port}`"],
    [{ "controller.quorum.voters": "1@a:65536" }, "Each entry should be in the form `{id}@{host}:{port}`"],
    [{ "controller.quorum.voters": "2147483648@a:9093" }, "Each entry should be in the form `{id}@{host}:{port}`"],
    [{ "controller.quorum.voters": "2@127.0.0.1:9093" }, "the node id 1 must be included in the set of voters"],
    [
      { "controller.quorum.bootstrap.servers": "" },
      "If using process.roles, either controller.quorum.bootstrap.servers",
    ],
    [{ "controller.quorum.bootstrap.servers": "a" }, 'Each entry should be in the form "{host}:{port}"'],
    [{ "controller.quorum.bootstrap.servers": "a:65536" }, 'Each entry should be in the form "{host}:{port}"'],
    [{ "polylog.http.listeners": "127.0.0.1:80" }, "polylog.http.listeners: use http://host:port"],
    [
      { "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer" },
      "there is no authorizer in this version, and everybody would be let in",
    ],
    [
      { "create.topic.policy.class.name": "com.example.NamingPolicy" },
      "create.topic.policy.class.name is com.example.NamingPolicy: there is no Java here to load a class",
    ],
    [{ "alter.config.policy.class.name": "com.example.LimitPolicy" }, "Remove it to start without this policy"],
  ])("%j", (settings, message) => {
    expect(() => create(settings)).toThrow(message);
  });

  test("a negative retention is none", () => {
    expect(() => create({ "log.retention.ms": "-5" })).not.toThrow();
  });
});

describe("warnings", () => {
  test.each<[Settings, string | RegExp]>([
    [{ "log.dris": "/data" }, "log.dris is set and ignored: there is no such key. Did you mean log.dirs?"],
    [{ "foo.bar": "1" }, "foo.bar is set and ignored: there is no such key."],
    [
      { "inter.broker.protocol.version": "3.9" },
      "inter.broker.protocol.version is set and ignored: Kafka 4 has no such key any more.",
    ],
    [{ "num.io.threads": "16" }, "num.io.threads is set and has no effect: this version does not support it yet."],
    [
      { "listener.name.plaintext.ssl.key.password": "x" },
      /^listener\.name\.plaintext\.ssl\.key\.password is set and has no effect/,
    ],
    [
      { "listener.name.other.max.connections": "5" },
      "listener.name.other.max.connections is set and has no effect: there is no listener OTHER.",
    ],
    [
      { "listener.name.plaintext.max.connection.creation.rate": "5" },
      /^listener\.name\.plaintext\.max\.connection\.creation\.rate is set and has no effect/,
    ],
    [{ "log.dirs": "/tmp/kafka-logs" }, /^log\.dirs has \/tmp\/kafka-logs: many systems empty \/tmp/],
  ])("%j", (settings, warning) => {
    const { warnings } = create(settings);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(warning);
  });

  test.each<[Settings]>([
    [{}],
    [{ "num.io.threads": "8" }],
    [{ "log.dirs": "/data", "num.partitions": "3" }],
    [{ "listener.name.plaintext.max.connections": "5", "listener.name.controller.max.connections": "5" }],
  ])("none for %j", (settings) => {
    expect(create(settings).warnings).toEqual([]);
  });

  test("a single broker is told that three replicas of the offsets topic can't be, and how to go on", () => {
    const { config } = create({ "offsets.topic.replication.factor": "3" });
    expect(internalTopicWarning(config, 1)).toMatch(
      /is 3 and 1 broker is registered.*set offsets\.topic\.replication\.factor=1/,
    );
    expect(internalTopicWarning(config, 3)).toBeUndefined();
  });
});

describe("a node of which nobody says what it is", () => {
  test("is broker and controller on the loopback interface", () => {
    const { config } = createConfig({ given: [], defaults: singleNodeUnder(new Map()).defaults });
    expect(config.listeners).toEqual(["PLAINTEXT://127.0.0.1:9092", "CONTROLLER://127.0.0.1:9093"]);
    expect(config["offsets.topic.replication.factor"]).toBe(1);
  });

  test("gets a controller's listener on a free port when only the broker's is given", () => {
    const { given, defaults } = singleNodeUnder(map({ listeners: "PLAINTEXT://127.0.0.1:19092" }));
    const { config } = createConfig({ given: [given], defaults });
    expect(config.listeners).toEqual(["PLAINTEXT://127.0.0.1:19092", "CONTROLLER://127.0.0.1:0"]);
  });

  test("a node whose controller listens elsewhere too still looks for nobody else", () => {
    const listeners = "PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093";
    const { defaults } = singleNodeUnder(map({ listeners }));
    expect(defaults.get("controller.quorum.bootstrap.servers")).toBe("127.0.0.1:0");
  });

  test("gets nothing when process.roles is given: then everything has to be", () => {
    const { given, defaults } = singleNodeUnder(map({ "process.roles": "broker,controller" }));
    expect(defaults.size).toBe(0);
    expect(() => createConfig({ given: [given], defaults })).toThrow("Missing required configuration");
  });

  test("keeps log.dir where it is given", () => {
    const { given, defaults } = singleNodeUnder(map({ "log.dir": "/d" }));
    expect(logDirs(createConfig({ given: [given], defaults }).config)).toEqual(["/d"]);
  });
});

function catchError(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
