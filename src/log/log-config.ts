/**
 * The settings of one log, by the names of Kafka's topic configurations. The owner resolves defaults and overrides and
 * may hand in a new object at any time with {@link Log.updateConfig}.
 */
export interface LogConfig {
  readonly "segment.bytes": number;
  readonly "segment.ms": number;
  /** Up to so much is taken off `segment.ms`, drawn for each segment, so that logs created together don't roll together. */
  readonly "segment.jitter.ms": number;
  readonly "segment.index.bytes": number;
  readonly "index.interval.bytes": number;
  readonly "max.message.bytes": number;
  readonly "max.decompressed.message.bytes": number;
  readonly "message.timestamp.type": "CreateTime" | "LogAppendTime";
  readonly "message.timestamp.before.max.ms": number;
  readonly "message.timestamp.after.max.ms": number;
  readonly "cleanup.policy": "delete" | "compact" | "compact,delete" | "delete,compact" | "";
  readonly "min.cleanable.dirty.ratio": number;
  readonly "min.compaction.lag.ms": number;
  readonly "max.compaction.lag.ms": number;
  readonly "delete.retention.ms": number;
  /** `producer` keeps what the client sent. */
  readonly "compression.type": "producer" | "uncompressed" | "gzip" | "snappy" | "lz4" | "zstd";
  readonly "compression.gzip.level": number;
  readonly "compression.zstd.level": number;
  readonly "file.delete.delay.ms": number;
  /** Flush after this many records; `Number.MAX_SAFE_INTEGER` leaves flushing to rolls and the stop. */
  readonly "flush.messages": number;
  /** Flush after this time, when somebody looks. */
  readonly "flush.ms": number;
  /** -1: no limit. */
  readonly "retention.bytes": number;
  /** -1: for ever. */
  readonly "retention.ms": number;
}

/** Kafka's defaults of the topic settings above, for tests and for logs that no topic configures. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  "segment.bytes": 1_073_741_824,
  "segment.ms": 604_800_000,
  "segment.jitter.ms": 0,
  "segment.index.bytes": 10_485_760,
  "index.interval.bytes": 4096,
  "max.message.bytes": 1_048_588,
  "max.decompressed.message.bytes": 2_147_483_639,
  "message.timestamp.type": "CreateTime",
  "message.timestamp.before.max.ms": Number.MAX_SAFE_INTEGER,
  "message.timestamp.after.max.ms": 3_600_000,
  "cleanup.policy": "delete",
  "min.cleanable.dirty.ratio": 0.5,
  "min.compaction.lag.ms": 0,
  "max.compaction.lag.ms": Number.MAX_SAFE_INTEGER,
  "delete.retention.ms": 86_400_000,
  "compression.type": "producer",
  "compression.gzip.level": -1,
  "compression.zstd.level": 3,
  "file.delete.delay.ms": 60_000,
  "flush.messages": Number.MAX_SAFE_INTEGER,
  "flush.ms": Number.MAX_SAFE_INTEGER,
  "retention.bytes": -1,
  "retention.ms": 604_800_000,
};

export function isCompacted(config: LogConfig): boolean {
  return config["cleanup.policy"].includes("compact");
}

export function isDeleted(config: LogConfig): boolean {
  return config["cleanup.policy"].includes("delete");
}
