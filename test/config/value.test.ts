import { describe, expect, test } from "vitest";
import { brokerConfigs, definitionOf } from "../../src/config/config.ts";
import { groupConfigs } from "../../src/config/definitions/group.ts";
import { topicConfigs } from "../../src/config/definitions/topic.ts";
import { parseValue } from "../../src/config/value.ts";

/** What Apache Kafka 4.4.0 says to the same key and value: its canonical text, or its message. */
const brokerCases: readonly (readonly [key: string, given: string, kafka: string])[] = [
  ["log.dirs", "a,a", "= a"],
  ["log.dirs", "", "Configuration 'log.dirs' must not be empty. Valid values include: any non-empty value"],
  ["log.dirs", "a,,b", "Configuration 'log.dirs' values must not be empty."],
  ["log.dirs", " a , b ", "= a,b"],
  ["process.roles", "", "Configuration 'process.roles' must not be empty. Valid values include: [broker, controller]"],
  [
    "process.roles",
    "foo",
    "Invalid value foo for configuration process.roles: String must be one of: broker, controller",
  ],
  ["process.roles", "broker,broker", "= broker"],
  ["node.id", "", "Invalid value  for configuration node.id: Not a number of type INT"],
  ["node.id", "-1", "Invalid value -1 for configuration node.id: Value must be at least 0"],
  ["node.id", "1.5", "Invalid value 1.5 for configuration node.id: Not a number of type INT"],
  ["node.id", "2147483648", "Invalid value 2147483648 for configuration node.id: Not a number of type INT"],
  ["node.id", "+5", "= 5"],
  [
    "group.consumer.migration.policy",
    "foo",
    "Invalid value foo for configuration group.consumer.migration.policy: String must be one of (case insensitive): DISABLED, DOWNGRADE, UPGRADE, BIDIRECTIONAL",
  ],
  ["group.consumer.migration.policy", "Disabled", "= Disabled"],
  [
    "remote.log.metadata.manager.impl.prefix",
    "",
    "Invalid value  for configuration remote.log.metadata.manager.impl.prefix: String must be non-empty",
  ],
  [
    "log.cleaner.min.cleanable.ratio",
    "abc",
    "Invalid value abc for configuration log.cleaner.min.cleanable.ratio: Not a number of type DOUBLE",
  ],
  [
    "log.cleaner.min.cleanable.ratio",
    "1.5",
    "Invalid value 1.5 for configuration log.cleaner.min.cleanable.ratio: Value must be no more than 1",
  ],
  ["log.cleaner.min.cleanable.ratio", "1", "= 1.0"],
  ["log.cleaner.io.max.bytes.per.second", "1e9", "= 1.0E9"],
  ["log.cleaner.io.max.bytes.per.second", "12345678", "= 1.2345678E7"],
  ["log.cleaner.io.max.bytes.per.second", "0.0001", "= 1.0E-4"],
  ["log.cleaner.io.max.bytes.per.second", "1.5d", "= 1.5"],
  [
    "offsets.topic.replication.factor",
    "40000",
    "Invalid value 40000 for configuration offsets.topic.replication.factor: Not a number of type SHORT",
  ],
  [
    "auto.create.topics.enable",
    "",
    "Invalid value  for configuration auto.create.topics.enable: Expected value to be either true or false",
  ],
  ["transaction.partition.verification.enable", "False", "= false"],
  ["log.cleanup.policy", "", "= "],
  ["log.cleanup.policy", "delete,delete", "= delete"],
  ["log.flush.interval.messages", "9223372036854775807", "= 9223372036854775807"],
  [
    "log.flush.interval.messages",
    "9223372036854775808",
    "Invalid value 9223372036854775808 for configuration log.flush.interval.messages: Not a number of type LONG",
  ],
];

const topicCases: typeof brokerCases = [
  [
    "compression.gzip.level",
    "0",
    "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1",
  ],
  ["segment.ms", " 12 ", "= 12"],
  ["preallocate", " TRUE ", "= true"],
  ["leader.replication.throttled.replicas", "*", "= *"],
  ["leader.replication.throttled.replicas", "0:1, 1:2", "= 0:1,1:2"],
  ["leader.replication.throttled.replicas", "0:1,0:1", "= 0:1,0:1"],
  [
    "leader.replication.throttled.replicas",
    "abc",
    "Invalid value [abc] for configuration leader.replication.throttled.replicas: leader.replication.throttled.replicas must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
  ],
  ["cleanup.policy", " compact , delete ", "= compact,delete"],
  ["cleanup.policy", "delete,", "Configuration 'cleanup.policy' values must not be empty."],
  ["min.cleanable.dirty.ratio", "0.10", "= 0.1"],
];

const groupCases: typeof brokerCases = [
  ["share.auto.offset.reset", "by_duration:PT1H", "= by_duration:PT1H"],
  [
    "share.auto.offset.reset",
    "by_duration:-PT1H",
    "Invalid value by_duration:-PT1H for configuration share.auto.offset.reset: Invalid value `by_duration:-PT1H` for configuration share.auto.offset.reset. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'.",
  ],
  [
    "share.isolation.level",
    "READ_COMMITTED",
    "Invalid value READ_COMMITTED for configuration share.isolation.level: String must be one of: read_committed, read_uncommitted",
  ],
];

describe.each([
  ["broker", brokerCases, definitionOf],
  ["topic", topicCases, (key: string) => topicConfigs[key as keyof typeof topicConfigs]],
  ["group", groupCases, (key: string) => groupConfigs[key as keyof typeof groupConfigs]],
] as const)("%s", (_, cases, definition) => {
  test.each(cases)("%s=%s: what Kafka says", (key, given, kafka) => {
    const parsed = parseValue(key, definition(key)!, given);
    expect(parsed.ok ? `= ${parsed.text}` : parsed.message).toBe(kafka);
  });
});

test("a definition belongs to one name, which is in its messages", () => {
  const definitions = [brokerConfigs, topicConfigs, groupConfigs].flatMap((table) => Object.values(table));
  expect(new Set(definitions).size).toBe(definitions.length);
});

test("a long beyond what a plain number holds reads as the largest one, and keeps its text", () => {
  const parsed = parseValue(
    "log.flush.interval.messages",
    definitionOf("log.flush.interval.messages")!,
    "9223372036854775807",
  );
  expect(parsed).toEqual({ ok: true, value: Number.MAX_SAFE_INTEGER, text: "9223372036854775807" });
});
