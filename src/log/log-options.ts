import type { CheckedBatch } from "./client-batch.ts";
import type { AppendOrigin } from "./log-append-info.ts";
import type { LogLoadOptions } from "./log-loader.ts";

export interface LogOptions extends LogLoadOptions {
  /** The partition's own directory, `<log dir>/<topic>-<partition>`. */
  readonly directory: string;
  readonly topic: string;
  readonly partition: number;
  /** Written to `partition.metadata` when that is missing. */
  readonly topicId?: string;
  /** The topic id is the one that stands there. */
  readonly isTopicIdStored?: boolean;
  /** Where the last checkpoint says the log starts; below the first segment it does not count. */
  readonly logStartOffset?: number;
  /** Everything below it is known to be on the disk. */
  readonly recoveryPoint?: number;
  /** False makes the load check and rebuild everything from the recovery point's segment on. */
  readonly hadCleanShutdown?: boolean;
  /** Everything below it has been cleaned at least once. */
  readonly cleanerOffset?: number;
  /** `producer.id.expiration.ms` */
  readonly producerIdExpirationMs?: number;
  /** A truncation has taken away what had been cleaned. */
  readonly onCleanerOffsetLowered?: () => void;
  /** An I/O error: the log answers KAFKA_STORAGE_ERROR from then on, and its directory should go out of use. */
  readonly onFailure?: (error: Error) => void;
  /** The recovery point is lower than it was; resolves when that is on the disk. */
  readonly onTruncated?: () => Promise<void>;
}

export interface AppendSource {
  /** Default `client`. */
  readonly origin?: AppendOrigin;
  /** KIP-1228, of a transaction marker: from 2 on, one that ends a transaction has an epoch of its own. Default 0. */
  readonly transactionVersion?: number;
  /** What has come of the check of a client's batch, when it was done before. */
  readonly checked?: CheckedBatch;
}

export interface AppendAsLeaderOptions extends AppendSource {
  readonly leaderEpoch: number;
  readonly nowMs: number;
}
