import type { Log } from "../../log/log.ts";
import { isRefusal } from "../../log/storage-guard.ts";
import { ErrorCode, errorName } from "../../protocol/error-codes.ts";
import { divergenceOffset } from "../fetcher/truncation.ts";
import { appendFromLeader } from "../follower-append.ts";
import type { Partition } from "../partition.ts";

/** The copied batches are of epochs that the log in use has accepted. */
const ANY_EPOCH = Number.POSITIVE_INFINITY;

/** A partition can't be moved; the message says what stands in the way. */
export class LogDirMoveError extends Error {
  override readonly name = "LogDirMoveError";
}

/**
 * One partition on its way to another log directory: what is in its log goes into the future log, and where the log is
 * truncated, by a new leader, the future log follows by the leader epochs, as a follower does (KIP-113, KIP-279).
 */
export class LogDirMove {
  readonly partition: Partition;
  readonly future: Log;
  isStopped = false;
  /** The controller may have heard that the partition is in the other directory. */
  isAnnounced = false;
  #buffer = new Uint8Array(0);
  /** The truncation count of the log in use when the two logs were last compared. */
  #truncations: number | undefined = undefined;
  #wake: () => void = () => {};
  #release: (() => void) | undefined = undefined;

  constructor(partition: Partition, future: Log) {
    this.partition = partition;
    this.future = future;
  }

  get source(): Log {
    if (this.partition.log === null) throw new Error(`${this.future.directory} is the copy of no log`);
    return this.partition.log;
  }

  /** Records that are still to be copied. */
  get lag(): number {
    return this.source.logEndOffset - this.future.logEndOffset;
  }

  /** A disk does not answer: nothing can be copied until it does. */
  get isStalled(): boolean {
    return this.source.isStalled || this.future.isStalled;
  }

  /** Asks both disks whether they answer. */
  answers(): boolean {
    return this.source.answers() && this.future.answers();
  }

  /** The future log holds all that the log in use holds. */
  get isWhole(): boolean {
    const { source, future } = this;
    return this.#truncations === source.truncations && future.logEndOffset === source.logEndOffset;
  }

  /** Everything that may have been acknowledged because it was on the disk is on the disk in the future log too. */
  get isFlushed(): boolean {
    const { recoveryPoint, settledEndOffset } = this.source;
    return this.future.recoveryPoint >= Math.min(recoveryPoint, settledEndOffset);
  }

  /** Holds back acknowledgements until the move has ended or given up. */
  hold(): void {
    this.#release ??= this.source.holdSettled();
  }

  release(): void {
    this.#release?.();
    this.#release = undefined;
  }

  /** Copies up to `maxBytes`, but at least one batch. Returns how many bytes; 0 while a disk is stalled. Throws when it cannot copy. */
  copy(maxBytes: number): number {
    try {
      return this.#copy(maxBytes);
    } catch (error) {
      const hasFailed = this.source.failure !== undefined || this.future.failure !== undefined;
      if (hasFailed || !isRefusal(error)) throw error;
      return 0;
    }
  }

  #copy(maxBytes: number): number {
    const { source, future } = this;
    if (this.#truncations !== source.truncations) this.#align(source);
    const upToOffset = source.logEndOffset;
    const { errorCode, records } = source.read(future.logEndOffset, maxBytes, { upToOffset, minOneMessage: true });
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      // The log has been deleted beyond what was copied.
      this.#align(source);
      return 0;
    }
    if (errorCode !== ErrorCode.NONE && source.isStalled) return 0;
    if (errorCode !== ErrorCode.NONE)
      throw new LogDirMoveError(`${source.directory} can't be read: ${errorName(errorCode)}`);
    const length = records?.length ?? 0;
    if (length === 0 && future.logEndOffset < upToOffset) {
      // A cleaner has left no batch of the last offsets.
      future.roll(upToOffset);
      return 0;
    }
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    const bytes = this.#buffer.subarray(0, length);
    if (records !== null) records.file.read(bytes, records.position);
    const { highWatermark, logStartOffset } = source;
    const info = appendFromLeader(future, bytes, ANY_EPOCH, { highWatermark, logStartOffset });
    if (info.errorCode !== ErrorCode.NONE && future.isStalled) return 0;
    if (info.errorCode !== ErrorCode.NONE) {
      throw new LogDirMoveError(
        `${future.directory} can't be written: ${info.errorMessage ?? errorName(info.errorCode)}`,
      );
    }
    return length;
  }

  /** Epochs in which nothing has been written yet are in no batch. */
  copyEpochs(): void {
    const { source, future } = this;
    for (const { epoch, startOffset } of source.epochEntries) {
      if (epoch > future.latestEpoch) future.assignEpochStartOffset(epoch, startOffset);
    }
  }

  stop(): void {
    this.isStopped = true;
    this.release();
    this.#wake();
  }

  /** Settled by what `begin` calls, or resolves when the move is stopped. */
  untilDone(begin: (done: () => void, failed: (error: Error) => void) => void): Promise<void> {
    if (this.isStopped) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#wake = resolve;
      begin(resolve, reject);
    });
  }

  /** Truncates the future log to a prefix of the log in use. */
  #align(source: Log): void {
    const { future } = this;
    if (future.latestEpoch < 0) this.#truncate(Math.min(source.highWatermark, source.logEndOffset));
    // Each round goes back by an epoch at least.
    for (let rounds = future.epochEntries.length; rounds >= 0 && future.latestEpoch >= 0; rounds--) {
      const end = source.endOffsetForEpoch(future.latestEpoch);
      if (end === undefined) {
        this.#truncate(source.logStartOffset);
        break;
      }
      const isCommon = end.epoch === future.latestEpoch;
      this.#truncate(divergenceOffset(future, end));
      if (isCommon) break;
    }
    const { logStartOffset, logEndOffset } = source;
    if (future.logEndOffset < logStartOffset || future.logEndOffset > logEndOffset) {
      future.truncateFullyAndStartAt(logStartOffset);
    }
    this.#truncations = source.truncations;
  }

  #truncate(offset: number): void {
    if (offset < this.future.logEndOffset) this.future.truncateTo(offset);
  }
}
