import { atLeast, boolean, int, LONG_MAX, long, string } from "../definition.ts";

/** Replicas, and the waiting rooms of requests. */
export const replicationConfigs = {
  "auto.leader.rebalance.enable": boolean(true, {
    importance: "high",
    supported: true,
    documentation: "Whether leadership returns to the preferred replicas by itself.",
  }),
  "leader.imbalance.check.interval.seconds": long(300, {
    importance: "high",
    allowed: atLeast(1),
    supported: true,
    documentation: "How often the balance of leaders is looked at, in seconds.",
  }),
  "num.replica.fetchers": int(1, {
    importance: "high",
    allowed: atLeast(1),
    update: "cluster-wide",
    supported: true,
    documentation: "How many fetchers a broker has per other broker.",
  }),
  "num.replica.alter.log.dirs.threads": int(null, {
    importance: "high",
    supported: true,
    documentation:
      "How many replicas move between log directories at a time; as many as there are directories when left out.",
  }),
  "replica.lag.time.max.ms": long(30_000, {
    importance: "high",
    supported: true,
    documentation: "A follower that has not caught up for so long leaves the in-sync replicas, in milliseconds.",
  }),
  "replica.socket.timeout.ms": int(30_000, {
    importance: "high",
    supported: true,
    documentation: "How long a follower's request may take, in milliseconds.",
  }),
  "replica.socket.receive.buffer.bytes": int(65_536, {
    importance: "high",
    documentation: "The size of a follower's receive buffer.",
  }),
  "replica.fetch.max.bytes": int(1_048_576, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation: "The most bytes that a follower asks for per partition.",
  }),
  "replica.fetch.response.max.bytes": int(10_485_760, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation: "The most bytes that a follower asks for per fetch.",
  }),
  "replica.fetch.wait.max.ms": int(500, {
    importance: "high",
    supported: true,
    documentation: "How long a follower's fetch waits for records, in milliseconds.",
  }),
  "replica.fetch.min.bytes": int(1, {
    importance: "high",
    supported: true,
    documentation: "A follower's fetch waits for so many bytes.",
  }),
  "replica.fetch.backoff.ms": int(1000, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation: "How long a follower rests after a failed fetch, in milliseconds.",
  }),
  "replica.high.watermark.checkpoint.interval.ms": long(5000, {
    importance: "high",
    supported: true,
    documentation: "How often the high watermarks are written down, in milliseconds.",
  }),
  "replica.selector.class": string(null, {
    importance: "medium",
    supported: true,
    documentation:
      "Who chooses the replica a consumer reads from: not set, its leader; `org.apache.kafka.common.replica.RackAwareReplicaSelector`, which is built in, one in the consumer's rack.",
  }),
  "fetch.purgatory.purge.interval.requests": int(1000, {
    importance: "medium",
    documentation: "How many finished long polls of Fetch may stay listed.",
  }),
  "producer.purgatory.purge.interval.requests": int(1000, {
    importance: "medium",
    documentation: "How many finished waits of Produce may stay listed.",
  }),
  "delete.records.purgatory.purge.interval.requests": int(1, {
    importance: "medium",
    documentation: "How many finished waits of DeleteRecords may stay listed.",
  }),
  "share.fetch.purgatory.purge.interval.requests": int(1000, {
    importance: "medium",
    documentation: "How many finished long polls of ShareFetch may stay listed.",
  }),
};

/** Limits on replication traffic, in bytes per second: not for `server.properties`, only for AlterConfigs (KIP-73). */
export const throttleConfigs = {
  "leader.replication.throttled.rate": long(LONG_MAX, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    supported: true,
    documentation: "The most bytes per second that throttled leader replicas send.",
  }),
  "follower.replication.throttled.rate": long(LONG_MAX, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    supported: true,
    documentation: "The most bytes per second that throttled follower replicas fetch.",
  }),
  "replica.alter.log.dirs.io.max.bytes.per.second": long(LONG_MAX, {
    importance: "medium",
    supported: true,
    allowed: atLeast(0),
    update: "cluster-wide",
    documentation: "The most bytes per second that are moved between log directories.",
  }),
};
