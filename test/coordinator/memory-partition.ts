import type { AppendResult, CoordinatorPartition } from "../../src/coordinator/coordinator.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";

/** A partition whose log is a list of batches: the test holds its high watermark, and makes appends fail. */
export class MemoryPartition implements CoordinatorPartition {
  leaderEpoch = 0;
  readonly logStartOffset = 0;
  maxBatchBytes = 1_048_588;
  /** Every append fails with it while it is not 0. */
  failure = 0;
  /** Its disk does not answer. */
  isStalled = false;
  /** False: the high watermark stays until {@link commit}. */
  commitsAtOnce = true;
  readonly batches: Uint8Array[] = [];
  highWatermark = 0;
  logEndOffset = 0;
  #waiters: { endOffset: number; callback: (errorCode: number) => void }[] = [];

  append(batch: Uint8Array): AppendResult {
    if (this.failure !== 0) return { errorCode: this.failure };
    RecordBatch.setBaseOffset(batch, 0, this.logEndOffset);
    RecordBatch.setPartitionLeaderEpoch(batch, 0, this.leaderEpoch);
    this.batches.push(batch);
    this.logEndOffset = RecordBatch.nextOffset(batch, 0);
    if (this.commitsAtOnce) this.commit();
    return { errorCode: 0 };
  }

  commit(): void {
    this.highWatermark = this.logEndOffset;
    const ready = this.#waiters.filter(({ endOffset }) => endOffset <= this.highWatermark);
    this.#waiters = this.#waiters.filter(({ endOffset }) => endOffset > this.highWatermark);
    for (const { callback } of ready) callback(0);
  }

  whenCommitted(endOffset: number, callback: (errorCode: number) => void): void {
    if (endOffset <= this.highWatermark) callback(0);
    else this.#waiters.push({ endOffset, callback });
  }

  /** One batch at a time: the loader has to come back for more. */
  read(offset: number): Uint8Array | undefined {
    if (this.isStalled) return undefined;
    return this.batches.find((batch) => RecordBatch.lastOffset(batch, 0) >= offset) ?? new Uint8Array(0);
  }
}
