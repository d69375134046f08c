import { ErrorCode } from "../protocol/error-codes.ts";
import * as RecordBatch from "../record/record-batch.ts";
import { type PreparedAppend, prepareAsLeader, prepareGiven } from "./append-preparation.ts";
import type { BatchSummary } from "./batch-summary.ts";
import { DelayedRemovals } from "./delayed-removals.ts";
import { appendFailed, appendSucceeded, type LogAppendInfo } from "./log-append-info.ts";
import type { LogConfig } from "./log-config.ts";
import { LogFlusher } from "./log-flusher.ts";
import { createLogParts, type LogParts, type LogRuntime, loadLogParts } from "./log-loader.ts";
import type { AppendAsLeaderOptions, LogOptions } from "./log-options.ts";
import type { LogReadInfo, LogReadOptions, OffsetAndEpoch, TimestampAndOffset } from "./log-read-info.ts";
import { emptyRead, readSegments } from "./log-reader.ts";
import { resolveTopicId } from "./partition-metadata.ts";
import { rebuildProducerState } from "./recovery.ts";
import { Segment } from "./segment.ts";
import { deleteSegmentFiles } from "./segment-deletion.ts";
import { runAtOnce, runInSlices } from "./slices.ts";
import { StorageGuard } from "./storage-guard.ts";
import { findMaxTimestamp, findOffsetByTimestamp } from "./timestamp-search.ts";

export type { LogRuntime } from "./log-loader.ts";
export type { AppendAsLeaderOptions, LogOptions } from "./log-options.ts";

/** One partition on disk, in Kafka's format. Everything but flushing and loading is synchronous. */
export class Log {
  readonly topic: string;
  readonly partition: number;
  readonly directory: string;
  /** Undefined when the directory does not tell and the owner did not either. */
  readonly topicId: string | undefined;
  readonly #runtime: LogRuntime;
  readonly #parts: LogParts;
  readonly #storage: StorageGuard;
  readonly #flusher: LogFlusher;
  readonly #removals: DelayedRemovals;
  #config: LogConfig;
  #logStartOffset: number;
  #logEndOffset: number;
  #recoveryPoint: number;
  #highWatermark: number;
  /** What the flush under way will have brought to the disk: a truncation meanwhile lowers it. */
  #flushingOffset = 0;
  #recordsSinceFlush = 0;
  #closed = false;

