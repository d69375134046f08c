import { atLeast, boolean, int, list, long, oneOf, string } from "../definition.ts";

/** What a group can set for itself (KIP-848, KIP-932, KIP-1071). */
export const groupConfigs = {
  "consumer.assignment.interval.ms": int(1000, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "The least time between two assignments of the consumer group, in milliseconds.",
  }),
  "consumer.assignor.offload.enable": boolean(true, {
    importance: "medium",
    internal: true,
    documentation: "Whether assignments are computed apart from the coordinator.",
  }),
  "consumer.heartbeat.interval.ms": int(5000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How often members of the consumer group send a heartbeat, in milliseconds.",
  }),
  "consumer.session.timeout.ms": int(45_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How long a member of the consumer group may be silent, in milliseconds.",
  }),
  "errors.deadletterqueue.copy.record.enable": boolean(false, {
    importance: "medium",
    documentation: "Whether a dead letter carries the record itself.",
  }),
  "errors.deadletterqueue.topic.name": string("", {
    importance: "medium",
    documentation: "The topic that gets the share group's dead letters; empty: none.",
  }),
  "share.assignment.interval.ms": int(1000, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "The least time between two assignments of the share group, in milliseconds.",
  }),
  "share.assignor.offload.enable": boolean(true, {
    importance: "medium",
    internal: true,
    documentation: "Whether assignments are computed apart from the coordinator.",
  }),
  "share.auto.offset.reset": string("latest", {
    importance: "medium",
    allowed: { kind: "offsetReset" },
    documentation:
      "Where a share group starts: `latest`, `earliest`, or `by_duration:` and an ISO 8601 duration before now.",
  }),
  "share.delivery.count.limit": int(5, {
    importance: "medium",
    allowed: atLeast(2),
    documentation: "How often a record is delivered before it is given up.",
  }),
  "share.heartbeat.interval.ms": int(5000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How often members of the share group send a heartbeat, in milliseconds.",
  }),
  "share.isolation.level": string("read_uncommitted", {
    importance: "medium",
    allowed: oneOf("read_committed", "read_uncommitted"),
    documentation: "Whether the share group sees records of transactions that are not committed.",
  }),
  "share.partition.max.record.locks": int(2000, {
    importance: "medium",
    allowed: atLeast(100),
    documentation: "How many records of a share partition may be in flight.",
  }),
  "share.record.lock.duration.ms": int(30_000, {
    importance: "medium",
    allowed: atLeast(1000),
    documentation: "How long a record is locked for the consumer that acquired it, in milliseconds.",
  }),
  "share.renew.acknowledge.enable": boolean(true, {
    importance: "medium",
    documentation: "Whether a consumer may renew the lock of a record.",
  }),
  "share.session.timeout.ms": int(45_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How long a member of the share group may be silent, in milliseconds.",
  }),
  "streams.acceptable.recovery.lag": long(10_000, {
    importance: "medium",
    allowed: atLeast(0),
    internal: true,
    documentation: "How far a task's state may lag and still count as caught up.",
  }),
  "streams.assignment.interval.ms": int(1000, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "The least time between two assignments of the streams group, in milliseconds.",
  }),
  "streams.assignor.name": string(null, { importance: "medium", documentation: "The assignor of the streams group." }),
  "streams.assignor.offload.enable": boolean(true, {
    importance: "medium",
    internal: true,
    documentation: "Whether assignments are computed apart from the coordinator.",
  }),
  "streams.heartbeat.interval.ms": int(5000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How often members of the streams group send a heartbeat, in milliseconds.",
  }),
  "streams.initial.rebalance.delay.ms": int(3000, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "How long the empty group waits for more members before its first assignment, in milliseconds.",
  }),
  "streams.num.standby.replicas": int(0, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "How many standby replicas each task has.",
  }),
  "streams.num.warmup.replicas": int(2, {
    importance: "medium",
    allowed: atLeast(0),
    internal: true,
    documentation: "How many warm-up replicas the group may have at a time.",
  }),
  "streams.rack.aware.assignment.tags": list([], {
    importance: "low",
    documentation: "The client tags over which standby replicas are spread.",
  }),
  "streams.session.timeout.ms": int(45_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How long a member of the streams group may be silent, in milliseconds.",
  }),
  "streams.task.offset.interval.ms": int(60_000, {
    importance: "medium",
    allowed: atLeast(1),
    internal: true,
    documentation: "How often members report the offsets of their tasks, in milliseconds.",
  }),
};
