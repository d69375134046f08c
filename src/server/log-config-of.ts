import type { TopicConfig } from "../config/topic-config.ts";
import type { LogConfig } from "../log/log-config.ts";
import type { ReplicaConfig } from "../replica/replica-assignment.ts";
import type { Random } from "../runtime.ts";

/** A topic's settings as its logs and replicas want them. The jitter is drawn anew for each log. */
export function logConfigOf(topic: TopicConfig, random: Random): ReplicaConfig {
  const maxJitterMs = Math.min(topic["segment.jitter.ms"], topic["segment.ms"]);
  return {
    "segment.bytes": topic["segment.bytes"],
    "segment.ms": topic["segment.ms"],
    "segment.jitter.ms": maxJitterMs > 0 ? random.integer(Math.min(maxJitterMs, MAX_DRAW)) : 0,
    "segment.index.bytes": topic["segment.index.bytes"],
    "index.interval.bytes": topic["index.interval.bytes"],
    "max.message.bytes": topic["max.message.bytes"],
    "message.timestamp.type": topic["message.timestamp.type"] as LogConfig["message.timestamp.type"],
    "message.timestamp.before.max.ms": topic["message.timestamp.before.max.ms"],
    "message.timestamp.after.max.ms": topic["message.timestamp.after.max.ms"],
    "cleanup.policy": topic["cleanup.policy"].join(",") as LogConfig["cleanup.policy"],
    "min.cleanable.dirty.ratio": topic["min.cleanable.dirty.ratio"],
    "min.compaction.lag.ms": topic["min.compaction.lag.ms"],
    "max.compaction.lag.ms": topic["max.compaction.lag.ms"],
    "delete.retention.ms": topic["delete.retention.ms"],
    "compression.type": topic["compression.type"] as LogConfig["compression.type"],
    "compression.gzip.level": topic["compression.gzip.level"],
    "compression.lz4.level": topic["compression.lz4.level"],
    "compression.zstd.level": topic["compression.zstd.level"],
    "file.delete.delay.ms": topic["file.delete.delay.ms"],
    "flush.messages": topic["flush.messages"],
    "min.insync.replicas": topic["min.insync.replicas"],
  };
}

/** The largest bound of {@link Random.integer}. */
const MAX_DRAW = 2 ** 48;
