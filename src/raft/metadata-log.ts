import type { Log } from "../log/log.ts";
import type { LogAppendInfo } from "../log/log-append-info.ts";
import { isRefusal, untilAnswered } from "../log/storage-guard.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { FileRange, Runtime } from "../runtime.ts";
import type { FlushedBatchFile } from "./flushed-batch-file.ts";
import { decodeMetadataBatches, type MetadataBatch } from "./metadata-batch.ts";
import type { OffsetAndEpoch, SnapshotId } from "./raft-message.ts";
import type { RaftLogView } from "./raft-options.ts";
import type { Snapshot } from "./snapshot-file.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

export type MetadataLogRuntime = Pick<Runtime, "checksums" | "compression" | "files">;

/** The disk hangs, and nothing has changed: it may be tried again when it answers. */
export class StalledDiskError extends Error {
  override readonly name = "StalledDiskError";
}

export interface MetadataLogParts {
  readonly log: Log;
  readonly snapshots: SnapshotStore;
  readonly flushed: FlushedBatchFile;
  readonly runtime: MetadataLogRuntime;
}

/** The log of `__cluster_metadata` with its snapshots, as Raft sees and changes it. */
export class MetadataLog implements RaftLogView {
  readonly snapshots: SnapshotStore;
  readonly #log: Log;
  readonly #flushed: FlushedBatchFile;
  readonly #runtime: MetadataLogRuntime;

  constructor({ log, snapshots, flushed, runtime }: MetadataLogParts) {
    this.#log = log;
    this.snapshots = snapshots;
    this.#flushed = flushed;
    this.#runtime = runtime;
  }

  get startOffset(): number {
    return this.#log.logStartOffset;
  }

