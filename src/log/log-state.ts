import { syncDirectoryAt } from "./atomic-file.ts";
import { DelayedRemovals } from "./delayed-removals.ts";
import type { LeaderEpochCheckpoint } from "./leader-epoch-checkpoint.ts";
import type { LogConfig } from "./log-config.ts";
import type { LogParts, LogRuntime } from "./log-loader.ts";
import type { LogSegments } from "./log-segments.ts";
import type { ProducerSnapshots } from "./producer-snapshots.ts";
import type { ProducerState } from "./producer-state.ts";
import { drawRollJitter } from "./roll-jitter.ts";
import type { Segment } from "./segment.ts";
import { type StorageGuard, whenReadable } from "./storage-guard.ts";

export interface LogStateOptions {
  readonly runtime: LogRuntime;
  readonly directory: string;
  readonly config: LogConfig;
  readonly onTruncated?: () => Promise<void>;
}

/**
 * What the files around `log.ts` (append, roll, truncation, retention, flush) work on together: the parts of one log, where
 * it starts and ends, and its settings. Nobody but them and the log itself sees it.
 */
export class LogState {
  readonly runtime: LogRuntime;
  directory: string;
  readonly segments: LogSegments;
  readonly epochs: LeaderEpochCheckpoint;
  readonly producers: ProducerState;
  readonly snapshots: ProducerSnapshots;
  readonly storage: StorageGuard;
  readonly removals: DelayedRemovals;
  config: LogConfig;
  /** What the active segment is rolled earlier by than `segment.ms` says. */
  rollJitterMs: number;
  logStartOffset: number;
  /** The offset of the next record. */
  logEndOffset: number;
  /** Everything below it is on the disk. */
  recoveryPoint: number;
  highWatermark: number;
  /** Told when retention has raised {@link logStartOffset}. */
  onLogStartMoved: () => void = () => {};
  /** What the flush under way will have brought to the disk: a truncation meanwhile lowers it. */
  flushingOffset = 0;
  /** Resolves when the disk knows of the last truncation. */
  truncationWritten: Promise<void> = Promise.resolve();
  readonly #onTruncated: () => Promise<void>;
  /** Files were created, renamed or removed since the directory was last synced. */
  isDirectoryUnsynced: boolean;
  /** The directory itself was created or renamed, or partition.metadata written. */
  isParentUnsynced: boolean;
  /** Whoever closes it syncs the directory that its own is in, once for all. */
  leavesParentUnsynced = false;
  /** In which nothing was when it was opened. */
  readonly #blankDirectory: string | undefined;
  /** Its segment may have got something, or more than the log has. */
  isWritten = false;
  isClosed = false;
  /** How often records have been taken from the end. */
  truncations = 0;

  constructor(options: LogStateOptions, parts: LogParts, storage: StorageGuard) {
    this.runtime = options.runtime;
    this.directory = options.directory;
    this.config = options.config;
    this.#onTruncated = options.onTruncated ?? (() => Promise.resolve());
    this.isDirectoryUnsynced = !parts.isSynced;
    this.isParentUnsynced = !parts.isSynced;
    this.#blankDirectory = parts.isBlank ? options.directory : undefined;
    this.rollJitterMs = drawRollJitter(options.config, options.runtime.random);
    this.segments = parts.segments;
    this.epochs = parts.epochs;
    this.producers = parts.producers;
    this.snapshots = parts.snapshots;
    this.storage = storage;
    this.removals = new DelayedRemovals(options.runtime, storage.fail);
    if (parts.deletedPaths.length > 0) this.removals.schedule(parts.deletedPaths, 0);
    this.logStartOffset = parts.logStartOffset;
    this.logEndOffset = parts.logEndOffset;
    this.recoveryPoint = parts.recoveryPoint;
    this.highWatermark = parts.logStartOffset;
  }

  /** Nothing has come into it: of whatever the disk keeps of its files, the next start makes the same. */
  get isBlank(): boolean {
    const isUnchanged = !this.isWritten && this.segments.all.length === 1 && this.truncations === 0;
    return isUnchanged && this.directory === this.#blankDirectory;
  }

  /** Limits it to the log and answers what it became. */
  updateHighWatermark(offset: number): number {
    this.highWatermark = Math.min(Math.max(offset, this.logStartOffset), this.logEndOffset);
    this.producers.onHighWatermarkUpdated(this.highWatermark);
    return this.highWatermark;
  }

  /** What lay at or above `recoveryPoint` is gone, and with it the claim that it is on the disk; the log goes on in `segment`. */
  truncated(recoveryPoint: number, segment: Segment): void {
    const isLowered = recoveryPoint < this.recoveryPoint;
    this.recoveryPoint = Math.min(this.recoveryPoint, recoveryPoint);
    this.flushingOffset = Math.min(this.flushingOffset, recoveryPoint);
    this.truncationWritten = this.#writeTruncation(isLowered, segment);
    this.truncationWritten.catch((error: unknown) => {
      if (!this.isClosed) this.storage.fail(error as Error);
    });
  }

  /**
   * First the names: segments that come back in a power cut would overlap with what is written next. Then what was cut off: a
   * batch that comes back in the place of one written next would stand in front of those behind it, as if it belonged there.
   */
  async #writeTruncation(isRecoveryPointLowered: boolean, segment: Segment): Promise<void> {
    const { files } = this.runtime;
    await syncDirectoryAt(files, () => this.directory);
    if (isRecoveryPointLowered) await this.#onTruncated();
    await whenReadable(files.watched, () => segment.sync());
  }
}