  private constructor(options: LogOptions, parts: LogParts, storage: StorageGuard) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.directory = options.directory;
    this.topicId = resolveTopicId(options.runtime.files, options.directory, options.topicId);
    this.#runtime = options.runtime;
    this.#config = options.config;
    this.#parts = parts;
    this.#storage = storage;
    this.#flusher = new LogFlusher(options.runtime.files, options.directory, parts);
    this.#removals = new DelayedRemovals(options.runtime);
    this.#logStartOffset = parts.logStartOffset;
    this.#logEndOffset = parts.logEndOffset;
    this.#recoveryPoint = parts.recoveryPoint;
    this.#highWatermark = parts.logStartOffset;
  }

  /** A new, empty log; the directory is made if it is not there. */
  static create(options: LogOptions): Log {
    const storage = StorageGuard.of(options);
    return storage.run(() => {
      options.runtime.files.makeDirectory(options.directory);
      return new Log(options, createLogParts(options, storage.fail), storage);
    });
  }

  /** Opens what is there, or creates it; makes good in slices what an unclean stop left. */
  static async load(options: LogOptions): Promise<Log> {
    const storage = StorageGuard.of(options);
    options.runtime.files.makeDirectory(options.directory);
    const parts = await runInSlices(loadLogParts(options, storage.fail), options.runtime.clock);
    return new Log(options, parts, storage);
  }

  get config(): LogConfig {
    return this.#config;
  }

  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  /** The offset of the next record. */
  get logEndOffset(): number {
    return this.#logEndOffset;
  }

  /** Everything below it is on the disk. */
  get recoveryPoint(): number {
    return this.#recoveryPoint;
  }

  /** Kept for the replica layer, which moves it by {@link updateHighWatermark}. */
  get highWatermark(): number {
    return this.#highWatermark;
  }

  /** Readers of committed records see only what lies below it (KIP-98). */
  get lastStableOffset(): number {
    return Math.min(this.#highWatermark, this.#parts.producers.firstUnstableOffset ?? this.#highWatermark);
  }

  get sizeBytes(): number {
    return this.#parts.segments.sizeBytes;
  }

  /** -1 before any epoch has been assigned. */
  get latestEpoch(): number {
    return this.#parts.epochs.latestEpoch;
  }

  get epochEntries() {
    return this.#parts.epochs.entries;
  }

  get segments(): readonly Segment[] {
    return this.#parts.segments.all;
  }

  /** The producers this log knows, for DescribeProducers. */
  get producers() {
    return this.#parts.producers;
  }

  /** The I/O error that put the log out of use. */
  get failure(): Error | undefined {
    return this.#storage.failure;
  }

  /** Assigns offsets and the leader epoch in place in `records`, stamps LogAppendTime, and writes once. */
  appendAsLeader(records: Uint8Array, options: AppendAsLeaderOptions): LogAppendInfo {
    return this.#write(prepareAsLeader(this, records, options, this.#runtime));
  }

  /** Appends batches as the leader wrote them; a partial one at the end is left out. */
  appendAsFollower(records: Uint8Array): LogAppendInfo {
    return this.#write(prepareGiven(this, records, this.#runtime.clock.now(), undefined, this.#runtime));
  }

  /**
   * The batches from the one that holds `startOffset` on, up to `maxBytes`. The range ends where it ends, maybe inside a
   * batch; its start is a batch's.
   */
  read(startOffset: number, maxBytes: number, options: LogReadOptions): LogReadInfo {
    if (this.#storage.failure !== undefined) return emptyRead(ErrorCode.KAFKA_STORAGE_ERROR);
    if (startOffset < this.#logStartOffset || startOffset > this.#logEndOffset) {
      return emptyRead(ErrorCode.OFFSET_OUT_OF_RANGE);
    }
    const upToOffset = Math.min(options.upToOffset, this.#logEndOffset);
    if (startOffset >= upToOffset) return emptyRead(ErrorCode.NONE);
    const range = { startOffset, upToOffset, maxBytes, minOneMessage: options.minOneMessage ?? false };
    return (
      this.#storage.attempt(() => readSegments(this.#parts.segments, this.#logEndOffset, range)) ??
      emptyRead(ErrorCode.KAFKA_STORAGE_ERROR)
    );
  }

  /** Limits it to the log and answers what it became. */
  updateHighWatermark(offset: number): number {
    this.#highWatermark = Math.min(Math.max(offset, this.#logStartOffset), this.#logEndOffset);
    this.#parts.producers.onHighWatermarkUpdated(this.#highWatermark);
    return this.#highWatermark;
  }

  /** Drops everything at or above `offset`; false when there is nothing. */
  truncateTo(offset: number): boolean {
    const { segments, epochs, producers, snapshots } = this.#parts;
    if (offset >= this.#logEndOffset) {
      // An epoch may have been assigned and nothing appended in it.
      epochs.truncateFromEnd(this.#logEndOffset);
      return false;
    }
    if (offset < segments.first.baseOffset) {
      this.truncateFullyAndStartAt(offset);
      return true;
    }
    this.#storage.run(() => {
      const floor = segments.all[segments.floorIndex(offset)]!;
      this.#deleteFiles(segments.remove((segment) => segment.baseOffset > floor.baseOffset));
      floor.truncateTo(offset, this.#runtime.clock.now());
      floor.becomeActive(this.#config);
      this.#logEndOffset = offset;
      this.#logStartOffset = Math.min(this.#logStartOffset, offset);
      this.#recoveryPoint = Math.min(this.#recoveryPoint, offset);
      this.#flushingOffset = Math.min(this.#flushingOffset, offset);
      epochs.truncateFromEnd(offset);
      runAtOnce(rebuildProducerState(producers, snapshots, segments, this.#logStartOffset, offset));
      this.updateHighWatermark(this.#highWatermark);
    });
    return true;
  }

  /** Drops everything; the log goes on at `offset`. */
  truncateFullyAndStartAt(offset: number, logStartOffset = offset): void {
    const { segments, epochs, producers, snapshots } = this.#parts;
    this.#storage.run(() => {
      this.#deleteFiles(segments.remove(() => true));
      for (const snapshot of snapshots.offsets) snapshots.remove(snapshot);
      segments.add(
        Segment.create(this.#runtime.files, this.directory, offset, this.#config, this.#runtime.clock.now()),
      );
      epochs.clear();
      producers.reset(offset);
      this.#flusher.directoryChanged();
      this.#logEndOffset = offset;
      this.#logStartOffset = logStartOffset;
      this.#recoveryPoint = Math.min(this.#recoveryPoint, offset);
      this.#flushingOffset = Math.min(this.#flushingOffset, offset);
      this.updateHighWatermark(offset);
    });
  }

  /** DeleteRecords. False when the log starts there or later already; the high watermark is the limit. */
  incrementLogStartOffset(offset: number): boolean {
    if (offset > this.#highWatermark) {
      throw new RangeError(`Log start offset ${offset} is above the high watermark ${this.#highWatermark}`);
    }
    if (offset <= this.#logStartOffset) return false;
    this.#logStartOffset = offset;
    this.#parts.epochs.truncateFromStart(offset);
    this.#parts.producers.onHighWatermarkUpdated(offset);
    return true;
  }

  /** Removes the segments that lie wholly below the log start offset; answers how many. */
  deleteSegmentsBelowLogStart(): number {
    const { segments } = this.#parts;
    const firstKept = Math.max(0, segments.floorIndex(this.#logStartOffset));
    const { baseOffset } = segments.all[firstKept]!;
    const gone = segments.remove((segment) => segment.baseOffset < baseOffset);
    this.#storage.run(() => this.#deleteFiles(gone));
    return gone.length;
  }

  earliestOffset(): TimestampAndOffset {
    const first = this.#parts.epochs.entries[0];
    const leaderEpoch = first !== undefined && first.startOffset <= this.#logStartOffset ? first.epoch : -1;
    return { timestamp: RecordBatch.NO_TIMESTAMP, offset: this.#logStartOffset, leaderEpoch };
  }

  latestOffset(): TimestampAndOffset {
    return { timestamp: RecordBatch.NO_TIMESTAMP, offset: this.#logEndOffset, leaderEpoch: this.latestEpoch };
  }

  /** KIP-734: undefined when no record has a timestamp. */
  maxTimestampOffset(): TimestampAndOffset | undefined {
    return this.#storage.run(() => findMaxTimestamp(this.#parts.segments, this.#runtime.compression));
  }

  /** The first record with at least this timestamp. */
  offsetForTimestamp(timestampMs: number): TimestampAndOffset | undefined {
    const { segments } = this.#parts;
    const codecs = this.#runtime.compression;
    return this.#storage.run(() => findOffsetByTimestamp(segments, timestampMs, this.#logStartOffset, codecs));
  }

  /** KIP-279: where the epoch, or else the largest one before it, ends; undefined when not known. */
  endOffsetForEpoch(epoch: number): OffsetAndEpoch | undefined {
    return this.#parts.epochs.endOffsetFor(epoch, this.#logEndOffset);
  }

  /** -1 when not known. */
  epochForOffset(offset: number): number {
    return this.#parts.epochs.epochForOffset(offset);
  }

  /** A new leader calls it before its first append. */
  assignEpochStartOffset(epoch: number, startOffset: number): void {
    this.#parts.epochs.assign(epoch, startOffset);
  }

  updateConfig(config: LogConfig): void {
    this.#config = config;
    for (const segment of this.#parts.segments.all) segment.updateConfig(config);
  }

  /** KIP-360: forgets producers that have been idle for longer than `producer.id.expiration.ms`. */
  removeExpiredProducers(nowMs: number, expirationMs: number): void {
    this.#parts.producers.removeExpired(nowMs, expirationMs);
  }

  /** Starts a new segment, unless the active one is empty. */
  roll(baseOffset = this.#logEndOffset): void {
    const { segments, producers, snapshots } = this.#parts;
    if (segments.active.sizeBytes === 0 && segments.active.baseOffset === baseOffset) return;
    this.#storage.run(() => {
      segments.active.becomeInactive();
      segments.add(
        Segment.create(this.#runtime.files, this.directory, baseOffset, this.#config, this.#runtime.clock.now()),
      );
      producers.endOffset = baseOffset;
      // Recovery of the new segment can then begin with this snapshot and the segment's own batches.
      snapshots.take(baseOffset, producers.entries);
      this.#flusher.directoryChanged();
    });
    this.#flushInBackground();
  }

  /** Resolves when everything appended before the call is on the disk; the recovery point is there then. */
  flush(): Promise<void> {
    return this.#flusher.enqueue(async () => {
      if (this.#closed) return;
      this.#flushingOffset = this.#logEndOffset;
      this.#recordsSinceFlush = 0;
      try {
        await this.#flusher.sync(this.#recoveryPoint);
      } catch (error) {
        if (this.#closed) return;
        throw this.#storage.fail(error instanceof Error ? error : new Error(String(error)));
      }
      this.#recoveryPoint = Math.max(this.#recoveryPoint, this.#flushingOffset);
    });
  }

  /** A clean stop: the producer snapshot, trimmed indexes, everything on the disk. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const { segments, producers, snapshots } = this.#parts;
    if (this.#storage.failure === undefined) {
      this.#storage.run(() => {
        // Without it Kafka takes a cleanly stopped log for one that no producer with an id ever wrote to.
        snapshots.take(this.#logEndOffset, producers.entries);
        segments.active.becomeInactive();
      });
      await this.flush();
    }
    this.closeHandlers();
  }

  /** Frees the files and leaves them as a kill would. */
  closeHandlers(): void {
    this.#closed = true;
    this.#storage.close();
    this.#removals.cancel();
    this.#parts.epochs.close();
    this.#parts.segments.closeFiles();
  }

  #write(prepared: PreparedAppend | LogAppendInfo): LogAppendInfo {
    if (prepared.errorCode !== undefined) return prepared;
    const { summary, nowMs, logAppendTimeMs } = prepared;
    const { records, firstOffset, lastOffset, maxTimestamp, recordCount } = summary;
    const logStartOffset = this.#logStartOffset;
    if (this.#storage.failure === undefined && records.length > 0) {
      this.#storage.attempt(() => this.#appendToSegment(summary, nowMs));
    }
    if (this.#storage.failure !== undefined) {
      return appendFailed("KAFKA_STORAGE_ERROR", this.#storage.failure.message, logStartOffset);
    }
    this.#recordsSinceFlush += recordCount;
    if (this.#recordsSinceFlush >= this.#config["flush.messages"]) this.#flushInBackground();
    return appendSucceeded({
      firstOffset,
      lastOffset,
      maxTimestamp,
      logAppendTimeMs,
      logStartOffset,
      sizeBytes: records.length,
      recordCount,
    });
  }

  #appendToSegment({ records, firstOffset, lastOffset, maxTimestamp, epochs }: BatchSummary, nowMs: number): void {
    const { segments, producers } = this.#parts;
    for (const { epoch, startOffset } of epochs) if (epoch >= 0) this.#parts.epochs.assign(epoch, startOffset);
    const next = { nowMs, sizeBytes: records.length, maxTimestamp, lastOffset };
    if (segments.active.shouldRoll(next, this.#config)) this.roll(firstOffset);
    segments.active.append(records);
    this.#logEndOffset = lastOffset + 1;
    for (let position = 0; position < records.length; position += RecordBatch.sizeInBytes(records, position)) {
      producers.update(records, position);
    }
  }

  #deleteFiles(segments: readonly Segment[]): void {
    for (const segment of segments) this.#parts.snapshots.forget(segment.baseOffset);
    const delayMs = this.#config["file.delete.delay.ms"];
    deleteSegmentFiles(this.#runtime.files, this.#removals, this.directory, segments, delayMs);
    this.#flusher.directoryChanged();
  }

  #flushInBackground(): void {
    this.flush().catch(() => {
      // It has been reported, and the log answers errors from now on.
    });
  }
}
