import type { TopicConfig } from "../config/topic-config.ts";
import type { LogConfig } from "../log/log-config.ts";
import type { ReplicaConfig } from "../replica/replica-assignment.ts";

/** A topic's settings as its logs and replicas want them. */
export function logConfigOf(topic: TopicConfig): ReplicaConfig {
  return {
    "segment.bytes": topic["segment.bytes"],
    "segment.ms": topic["segment.ms"],
    "segment.jitter.ms": topic["segment.jitter.ms"],
    "segment.index.bytes": topic["segment.index.bytes"],
    "index.interval.bytes": topic["index.interval.bytes"],
    "max.message.bytes": topic["max.message.bytes"],
    "max.decompressed.message.bytes": topic["max.decompressed.message.bytes"],
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
    "compression.zstd.level": topic["compression.zstd.level"],
    "file.delete.delay.ms": topic["file.delete.delay.ms"],
    "flush.messages": topic["flush.messages"],
    "flush.ms": topic["flush.ms"],
    "retention.bytes": topic["retention.bytes"],
    "retention.ms": topic["retention.ms"],
    "min.insync.replicas": topic["min.insync.replicas"],
    "leader.replication.throttled.replicas": topic["leader.replication.throttled.replicas"],
    "follower.replication.throttled.replicas": topic["follower.replication.throttled.replicas"],
  };
}
