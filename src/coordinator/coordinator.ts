import type { Timeline } from "../timeline/timeline.ts";
import type { Decision } from "./decision.ts";

/**
 * The state machine of one partition of a coordinator's topic. What must outlive a change of leader is in tables on a
 * {@link Timeline} and changes in {@link replay} only; everything else (who is waiting, who is due) is lost with the
 * leadership, and clients are built to redo it.
 */
export interface Coordinator<R> {
  /** Applies one record to the tables; the driver has set the timeline to its offset. */
  replay(record: R, origin: RecordOrigin): void;
  /** A transaction of this producer ended with a marker in this partition. */
  replayEndTransactionMarker(producerId: number, committed: boolean): void;
  /** The whole log has been replayed: the coordinator starts to act. */
  loaded(decision: Decision<R>): void;
  /** The tables went back to an earlier offset because an append failed. */
  reverted(decision: Decision<R>, errorCode: number): void;
  /** The partition has another leader now: requests that wait are answered with NOT_COORDINATOR, nothing else is done. */
  unloaded(decision: Decision<R>): void;
}

export interface RecordOrigin {
  readonly offset: number;
  /** -1 outside of transactions. */
  readonly producerId: number;
}

/** The end of a transaction as its coordinator tells it to the partitions. */
export interface TransactionMarker {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly commit: boolean;
  readonly transactionVersion: number;
}

/** Records as a coordinator thinks of them, and as its topic stores them. */
export interface CoordinatorSerde<R> {
  serialize(record: R): SerializedRecord;
  /** Undefined for a kind or version this broker does not know; it is skipped, and stays in the log. */
  deserialize(key: Uint8Array, value: Uint8Array | null): R | undefined;
}

export interface SerializedRecord {
  readonly key: Uint8Array;
  /** Null is a tombstone: compaction removes the key. */
  readonly value: Uint8Array | null;
}

/** How the driver makes the state machine of a partition that this broker has become the leader of. */
export type CoordinatorFactory<R, C extends Coordinator<R>> = (partitionIndex: number, timeline: Timeline) => C;

/** One partition of the coordinator's topic, led by this broker: what the driver asks of the replica. */
export interface CoordinatorPartition {
  readonly leaderEpoch: number;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly highWatermark: number;
  /** `max.message.bytes` of the topic. */
  readonly maxBatchBytes: number;
  /** Appends one record batch; offsets and the leader epoch are written into it. The version is that of a marker. */
  append(batch: Uint8Array, transactionVersion?: number): AppendResult;
  /** Calls back, in this turn or a later one, when every offset below `endOffset` is committed, or never will be here. */
  whenCommitted(endOffset: number, callback: (errorCode: number) => void): void;
  /**
   * Whole batches from the one with `offset` on: about `maxBytes`, but one at least; empty at the end of the log. Undefined while
   * the disk does not answer.
   */
  read(offset: number, maxBytes: number): Uint8Array | undefined;
}

export interface AppendResult {
  /** NONE, or why nothing was appended. */
  readonly errorCode: number;
}
