import type { BrokerConfigKey } from "../config.ts";
import type { topicConfigs } from "./topic.ts";

export interface TopicSynonym {
  readonly key: BrokerConfigKey;
  /** What the broker's value is multiplied by: hours and minutes become milliseconds. */
  readonly factor: number;
}

const HOURS = 3_600_000;
const MINUTES = 60_000;

/** Where a topic's setting comes from when the topic does not have its own; the first broker key that is set wins. */
export const topicSynonyms: Readonly<Partial<Record<keyof typeof topicConfigs, readonly TopicSynonym[]>>> = {
  "cleanup.policy": same("log.cleanup.policy"),
  "compression.gzip.level": same("compression.gzip.level"),
  "compression.lz4.level": same("compression.lz4.level"),
  "compression.type": same("compression.type"),
  "compression.zstd.level": same("compression.zstd.level"),
  "delete.retention.ms": same("log.cleaner.delete.retention.ms"),
  "file.delete.delay.ms": same("log.segment.delete.delay.ms"),
  "flush.messages": same("log.flush.interval.messages"),
  "flush.ms": [
    { key: "log.flush.interval.ms", factor: 1 },
    { key: "log.flush.scheduler.interval.ms", factor: 1 },
  ],
  "index.interval.bytes": same("log.index.interval.bytes"),
  "local.retention.bytes": same("log.local.retention.bytes"),
  "local.retention.ms": same("log.local.retention.ms"),
  "max.compaction.lag.ms": same("log.cleaner.max.compaction.lag.ms"),
  "max.decompressed.message.bytes": same("max.decompressed.message.bytes"),
  "max.message.bytes": same("message.max.bytes"),
  "message.timestamp.after.max.ms": same("log.message.timestamp.after.max.ms"),
  "message.timestamp.before.max.ms": same("log.message.timestamp.before.max.ms"),
  "message.timestamp.type": same("log.message.timestamp.type"),
  "min.cleanable.dirty.ratio": same("log.cleaner.min.cleanable.ratio"),
  "min.compaction.lag.ms": same("log.cleaner.min.compaction.lag.ms"),
  "min.insync.replicas": same("min.insync.replicas"),
  preallocate: same("log.preallocate"),
  "remote.copy.lag.bytes": same("log.remote.copy.lag.bytes"),
  "remote.copy.lag.ms": same("log.remote.copy.lag.ms"),
  "retention.bytes": same("log.retention.bytes"),
  "retention.ms": [
    { key: "log.retention.ms", factor: 1 },
    { key: "log.retention.minutes", factor: MINUTES },
    { key: "log.retention.hours", factor: HOURS },
  ],
  "segment.bytes": same("log.segment.bytes"),
  "segment.index.bytes": same("log.index.size.max.bytes"),
  "segment.jitter.ms": [
    { key: "log.roll.jitter.ms", factor: 1 },
    { key: "log.roll.jitter.hours", factor: HOURS },
  ],
  "segment.ms": [
    { key: "log.roll.ms", factor: 1 },
    { key: "log.roll.hours", factor: HOURS },
  ],
  "unclean.leader.election.enable": same("unclean.leader.election.enable"),
};

function same(key: BrokerConfigKey): readonly TopicSynonym[] {
  return [{ key, factor: 1 }];
}
