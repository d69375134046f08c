import {
  atLeast,
  boolean,
  double,
  int,
  LONG_MAX,
  list,
  long,
  oneOf,
  range,
  rangeOrDefault,
  someOrNoneOf,
  string,
} from "../definition.ts";

/** What a topic can set for itself. */
export const topicConfigs = {
  "cleanup.policy": list(["delete"], {
    importance: "medium",
    allowed: someOrNoneOf("compact", "delete"),
    supported: true,
    documentation: "What happens to old segments: `delete`, `compact` or both; an empty list keeps everything.",
  }),
  "compression.type": string("producer", {
    importance: "medium",
    allowed: oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"),
    supported: true,
    documentation:
      "How batches are compressed on disk: `producer` keeps what the producer chose, another value recompresses.",
  }),
  "compression.gzip.level": int(-1, {
    importance: "medium",
    allowed: rangeOrDefault(1, 9),
    supported: true,
    documentation: "The level that the broker compresses with when `compression.type` is gzip.",
  }),
  "compression.lz4.level": int(9, {
    importance: "medium",
    allowed: range(1, 17),
    documentation: "The level used when `compression.type` is lz4. It is checked; Polylog's LZ4 has one level.",
  }),
  "compression.zstd.level": int(3, {
    importance: "medium",
    allowed: range(-131_072, 22),
    supported: true,
    documentation: "The level that the broker compresses with when `compression.type` is zstd.",
  }),
  "delete.retention.ms": long(86_400_000, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation: "How long a tombstone outlives its compaction, in milliseconds.",
  }),
  "errors.deadletterqueue.group.enable": boolean(false, {
    importance: "medium",
    documentation: "Whether the topic can be the dead letter queue of share groups.",
  }),
  "file.delete.delay.ms": long(60_000, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation: "How long a file is kept after its deletion, in milliseconds.",
  }),
  "flush.messages": long(LONG_MAX, {
    importance: "medium",
    allowed: atLeast(1),
    supported: true,
    documentation: "After so many records the log is flushed to the disk. Left at its default, the system decides.",
  }),
  "flush.ms": long(LONG_MAX, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation:
      "A record is flushed to the disk after at most so long, in milliseconds. Left at its default, the system decides.",
  }),
  "follower.replication.throttled.replicas": list([], {
    importance: "medium",
    allowed: { kind: "throttledReplicas" },
    supported: true,
    documentation:
      "The follower replicas whose replication is throttled: `partition:broker`, separated by commas, or `*`.",
  }),
  "index.interval.bytes": int(4096, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation: "An index entry is added about every so many bytes.",
  }),
  "internal.segment.bytes": int(null, {
    importance: "medium",
    internal: true,
    supported: true,
    documentation: "Another segment size, below the allowed least, for tests.",
  }),
  "leader.replication.throttled.replicas": list([], {
    importance: "medium",
    allowed: { kind: "throttledReplicas" },
    supported: true,
    documentation:
      "The leader replicas whose replication is throttled: `partition:broker`, separated by commas, or `*`.",
  }),
  "local.retention.bytes": long(-2, {
    importance: "medium",
    allowed: atLeast(-2),
    documentation:
      "The local size over which segments that are in remote storage are deleted; -2: as `retention.bytes` says.",
  }),
  "local.retention.ms": long(-2, {
    importance: "medium",
    allowed: atLeast(-2),
    documentation:
      "How long a segment that is in remote storage is kept locally too, in milliseconds; -2: as `retention.ms` says.",
  }),
  "max.compaction.lag.ms": long(LONG_MAX, {
    importance: "medium",
    allowed: atLeast(1),
    supported: true,
    documentation: "A record is compacted after at most so long, in milliseconds.",
  }),
  "max.decompressed.message.bytes": int(2_147_483_639, {
    importance: "medium",
    allowed: range(1, 2_147_483_639),
    supported: true,
    documentation:
      "The largest record of a compressed batch, in bytes without compression: a batch with a larger one is refused with INVALID_RECORD, and a search by timestamp that meets one fails. It does not apply to batches without compression.",
  }),
  "max.message.bytes": int(1_048_588, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation: "The largest record batch, after compression, that the topic takes.",
  }),
  "message.timestamp.after.max.ms": long(3_600_000, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation: "How far a producer's timestamp may lie ahead of the broker's clock, in milliseconds.",
  }),
  "message.timestamp.before.max.ms": long(LONG_MAX, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation: "How far a producer's timestamp may lie behind the broker's clock, in milliseconds.",
  }),
  "message.timestamp.type": string("CreateTime", {
    importance: "medium",
    allowed: oneOf("CreateTime", "LogAppendTime"),
    supported: true,
    documentation: "Whose time a record carries: the producer's (`CreateTime`) or the broker's (`LogAppendTime`).",
  }),
  "min.cleanable.dirty.ratio": double(0.5, {
    importance: "medium",
    allowed: range(0, 1),
    supported: true,
    documentation: "The log is compacted when at least this part of it is not compacted yet.",
  }),
  "min.compaction.lag.ms": long(0, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation: "A record is left uncompacted for at least so long, in milliseconds.",
  }),
  "min.insync.replicas": int(1, {
    importance: "medium",
    allowed: atLeast(1),
    supported: true,
    documentation: "With acks=all, how many replicas must have a record before it is acknowledged.",
  }),
  preallocate: boolean(false, {
    importance: "medium",
    documentation: "Whether a new segment file gets its full size at once.",
  }),
  "remote.copy.lag.bytes": long(-1, {
    importance: "medium",
    allowed: atLeast(-1),
    documentation: "How many bytes a segment lies behind before it is copied to remote storage.",
  }),
  "remote.copy.lag.ms": long(0, {
    importance: "medium",
    allowed: atLeast(-1),
    documentation: "How long a segment waits before it is copied to remote storage, in milliseconds.",
  }),
  "remote.log.copy.disable": boolean(false, {
    importance: "medium",
    documentation: "Whether nothing more is copied to remote storage.",
  }),
  "remote.log.delete.on.disable": boolean(false, {
    importance: "medium",
    documentation: "Whether remote data is deleted when remote storage is turned off.",
  }),
  "remote.storage.enable": boolean(false, {
    importance: "medium",
    documentation: "Whether old segments are kept in remote storage.",
  }),
  "retention.bytes": long(-1, {
    importance: "medium",
    supported: true,
    documentation: "The size of a partition over which old segments are deleted; -1: no limit.",
  }),
  "retention.ms": long(604_800_000, {
    importance: "medium",
    allowed: atLeast(-1),
    supported: true,
    documentation: "How long records are kept, in milliseconds; -1: for ever.",
  }),
  "segment.bytes": int(1_073_741_824, {
    importance: "medium",
    allowed: atLeast(1_048_576),
    supported: true,
    documentation: "The largest segment file; a larger one is rolled.",
  }),
  "segment.index.bytes": int(10_485_760, {
    importance: "medium",
    allowed: atLeast(4),
    supported: true,
    documentation: "The largest index file of a segment.",
  }),
  "segment.jitter.ms": long(0, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation:
      "At most so much is taken off the roll time at random, so that segments don't roll at once, in milliseconds.",
  }),
  "segment.ms": long(604_800_000, {
    importance: "medium",
    allowed: atLeast(1),
    supported: true,
    documentation: "The longest time before a segment is rolled even if it is not full, in milliseconds.",
  }),
  "unclean.leader.election.enable": boolean(false, {
    importance: "medium",
    supported: true,
    documentation:
      "Whether a replica that lags behind may become leader when no other is left, at the price of records.",
  }),
};
