import type { MetadataRecord } from "../protocol/metadata-records/index.ts";

/** A batch of the metadata log, decoded. Control batches come with no records, so that offsets stay without gaps. */
export interface MetadataBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly epoch: number;
  readonly appendTimestampMs: number;
  readonly sizeBytes: number;
  readonly records: readonly MetadataRecord[];
}

export interface MetadataSnapshot {
  /** Exclusive end of what the snapshot contains, and the epoch of the record before it. */
  readonly endOffset: number;
  readonly epoch: number;
  readonly lastContainedLogTimestampMs: number;
  readonly records: readonly MetadataRecord[];
}

/** Whoever follows the metadata log: what is committed, in order, each batch once. */
export interface RaftListener {
  /** Called before any batch when the node starts from a snapshot; everything before is replaced by it. */
  handleLoadSnapshot(snapshot: MetadataSnapshot): void;
  /** All batches that became committed in one step. */
  handleCommit(batches: readonly MetadataBatch[]): void;
  /**
   * The leader and its epoch changed; `leaderId` is -1 when there is none. The node that leads hears of itself only after
   * everything up to the start of its epoch was handled.
   */
  handleLeaderChange(leaderId: number, epoch: number): void;
}
