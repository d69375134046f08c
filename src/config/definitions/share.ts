import { atLeast, boolean, int, list, notEmpty, range, short, string } from "../definition.ts";

/** Share groups (KIP-932). */
export const shareConfigs = {
  "group.share.session.timeout.ms": int(45_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How long a member of a share group may be silent, in milliseconds.",
  }),
  "group.share.min.session.timeout.ms": int(45_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The least that a group may set as its share session timeout, in milliseconds.",
  }),
  "group.share.max.session.timeout.ms": int(60_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The most that a group may set as its share session timeout, in milliseconds.",
  }),
  "group.share.heartbeat.interval.ms": int(5000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How often members of share groups send a heartbeat, in milliseconds.",
  }),
  "group.share.min.heartbeat.interval.ms": int(5000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The least that a group may set as its share heartbeat interval, in milliseconds.",
  }),
  "group.share.max.heartbeat.interval.ms": int(15_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The most that a group may set as its share heartbeat interval, in milliseconds.",
  }),
  "group.share.max.size": int(200, {
    importance: "medium",
    allowed: range(1, 1000),
    documentation: "The most members of a share group.",
  }),
  "group.share.assignors": list(["simple"], {
    importance: "medium",
    allowed: notEmpty,
    documentation: "The server-side assignor of share groups.",
  }),
  "group.share.assignment.interval.ms": int(1000, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    documentation: "The least time between two assignments of a share group, in milliseconds.",
  }),
  "group.share.min.assignment.interval.ms": int(0, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "The least that a group may set as its share assignment interval, in milliseconds.",
  }),
  "group.share.max.assignment.interval.ms": int(15_000, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "The most that a group may set as its share assignment interval, in milliseconds.",
  }),
  "group.share.assignor.offload.enable": boolean(true, {
    importance: "medium",
    update: "cluster-wide",
    internal: true,
    documentation: "Whether share assignments are computed apart from the coordinator.",
  }),
  "group.share.delivery.count.limit": int(5, {
    importance: "medium",
    allowed: range(2, 10),
    documentation: "How often a record is delivered to a share group before it is given up.",
  }),
  "group.share.min.delivery.count.limit": int(2, {
    importance: "medium",
    allowed: range(2, 5),
    documentation: "The least that a group may set as its delivery count limit.",
  }),
  "group.share.max.delivery.count.limit": int(10, {
    importance: "medium",
    allowed: range(5, 25),
    documentation: "The most that a group may set as its delivery count limit.",
  }),
  "group.share.record.lock.duration.ms": int(30_000, {
    importance: "medium",
    allowed: range(1000, 3_600_000),
    documentation: "How long a record is locked for the consumer that acquired it, in milliseconds.",
  }),
  "group.share.min.record.lock.duration.ms": int(15_000, {
    importance: "medium",
    allowed: range(1000, 30_000),
    documentation: "The least that a group may set as its record lock duration, in milliseconds.",
  }),
  "group.share.max.record.lock.duration.ms": int(60_000, {
    importance: "medium",
    allowed: range(30_000, 3_600_000),
    documentation: "The most that a group may set as its record lock duration, in milliseconds.",
  }),
  "group.share.partition.max.record.locks": int(2000, {
    importance: "medium",
    allowed: range(100, 10_000),
    documentation: "How many records of a share partition may be in flight.",
  }),
  "group.share.min.partition.max.record.locks": int(100, {
    importance: "medium",
    allowed: range(100, 2000),
    documentation: "The least that a group may set as its record lock limit.",
  }),
  "group.share.max.partition.max.record.locks": int(4000, {
    importance: "medium",
    allowed: range(2000, 10_000),
    documentation: "The most that a group may set as its record lock limit.",
  }),
  "group.share.max.share.sessions": int(2000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How many share sessions a broker keeps.",
  }),
  "group.share.persister.class.name": string("org.apache.kafka.server.share.persister.DefaultStatePersister", {
    importance: "medium",
    internal: true,
    documentation: "The Java class that keeps the state of share groups.",
  }),
  "group.share.dlq.manager.class.name": string("org.apache.kafka.server.share.dlq.DefaultShareGroupDLQManager", {
    importance: "medium",
    internal: true,
    documentation: "The Java class that writes dead letters of share groups.",
  }),
  "group.share.initialize.retry.interval.ms": int(30_000, {
    importance: "low",
    allowed: atLeast(1),
    internal: true,
    documentation:
      "How long the coordinator waits before it tries again to initialise the state of share partitions, in milliseconds.",
  }),
  "share.coordinator.state.topic.replication.factor": short(3, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "The replication factor of the topic that keeps the state of share groups.",
  }),
  "share.coordinator.state.topic.num.partitions": int(50, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "The number of partitions of the topic that keeps the state of share groups.",
  }),
  "share.coordinator.state.topic.min.isr": short(2, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "How many in-sync replicas the topic with the state of share groups needs.",
  }),
  "share.coordinator.state.topic.segment.bytes": int(104_857_600, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "The segment size of the topic that keeps the state of share groups.",
  }),
  "share.coordinator.state.topic.compression.codec": int(0, {
    importance: "high",
    documentation: "How the share coordinator compresses its records.",
  }),
  "share.coordinator.state.topic.prune.interval.ms": int(300_000, {
    importance: "low",
    allowed: atLeast(1),
    internal: true,
    documentation: "How often outdated state of share groups is looked for, in milliseconds.",
  }),
  "share.coordinator.threads": int(1, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "Threads of the share coordinator in Kafka.",
  }),
  "share.coordinator.write.timeout.ms": int(5000, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "How long the share coordinator waits for a write to be replicated, in milliseconds.",
  }),
  "share.coordinator.load.buffer.size": int(5_242_880, {
    importance: "high",
    allowed: atLeast(1),
    documentation: "How many bytes are read at a time when a share coordinator loads its state.",
  }),
  "share.coordinator.snapshot.update.records.per.snapshot": int(500, {
    importance: "medium",
    allowed: range(0, 500),
    documentation: "How many updates the share coordinator writes between two snapshots.",
  }),
  "share.coordinator.cold.partition.snapshot.interval.ms": int(300_000, {
    importance: "low",
    allowed: atLeast(1),
    internal: true,
    documentation: "How often share partitions without traffic get a snapshot, in milliseconds.",
  }),
  "share.coordinator.append.linger.ms": int(-1, {
    importance: "medium",
    allowed: atLeast(-1),
    documentation: "How long the share coordinator gathers records before it writes them, in milliseconds.",
  }),
  "share.coordinator.cached.buffer.max.bytes": int(1_048_588, {
    importance: "medium",
    allowed: atLeast(524_288),
    update: "cluster-wide",
    documentation: "The largest write buffer that the share coordinator keeps for reuse.",
  }),
  "errors.deadletterqueue.auto.create.topics.enable": boolean(false, {
    importance: "medium",
    update: "cluster-wide",
    documentation: "Whether dead letter topics of share groups are created when missing.",
  }),
  "errors.deadletterqueue.topic.name.prefix": string("dlq.", {
    importance: "medium",
    update: "cluster-wide",
    documentation: "How the names of dead letter topics begin.",
  }),
};
