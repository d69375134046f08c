import {
  atLeast,
  boolean,
  int,
  list,
  long,
  notEmpty,
  oneOfIgnoringCase,
  short,
  someOf,
  string,
} from "../definition.ts";

/** Classic and consumer groups, and the offsets topic. */
export const groupCoordinatorConfigs = {
  "group.min.session.timeout.ms": int(6000, {
    importance: "medium",
    supported: true,
    documentation: "The shortest session timeout that a member of a classic group may ask for, in milliseconds.",
  }),
  "group.max.session.timeout.ms": int(1_800_000, {
    importance: "medium",
    supported: true,
    documentation: "The longest session timeout that a member of a classic group may ask for, in milliseconds.",
  }),
  "group.initial.rebalance.delay.ms": int(3000, {
    importance: "medium",
    supported: true,
    documentation:
      "How long an empty classic group waits for more members before its first rebalance, in milliseconds.",
  }),
  "group.max.size": int(2_147_483_647, {
    importance: "medium",
    allowed: atLeast(1),
    supported: true,
    documentation: "The most members of a classic group.",
  }),
  "group.coordinator.rebalance.protocols": list(["classic", "consumer", "streams"], {
    importance: "medium",
    allowed: someOf("consumer", "classic", "share", "streams"),
    documentation: "Which kinds of groups the coordinator serves.",
  }),
  "group.coordinator.threads": int(4, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "Threads of the group coordinator in Kafka; here it runs on the event loop.",
  }),
  "group.coordinator.background.threads": int(2, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "Threads for the group coordinator's background work in Kafka.",
  }),
  "group.coordinator.append.linger.ms": int(-1, {
    importance: "medium",
    allowed: atLeast(-1),
    documentation: "How long the coordinator gathers records before it writes them, in milliseconds; -1: as they come.",
  }),
  "group.coordinator.cached.buffer.max.bytes": int(1_048_588, {
    importance: "medium",
    allowed: atLeast(524_288),
    update: "cluster-wide",
    documentation: "The largest write buffer that the coordinator keeps for reuse.",
  }),
  "group.consumer.session.timeout.ms": int(45_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How long a member of a consumer group may be silent, in milliseconds.",
  }),
  "group.consumer.min.session.timeout.ms": int(45_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The least that a group may set as its consumer session timeout, in milliseconds.",
  }),
  "group.consumer.max.session.timeout.ms": int(60_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The most that a group may set as its consumer session timeout, in milliseconds.",
  }),
  "group.consumer.heartbeat.interval.ms": int(5000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How often members of consumer groups send a heartbeat, in milliseconds.",
  }),
  "group.consumer.min.heartbeat.interval.ms": int(5000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The least that a group may set as its consumer heartbeat interval, in milliseconds.",
  }),
  "group.consumer.max.heartbeat.interval.ms": int(15_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The most that a group may set as its consumer heartbeat interval, in milliseconds.",
  }),
  "group.consumer.max.size": int(2_147_483_647, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The most members of a consumer group.",
  }),
  "group.consumer.assignors": list(["uniform", "range"], {
    importance: "medium",
    allowed: notEmpty,
    documentation: "The server-side assignors of consumer groups; the first is the default.",
  }),
  "group.consumer.migration.policy": string("bidirectional", {
    importance: "medium",
    allowed: oneOfIgnoringCase("DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"),
    documentation: "Whether groups change between the classic and the consumer protocol as their members do.",
  }),
  "group.consumer.assignment.interval.ms": int(1000, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    documentation: "The least time between two assignments of a consumer group, in milliseconds.",
  }),
  "group.consumer.min.assignment.interval.ms": int(0, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "The least that a group may set as its assignment interval, in milliseconds.",
  }),
  "group.consumer.max.assignment.interval.ms": int(15_000, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "The most that a group may set as its assignment interval, in milliseconds.",
  }),
  "group.consumer.assignor.offload.enable": boolean(true, {
    importance: "medium",
    update: "cluster-wide",
    internal: true,
    documentation: "Whether consumer assignments are computed apart from the coordinator.",
  }),
  "group.consumer.regex.refresh.interval.ms": int(600_000, {
    importance: "medium",
    allowed: atLeast(10_000),
    internal: true,
    documentation: "How often topic patterns of consumer groups are looked up again, in milliseconds.",
  }),
  "offsets.topic.replication.factor": short(3, {
    importance: "high",
    allowed: atLeast(1),
    supported: true,
    documentation:
      "The replication factor of the topic that keeps offsets and groups. While fewer brokers are registered the topic can't be created, and no group works: set it to 1 on a single broker.",
  }),
  "offsets.topic.num.partitions": int(50, {
    importance: "high",
    allowed: atLeast(1),
    supported: true,
    documentation: "The number of partitions of the topic that keeps offsets and groups. Not to be changed later.",
  }),
  "offsets.topic.segment.bytes": int(104_857_600, {
    importance: "high",
    allowed: atLeast(1),
    supported: true,
    documentation: "The segment size of the topic that keeps offsets and groups.",
  }),
  "offsets.topic.compression.codec": int(0, {
    importance: "high",
    supported: true,
    documentation: "How the coordinator compresses its records: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.",
  }),
  "offsets.load.buffer.size": int(5_242_880, {
    importance: "high",
    allowed: atLeast(1),
    supported: true,
    documentation: "How many bytes are read at a time when a coordinator loads its state.",
  }),
  "offsets.commit.timeout.ms": int(5000, {
    importance: "high",
    allowed: atLeast(1),
    supported: true,
    documentation: "How long a commit waits for its replicas, in milliseconds.",
  }),
  "offsets.retention.minutes": int(10_080, {
    importance: "high",
    allowed: atLeast(1),
    supported: true,
    documentation: "How long the offsets of an empty group are kept, in minutes.",
  }),
  "offsets.retention.check.interval.ms": long(600_000, {
    importance: "high",
    allowed: atLeast(1),
    supported: true,
    documentation: "How often expired offsets are looked for, in milliseconds.",
  }),
  "offset.metadata.max.bytes": int(4096, {
    importance: "high",
    supported: true,
    documentation: "The longest text that may be committed with an offset.",
  }),
};
