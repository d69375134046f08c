import { atLeast, boolean, int, javaClass, list, long, notEmpty } from "../definition.ts";

/** Streams groups (KIP-1071). */
export const streamsConfigs = {
  "group.streams.session.timeout.ms": int(45_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How long a member of a streams group may be silent, in milliseconds.",
  }),
  "group.streams.min.session.timeout.ms": int(45_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The least that a group may set as its streams session timeout, in milliseconds.",
  }),
  "group.streams.max.session.timeout.ms": int(60_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The most that a group may set as its streams session timeout, in milliseconds.",
  }),
  "group.streams.heartbeat.interval.ms": int(5000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How often members of streams groups send a heartbeat, in milliseconds.",
  }),
  "group.streams.min.heartbeat.interval.ms": int(5000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The least that a group may set as its streams heartbeat interval, in milliseconds.",
  }),
  "group.streams.max.heartbeat.interval.ms": int(15_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The most that a group may set as its streams heartbeat interval, in milliseconds.",
  }),
  "group.streams.max.size": int(2_147_483_647, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The most members of a streams group.",
  }),
  "group.streams.assignors": list(["sticky"], {
    importance: "medium",
    allowed: notEmpty,
    documentation: "The server-side assignors of streams groups; the first is the default.",
  }),
  "group.streams.assignment.interval.ms": int(1000, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    documentation: "The least time between two assignments of a streams group, in milliseconds.",
  }),
  "group.streams.min.assignment.interval.ms": int(0, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "The least that a group may set as its streams assignment interval, in milliseconds.",
  }),
  "group.streams.max.assignment.interval.ms": int(15_000, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "The most that a group may set as its streams assignment interval, in milliseconds.",
  }),
  "group.streams.assignor.offload.enable": boolean(true, {
    importance: "medium",
    update: "cluster-wide",
    internal: true,
    documentation: "Whether streams assignments are computed apart from the coordinator.",
  }),
  "group.streams.initial.rebalance.delay.ms": int(3000, {
    importance: "medium",
    allowed: atLeast(0),
    documentation:
      "How long an empty streams group waits for more members before its first assignment, in milliseconds.",
  }),
  "group.streams.num.standby.replicas": int(0, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "How many standby replicas each task of a streams group has.",
  }),
  "group.streams.max.standby.replicas": int(2, {
    importance: "medium",
    allowed: atLeast(0),
    documentation: "The most standby replicas that a group may set.",
  }),
  "group.streams.num.warmup.replicas": int(2, {
    importance: "medium",
    allowed: atLeast(0),
    internal: true,
    documentation: "How many warm-up replicas a streams group may have at a time.",
  }),
  "group.streams.max.warmup.replicas": int(20, {
    importance: "medium",
    allowed: atLeast(0),
    internal: true,
    documentation: "The most warm-up replicas that a group may set.",
  }),
  "group.streams.acceptable.recovery.lag": long(10_000, {
    importance: "medium",
    allowed: atLeast(0),
    internal: true,
    documentation: "How far a task's state may lag and still count as caught up.",
  }),
  "group.streams.task.offset.interval.ms": int(60_000, {
    importance: "medium",
    allowed: atLeast(1),
    internal: true,
    documentation: "How often members of streams groups report the offsets of their tasks, in milliseconds.",
  }),
  "group.streams.min.task.offset.interval.ms": int(15_000, {
    importance: "medium",
    allowed: atLeast(1),
    internal: true,
    documentation: "The least that a group may set as its task offset interval, in milliseconds.",
  }),
  "group.streams.rack.aware.assignment.tags": list([], {
    importance: "low",
    documentation: "The client tags over which standby replicas are spread.",
  }),
  "group.streams.topology.description.plugin.class": javaClass(null, {
    importance: "medium",
    documentation: "A Java class that stores descriptions of topologies.",
  }),
};
