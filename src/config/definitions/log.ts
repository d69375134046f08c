import {
  atLeast,
  boolean,
  double,
  int,
  LONG_MAX,
  list,
  long,
  notEmpty,
  oneOf,
  range,
  someOrNoneOf,
  string,
} from "../definition.ts";

/** The logs of partitions: the broker-wide values of what topics can set for themselves, and the upkeep. */
export const logConfigs = {
  "log.dir": list(["/tmp/kafka-logs"], {
    importance: "high",
    allowed: notEmpty,
    supported: true,
    documentation: "The directory of the partitions' logs, when `log.dirs` is not set.",
  }),
  "log.dirs": list(null, {
    importance: "high",
    allowed: notEmpty,
    supported: true,
    documentation:
      "The directories of the partitions' logs, separated by commas. A new partition goes to the one with the fewest.",
  }),
  "cordoned.log.dirs": list([], {
    importance: "medium",
    update: "per-broker",
    documentation: "Log directories that take no new partitions.",
  }),
  "log.dir.failure.timeout.ms": long(30_000, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "How long a broker may keep a failed log directory that it could not report, in milliseconds.",
  }),
  "log.segment.bytes": int(1_073_741_824, {
    importance: "high",
    allowed: atLeast(1_048_576),
    update: "cluster-wide",
    supported: true,
    documentation: "The largest segment file; a larger one is rolled.",
  }),
  "log.segment.delete.delay.ms": long(60_000, {
    importance: "high",
    allowed: atLeast(0),
    update: "cluster-wide",
    supported: true,
    documentation: "How long a file is kept after its deletion, in milliseconds.",
  }),
  "log.roll.ms": long(null, {
    importance: "high",
    update: "cluster-wide",
    supported: true,
    documentation:
      "The longest time before a segment is rolled even if it is not full, in milliseconds. Not set: `log.roll.hours`.",
  }),
  "log.roll.hours": int(168, {
    importance: "high",
    allowed: atLeast(1),
    supported: true,
    documentation: "The longest time before a segment is rolled even if it is not full, in hours.",
  }),
  "log.roll.jitter.ms": long(null, {
    importance: "high",
    update: "cluster-wide",
    supported: true,
    documentation:
      "At most so much is taken off the roll time at random, so that segments don't roll at once, in milliseconds. Not set: `log.roll.jitter.hours`.",
  }),
  "log.roll.jitter.hours": int(0, {
    importance: "high",
    allowed: atLeast(0),
    supported: true,
    documentation: "At most so much is taken off the roll time at random, in hours.",
  }),
  "log.index.size.max.bytes": int(10_485_760, {
    importance: "medium",
    allowed: atLeast(4),
    update: "cluster-wide",
    supported: true,
    documentation: "The largest index file of a segment.",
  }),
  "log.index.interval.bytes": int(4096, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    supported: true,
    documentation: "An index entry is added about every so many bytes.",
  }),
  "log.preallocate": boolean(false, {
    importance: "medium",
    update: "cluster-wide",
    documentation: "Whether a new segment file gets its full size at once.",
  }),
  "log.cleanup.policy": list(["delete"], {
    importance: "medium",
    allowed: someOrNoneOf("compact", "delete"),
    update: "cluster-wide",
    documentation: "What happens to old segments: `delete`, `compact` or both; an empty list keeps everything.",
  }),
  "log.retention.ms": long(null, {
    importance: "high",
    update: "cluster-wide",
    documentation: "How long records are kept, in milliseconds; -1: for ever. Not set: `log.retention.minutes`.",
  }),
  "log.retention.minutes": int(null, {
    importance: "high",
    documentation: "How long records are kept, in minutes. Not set: `log.retention.hours`.",
  }),
  "log.retention.hours": int(168, { importance: "high", documentation: "How long records are kept, in hours." }),
  "log.retention.bytes": long(-1, {
    importance: "high",
    update: "cluster-wide",
    documentation: "The size of a partition over which old segments are deleted; -1: no limit.",
  }),
  "log.retention.check.interval.ms": long(300_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How often old segments are looked for, in milliseconds.",
  }),
  "log.flush.interval.messages": long(LONG_MAX, {
    importance: "high",
    allowed: atLeast(1),
    update: "cluster-wide",
    supported: true,
    documentation: "After so many records a log is flushed to the disk.",
  }),
  "log.flush.interval.ms": long(null, {
    importance: "high",
    update: "cluster-wide",
    documentation:
      "A record is flushed to the disk after at most so long, in milliseconds. Not set: `log.flush.scheduler.interval.ms`.",
  }),
  "log.flush.scheduler.interval.ms": long(LONG_MAX, {
    importance: "high",
    documentation: "How often the logs are looked through for something to flush, in milliseconds.",
  }),
  "log.flush.offset.checkpoint.interval.ms": int(60_000, {
    importance: "high",
    allowed: atLeast(0),
    supported: true,
    documentation: "How often the recovery points are written down, in milliseconds.",
  }),
  "log.flush.start.offset.checkpoint.interval.ms": int(60_000, {
    importance: "high",
    allowed: atLeast(0),
    supported: true,
    documentation: "How often the log start offsets are written down, in milliseconds.",
  }),
  "log.initial.task.delay.ms": long(30_000, {
    importance: "low",
    allowed: atLeast(0),
    internal: true,
    documentation: "How long after the start the logs' periodic tasks begin, in milliseconds.",
  }),
  "log.message.timestamp.type": string("CreateTime", {
    importance: "medium",
    allowed: oneOf("CreateTime", "LogAppendTime"),
    update: "cluster-wide",
    supported: true,
    documentation: "Whose time a record carries: the producer's (`CreateTime`) or the broker's (`LogAppendTime`).",
  }),
  "log.message.timestamp.before.max.ms": long(LONG_MAX, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    supported: true,
    documentation: "How far a producer's timestamp may lie behind the broker's clock, in milliseconds.",
  }),
  "log.message.timestamp.after.max.ms": long(3_600_000, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    supported: true,
    documentation: "How far a producer's timestamp may lie ahead of the broker's clock, in milliseconds.",
  }),
  "log.cleaner.enable": boolean(true, { importance: "medium", documentation: "Whether compaction runs." }),
  "log.cleaner.threads": int(1, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    documentation: "How many compactions run at a time.",
  }),
  "log.cleaner.backoff.ms": long(15_000, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    documentation: "How long compaction rests when there is nothing to do, in milliseconds.",
  }),
  "log.cleaner.dedupe.buffer.size": long(134_217_728, {
    importance: "medium",
    update: "cluster-wide",
    documentation: "Memory for the key table of compaction, in all.",
  }),
  "log.cleaner.io.buffer.size": int(524_288, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    documentation: "Memory for reading and writing during compaction, in all.",
  }),
  "log.cleaner.io.buffer.load.factor": double(0.9, {
    importance: "medium",
    update: "cluster-wide",
    documentation: "How full the key table of compaction may get.",
  }),
  "log.cleaner.io.max.bytes.per.second": double(
    Number.MAX_VALUE,
    {
      importance: "medium",
      update: "cluster-wide",
      documentation: "The most bytes that compaction reads and writes per second.",
    },
    "1.7976931348623157E308",
  ),
  "log.cleaner.min.cleanable.ratio": double(0.5, {
    importance: "medium",
    allowed: range(0, 1),
    update: "cluster-wide",
    documentation: "A log is compacted when at least this part of it is not compacted yet.",
  }),
  "log.cleaner.min.compaction.lag.ms": long(0, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    documentation: "A record is left uncompacted for at least so long, in milliseconds.",
  }),
  "log.cleaner.max.compaction.lag.ms": long(LONG_MAX, {
    importance: "medium",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "A record is compacted after at most so long, in milliseconds.",
  }),
  "log.cleaner.delete.retention.ms": long(86_400_000, {
    importance: "medium",
    allowed: atLeast(0),
    update: "cluster-wide",
    documentation: "How long a tombstone outlives its compaction, in milliseconds.",
  }),
  "num.recovery.threads.per.data.dir": int(2, {
    importance: "high",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "How many logs of one directory are recovered at a time at the start.",
  }),
  "min.insync.replicas": int(1, {
    importance: "high",
    allowed: atLeast(1),
    update: "cluster-wide",
    supported: true,
    documentation: "With acks=all, how many replicas must have a record before it is acknowledged.",
  }),
  "unclean.leader.election.enable": boolean(false, {
    importance: "high",
    update: "cluster-wide",
    documentation:
      "Whether a replica that lags behind may become leader when no other is left, at the price of records.",
  }),
  "unclean.leader.election.interval.ms": long(300_000, {
    importance: "medium",
    allowed: atLeast(1),
    internal: true,
    documentation: "How often the controller looks for partitions that need an unclean election, in milliseconds.",
  }),
};
