import type { Config } from "../../config/config.ts";

/** What of the broker's configuration the group coordinator goes by. */
export interface GroupCoordinatorConfig {
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly initialRebalanceDelayMs: number;
  readonly maxSize: number;
  /** In UTF-16 code units, as Kafka counts. */
  readonly offsetMetadataMaxBytes: number;
  readonly offsetsRetentionMs: number;
  readonly offsetsRetentionCheckIntervalMs: number;
  /** How long an operation waits for its records to be committed. */
  readonly offsetsCommitTimeoutMs: number;
  readonly offsetsLoadBufferBytes: number;
  /** A codec's number. */
  readonly offsetsTopicCompressionCodec: number;
}

export function groupCoordinatorConfig(config: Config): GroupCoordinatorConfig {
  return {
    minSessionTimeoutMs: config["group.min.session.timeout.ms"],
    maxSessionTimeoutMs: config["group.max.session.timeout.ms"],
    initialRebalanceDelayMs: config["group.initial.rebalance.delay.ms"],
    maxSize: config["group.max.size"],
    offsetMetadataMaxBytes: config["offset.metadata.max.bytes"],
    offsetsRetentionMs: config["offsets.retention.minutes"] * 60_000,
    offsetsRetentionCheckIntervalMs: config["offsets.retention.check.interval.ms"],
    offsetsCommitTimeoutMs: config["offsets.commit.timeout.ms"],
    offsetsLoadBufferBytes: config["offsets.load.buffer.size"],
    offsetsTopicCompressionCodec: config["offsets.topic.compression.codec"],
  };
}