  get endOffset(): number {
    return this.#log.logEndOffset;
  }

  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }

  /** On disk up to here. */
  get flushedEndOffset(): number {
    return this.#log.recoveryPoint;
  }

  get lastEpoch(): number {
    const { latestEpoch } = this.#log;
    return latestEpoch >= 0 ? latestEpoch : (this.snapshots.latest?.epoch ?? 0);
  }

  get earliestSnapshot(): SnapshotId | undefined {
    return this.snapshots.earliest;
  }

  get latestSnapshot(): SnapshotId | undefined {
    return this.snapshots.latest;
  }

  snapshotSizeBytes(id: SnapshotId): number | undefined {
    return this.snapshots.sizeBytes(id);
  }

  endOffsetForEpoch(epoch: number): OffsetAndEpoch {
    const end = this.#log.endOffsetForEpoch(epoch);
    if (end === undefined) return { offset: this.endOffset, epoch: this.lastEpoch };
    const earliest = this.earliestSnapshot;
    // What is older than the log ended in the epoch that the snapshot tells, not in the one that was asked for.
    return earliest !== undefined && earliest.endOffset === end.offset && end.epoch === epoch
      ? { offset: end.offset, epoch: earliest.epoch }
      : end;
  }

  /** Throws when the batch cannot be written; {@link StalledDiskError}. */
  appendAsLeader(bytes: Uint8Array, leaderEpoch: number, nowMs: number): void {
    const info = this.#log.appendAsLeader(bytes, { leaderEpoch, nowMs, origin: "raft" });
    if (info.errorCode === ErrorCode.NONE) return;
    throw this.#failureOf(info) ?? new Error(`The metadata log refused a batch: ${info.errorMessage}`);
  }

  /**
   * Appends what a leader of `leaderEpoch` has sent; a batch that is cut off at the end is left out. Answers why nothing
   * was appended, when the batches do not fit behind the log. Throws on a record that is not known here: the cluster is
   * of a newer version, and going on without it would be guessing; {@link StalledDiskError}.
   */
  appendAsFollower(records: Uint8Array, leaderEpoch: number): readonly MetadataBatch[] | string {
    const problem = this.#problemOf(records, leaderEpoch);
    if (problem !== undefined) return problem;
    const batches = [...decodeMetadataBatches(records, this.#runtime)];
    if (batches.length === 0) return "there is no whole batch in them";
    const info = this.#log.appendAsFollower(records);
    if (info.errorCode === ErrorCode.NONE) return batches;
    const failure = this.#failureOf(info);
    if (failure !== undefined) throw failure;
    return info.errorMessage ?? "the log refused them";
  }

  /** Throws a {@link StalledDiskError}. */
  truncateTo(offset: number): void {
    this.#unlessStalled(() => {
      this.#flushed.clear();
      this.#log.truncateTo(offset);
    });
  }

  /** The log goes on, empty, behind a snapshot that stands for more than it had. Throws a {@link StalledDiskError}. */
  restartBehind({ endOffset }: SnapshotId): void {
    this.#unlessStalled(() => {
      this.#flushed.clear();
      this.#log.truncateFullyAndStartAt(endOffset);
      this.snapshots.removeBefore(endOffset);
    });
  }

  async flush(): Promise<void> {
    await this.#log.flush();
    const { watched } = this.#runtime.files;
    if (watched?.answers() === false) await untilAnswered(watched);
    const { flushedEndOffset } = this;
    const last = this.#log.read(flushedEndOffset - 1, 1, { upToOffset: flushedEndOffset, minOneMessage: true });
    if (last.records !== null) this.#vouchFor(last.segmentBaseOffset, last.records);
  }

  updateHighWatermark(offset: number): void {
    this.#log.updateHighWatermark(offset);
  }

  /** Whole batches from a batch's first offset on; one of them however small `maxBytes` is. Throws a {@link StalledDiskError}. */
  read(startOffset: number, maxBytes: number): FileRange | undefined {
    const upToOffset = this.endOffset;
    const { errorCode, records } = this.#log.read(startOffset, maxBytes, { upToOffset, minOneMessage: true });
    if (errorCode === ErrorCode.KAFKA_STORAGE_ERROR && this.#log.isStalled) throw new StalledDiskError("read");
    return records ?? undefined;
  }

  readSnapshot(id: SnapshotId): Snapshot {
    return this.#unlessStalled(() => this.snapshots.read(id));
  }

  openSnapshot(id: SnapshotId, position: number, length: number): FileRange {
    return this.#unlessStalled(() => this.snapshots.open(id, position, length));
  }

  startSnapshot(id: SnapshotId): void {
    this.#unlessStalled(() => this.snapshots.start(id));
  }

  /** Lets the log begin at `offset`, which must be committed, and deletes the segments below. */
  startAt(offset: number): void {
    if (this.#log.incrementLogStartOffset(offset)) this.#log.deleteSegmentsBelowLogStart();
  }

  async close(): Promise<void> {
    this.snapshots.drop();
    this.#flushed.close();
    try {
      await this.#log.close();
    } finally {
      this.#log.closeHandlers();
    }
  }

  /** Leaves the files as a kill would. */
  abandon(): void {
    this.#flushed.close();
    this.#log.closeHandlers();
  }

  /** A disk that hangs just now has an older content, or this one later: both are true. */
  #vouchFor(baseOffset: number, batch: FileRange): void {
    try {
      this.#flushed.write(baseOffset, batch);
    } catch (error) {
      if (!this.#log.isStalled) throw error;
    }
  }

  /** What has changed nothing when it is refused, or may be done again. */
  #unlessStalled<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (this.#log.failure !== undefined || !isRefusal(error)) throw error;
      throw new StalledDiskError((error as Error).message);
    }
  }

  #failureOf({ errorCode, errorMessage }: LogAppendInfo): Error | undefined {
    if (this.#log.failure !== undefined) return this.#log.failure;
    return errorCode === ErrorCode.KAFKA_STORAGE_ERROR ? new StalledDiskError(errorMessage ?? "") : undefined;
  }

  #problemOf(records: Uint8Array, leaderEpoch: number): string | undefined {
    let { endOffset, lastEpoch } = this;
    for (const position of RecordBatch.batchPositions(records)) {
      const damage = RecordBatch.findProblem(records, position, this.#runtime.checksums);
      if (damage !== undefined) return `a batch is damaged: ${damage}`;
      const baseOffset = RecordBatch.baseOffset(records, position);
      const epoch = RecordBatch.partitionLeaderEpoch(records, position);
      if (baseOffset !== endOffset) return `a batch begins at offset ${baseOffset} and not at ${endOffset}`;
      if (epoch < lastEpoch || epoch > leaderEpoch) {
        return `a batch is of epoch ${epoch}, behind one of ${lastEpoch} from a leader of ${leaderEpoch}`;
      }
      endOffset = RecordBatch.nextOffset(records, position);
      lastEpoch = epoch;
    }
    return undefined;
  }
}
