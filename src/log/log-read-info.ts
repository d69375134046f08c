import type { FileRange } from "../runtime.ts";

export interface LogReadOptions {
  /** Batches at or above this offset are not shown: the high watermark, the last stable offset or the log end. */
  readonly upToOffset: number;
  /** Answer the first batch whole even when it is larger than `maxBytes` (KIP-74). */
  readonly minOneMessage?: boolean;
  /** The reader waits for a disk that has stalled, if it must. Others are answered KAFKA_STORAGE_ERROR. */
  readonly isPatient?: boolean;
}

/** What a read found. `errorCode` is 0, OFFSET_OUT_OF_RANGE or KAFKA_STORAGE_ERROR. */
export interface LogReadInfo {
  readonly errorCode: number;
  /** Starts at a batch boundary, at or before the offset asked for; null when there is nothing to show. */
  readonly records: FileRange | null;
  /** The limit cuts the first batch, so that what is here is of no use to a reader. */
  readonly firstEntryIncomplete: boolean;
  /** The base offset of the segment read and the position in it, -1 when not known: how far apart two reads are. */
  readonly segmentBaseOffset: number;
  readonly position: number;
}

/**
 * An answer to a search by time: `timestamp` is -1 where Kafka answers none, and a bigint beyond 2^53; `leaderEpoch` is -1 where it is
 * not known.
 */
export interface TimestampAndOffset {
  readonly timestamp: number | bigint;
  readonly offset: number;
  readonly leaderEpoch: number;
}

export interface OffsetAndEpoch {
  readonly offset: number;
  readonly epoch: number;
}
