import { ErrorCode } from "../protocol/error-codes.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { FileSystem } from "../runtime.ts";
import { prepareAsLeader, prepareGiven } from "./append-preparation.ts";
import { syncDirectoryAt } from "./atomic-file.ts";
import { type BatchSummary, fitsOneSegment } from "./batch-summary.ts";
import { finishFiles } from "./clean-stop.ts";
import { renameDirectory } from "./directory-rename.ts";
import { FUTURE_DIRECTORY_SUFFIX } from "./file-names.ts";
import { appendPrepared, refusedByDisk } from "./log-append.ts";
import type { LogAppendInfo } from "./log-append-info.ts";
import { isCompacted, type LogConfig } from "./log-config.ts";
import { LogFlusher } from "./log-flusher.ts";
import { createLogParts, type LogParts, type LogRuntime, loadLogParts } from "./log-loader.ts";
import type { AppendAsLeaderOptions, LogOptions } from "./log-options.ts";
import type { LogReadInfo, LogReadOptions, OffsetAndEpoch, TimestampAndOffset } from "./log-read-info.ts";
import { emptyRead, findAbortedTransactions, readSegments } from "./log-reader.ts";
import { deleteOldSegments, deleteSegmentsBelowLogStart, incrementLogStartOffset } from "./log-retention.ts";
import { LogState } from "./log-state.ts";
import { truncateFullyAndStartAt, truncateTo } from "./log-truncation.ts";
import { resolveTopicId, writePartitionMetadata } from "./partition-metadata.ts";
import { RewriteLease } from "./rewrite-lease.ts";
import type { Segment } from "./segment.ts";
import { replaceSegments } from "./segment-replacement.ts";
import { rollSegment } from "./segment-roll.ts";
import { runInSlices } from "./slices.ts";
import { StorageGuard } from "./storage-guard.ts";
import { findBatchByTimestamp, findBatchOfMaxTimestamp, type LatestBatch } from "./timestamp-search.ts";
import type { AbortedTransaction } from "./transaction-index.ts";

export type { LogRuntime } from "./log-loader.ts";
export type { AppendAsLeaderOptions, AppendSource, LogOptions } from "./log-options.ts";

/** One partition on disk, in Kafka's format. Everything but flushing and loading is synchronous. */
export class Log {
  readonly topic: string;
  readonly partition: number;
  #topicId: string | undefined;
  readonly #runtime: LogRuntime;
  readonly #state: LogState;
  readonly #flusher: LogFlusher;

  /** Everything below it has been cleaned at least once; undefined for a log that never was. Its directory keeps it. */
  cleanerOffset: number | undefined;
  readonly rewriteLease = new RewriteLease();
  readonly #onCleanerOffsetLowered: () => void;

  private constructor(options: LogOptions, parts: LogParts, storage: StorageGuard) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.cleanerOffset = options.cleanerOffset;
    this.#onCleanerOffsetLowered = options.onCleanerOffsetLowered ?? (() => {});
    const { runtime, directory, topicId, isTopicIdStored = false } = options;
    this.#topicId = isTopicIdStored ? topicId : resolveTopicId(runtime.files, directory, topicId);
    this.#runtime = options.runtime;
    this.#state = new LogState(options, parts, storage);
    this.#flusher = new LogFlusher(this.#state);
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
    const parts = await runInSlices(loadLogParts(options, storage.fail), options.runtime.clock);
    return new Log(options, parts, storage);
  }

  get directory(): string {
    return this.#state.directory;
  }

  /** On its way to another log directory, where it will take the place of the present one (KIP-113). */
  get isFuture(): boolean {
    return this.directory.endsWith(FUTURE_DIRECTORY_SUFFIX);
  }

  /** Undefined when the directory does not tell and the owner did not either. */
  get topicId(): string | undefined {
    return this.#topicId;
  }

  /** Whose records these are, when the directory does not tell. */
  assignTopicId(topicId: string): void {
    const { storage, runtime, directory } = this.#state;
    storage.run(() => writePartitionMetadata(runtime.files, directory, topicId));
    this.#state.isParentUnsynced = true;
    this.#topicId = topicId;
  }

  /** As they are to be used below {@link directory}. */
  get files(): FileSystem {
    return this.#runtime.files;
  }

  get config(): LogConfig {
    return this.#state.config;
  }

  get logStartOffset(): number {
    return this.#state.logStartOffset;
  }

  /** The offset of the next record. */
  get logEndOffset(): number {
    return this.#state.logEndOffset;
  }

  /** Everything below it is on the disk. */
  get recoveryPoint(): number {
    return this.#state.recoveryPoint;
  }

  /** Kept for the replica layer, which moves it by {@link updateHighWatermark}. */
  get highWatermark(): number {
    return this.#state.highWatermark;
  }

  /** Readers of committed records see only what lies below it (KIP-98). */
  get lastStableOffset(): number {
    const { highWatermark, logStartOffset, producers } = this.#state;
    const firstUnstableOffset = producers.firstUnstableOffset ?? highWatermark;
    // The records of an open transaction may have been deleted.
    return Math.min(highWatermark, Math.max(firstUnstableOffset, logStartOffset));
  }

  /** What the leader may acknowledge, and a follower: the log end, but for records that `flush.messages` wants flushed. */
  get settledEndOffset(): number {
    return this.#flusher.settledEndOffset;
  }

  /** {@link settledEndOffset} stays where it is, until what is returned is called. */
  holdSettled(): () => void {
    return this.#flusher.hold();
  }

  /** Called when {@link settledEndOffset} has risen by a flush, and when retention has raised {@link logStartOffset}. */
  set onOffsetsMoved(listener: () => void) {
    this.#flusher.onSettled = listener;
    this.#state.onLogStartMoved = listener;
  }

  /** How often records have been taken from the end: whoever copies the log has to look again then. */
  get truncations(): number {
    return this.#state.truncations;
  }

  /** 0 when the disk does not tell. */
  get sizeBytes(): number {
    const { storage, segments } = this.#state;
    return storage.attemptRead(() => segments.sizeBytes) ?? 0;
  }

  /** -1 before any epoch has been assigned. */
  get latestEpoch(): number {
    return this.#state.epochs.latestEpoch;
  }

  get epochEntries() {
    return this.#state.epochs.entries;
  }

  get segments(): readonly Segment[] {
    return this.#state.segments.all;
  }

  /** The producers this log knows, for DescribeProducers. */
  get producers() {
    return this.#state.producers;
  }

  /** Its disk does not answer: appends, and reads of what is not in memory, are refused for as long. */
  get isStalled(): boolean {
    return this.#state.storage.isStalled;
  }

  /** Asks the disk, before what would have to wait for it. */
  answers(): boolean {
    return this.#state.storage.answers();
  }

  /** The I/O error that put the log out of use. */
  get failure(): Error | undefined {
    return this.#state.storage.failure;
  }

  /** Assigns offsets and the leader epoch in place in `records`, stamps LogAppendTime, and writes once. */
  appendAsLeader(records: Uint8Array, options: AppendAsLeaderOptions): LogAppendInfo {
    // Before it is compared with what its producer has sent before: that may have been refused for the same reason.
    if (this.isStalled && this.failure === undefined) return refusedByDisk(this.#state);
    return appendPrepared(this.#state, this.#flusher, prepareAsLeader(this, records, options, this.#runtime));
  }

  /** Appends batches as the leader wrote them; a partial one at the end is left out. */
  appendAsFollower(records: Uint8Array): LogAppendInfo {
    const prepared = prepareGiven(this, records, this.#runtime.clock.now(), undefined, this.#runtime);
    if (prepared.errorCode !== undefined || fitsOneSegment(prepared.summary))
      return appendPrepared(this.#state, this.#flusher, prepared);
    return this.#writeBatchByBatch(prepared.summary);
  }

  /**
   * The batches from the one that holds `startOffset` on, up to `maxBytes`. The range ends where it ends, maybe inside a
   * batch; its start is a batch's.
   */
  read(startOffset: number, maxBytes: number, options: LogReadOptions): LogReadInfo {
    const { storage, segments, logStartOffset, logEndOffset } = this.#state;
    if (storage.failure !== undefined) return emptyRead(ErrorCode.KAFKA_STORAGE_ERROR);
    if (startOffset < logStartOffset || startOffset > logEndOffset) return emptyRead(ErrorCode.OFFSET_OUT_OF_RANGE);
    const upToOffset = Math.min(options.upToOffset, logEndOffset);
    if (startOffset >= upToOffset) return emptyRead(ErrorCode.NONE);
    const mustWait = storage.isStalled && options.isPatient !== true && !segments.active.remembers(startOffset);
    if (mustWait) return emptyRead(ErrorCode.KAFKA_STORAGE_ERROR);
    const range = { startOffset, upToOffset, maxBytes, minOneMessage: options.minOneMessage ?? false };
    return (
      storage.attemptRead(() => readSegments(segments, logEndOffset, range)) ?? emptyRead(ErrorCode.KAFKA_STORAGE_ERROR)
    );
  }

  /** Those among what a read from `startOffset` on has found; undefined when the disk does not tell. */
  abortedTransactions(startOffset: number, read: LogReadInfo): readonly AbortedTransaction[] | undefined {
    const { storage, segments, logEndOffset } = this.#state;
    return storage.attemptRead(() => findAbortedTransactions(segments, logEndOffset, startOffset, read));
  }

  /** Limits it to the log and answers what it became. */
  updateHighWatermark(offset: number): number {
    return this.#state.updateHighWatermark(offset);
  }

  /** Drops everything at or above `offset`; false when there is nothing. */
  truncateTo(offset: number): boolean {
    if (offset < this.#state.segments.active.baseOffset) this.rewriteLease.revoke();
    const truncated = truncateTo(this.#state, offset);
    this.#flusher.truncated(offset);
    this.#lowerCleanerOffset();
    return truncated;
  }

  /**
   * Resolves when the lowered recovery point of the last truncation is on the disk. What is appended before could, after a
   * power cut, be taken for what was there before the truncation, and go unchecked.
   */
  get truncationWritten(): Promise<void> {
    return this.#state.truncationWritten;
  }

  /** Drops everything; the log goes on at `offset`. */
  truncateFullyAndStartAt(offset: number, logStartOffset = offset): void {
    this.rewriteLease.revoke();
    truncateFullyAndStartAt(this.#state, offset, logStartOffset);
    this.#flusher.truncated(0);
    this.#lowerCleanerOffset();
  }

  /** DeleteRecords. False when the log starts there or later already; the high watermark is the limit. */
  incrementLogStartOffset(offset: number): boolean {
    return incrementLogStartOffset(this.#state, offset);
  }

  /** Removes the segments that lie wholly below the log start offset; answers how many. */
  deleteSegmentsBelowLogStart(): number {
    return deleteSegmentsBelowLogStart(this.#state, Number.MAX_SAFE_INTEGER);
  }

  /**
   * Puts a cleaned segment, complete in its `.cleaned` files, in the place of neighbours that begin at its base offset.
   * Resolves when the disk knows of it; for everybody else it is there at once. Throws EAGAIN, and nothing has changed, when
   * the disk does not answer.
   */
  replaceSegments(old: readonly Segment[], baseOffset: number): Promise<void> {
    replaceSegments(this.#state, old, baseOffset);
    return syncDirectoryAt(this.#runtime.files, () => this.directory);
  }

  /** An I/O error that somebody else has met in the log's directory: the log is out of use. */
  fail(error: Error): void {
    this.#state.storage.fail(error);
  }

  /** Removes the segments that `retention.bytes`, `retention.ms` or the log start offset let go; answers how many, at most `maxCount`. */
  deleteOldSegments(nowMs: number, maxCount = Number.MAX_SAFE_INTEGER): number {
    return deleteOldSegments(this.#state, nowMs, maxCount);
  }

  earliestOffset(): TimestampAndOffset {
    const first = this.#state.epochs.entries[0];
    const leaderEpoch = first !== undefined && first.startOffset <= this.#state.logStartOffset ? first.epoch : -1;
    return { timestamp: RecordBatch.NO_TIMESTAMP, offset: this.#state.logStartOffset, leaderEpoch };
  }

  /** See {@link TimestampLookup}, as for the next one. */
  findBatchByTimestamp(timestampMs: number, startOffset: number): Uint8Array | undefined {
    return this.#state.storage.read(() => findBatchByTimestamp(this.#state.segments, timestampMs, startOffset));
  }

  findBatchOfMaxTimestamp(): LatestBatch | undefined {
    return this.#state.storage.read(() => findBatchOfMaxTimestamp(this.#state.segments));
  }

  /** KIP-279: where the epoch, or else the largest one before it, ends; undefined when not known. */
  endOffsetForEpoch(epoch: number): OffsetAndEpoch | undefined {
    return this.#state.epochs.endOffsetFor(epoch, this.#state.logEndOffset);
  }

  /** -1 when not known. */
  epochForOffset(offset: number): number {
    return this.#state.epochs.epochForOffset(offset);
  }

  /** A new leader calls it before its first append. */
  assignEpochStartOffset(epoch: number, startOffset: number): void {
    this.#state.epochs.assign(epoch, startOffset);
  }

  updateConfig(config: LogConfig): void {
    if (!isCompacted(config)) this.rewriteLease.revoke();
    this.#state.config = config;
    for (const segment of this.#state.segments.all) segment.updateConfig(config);
  }

  /** Renames the directory while the log is in use. */
  renameDirectory(directory: string): void {
    this.rewriteLease.revoke();
    renameDirectory(this.#state, directory);
  }

  /** KIP-360: forgets producers that have been idle for longer than `producer.id.expiration.ms`. */
  removeExpiredProducers(nowMs: number, expirationMs: number): void {
    this.#state.producers.removeExpired(nowMs, expirationMs);
  }

  /** Starts a new segment, unless the active one is empty; offsets may be left out before it. */
  roll(baseOffset = this.logEndOffset): void {
    if (rollSegment(this.#state, baseOffset)) this.#flusher.flushInBackground();
  }

  /** Resolves when everything appended before the call is on the disk; the recovery point is there then. */
  flush(): Promise<void> {
    return this.#flusher.flush();
  }

  /** Flushes when the last time was `flush.ms` ago. */
  flushIfDue(): Promise<void> | undefined {
    return this.#flusher.isDue() ? this.flush() : undefined;
  }

  /** A clean stop: the producer snapshot, trimmed indexes, everything on the disk, but maybe the name of its directory. */
  async close(leavesParentUnsynced = false): Promise<void> {
    const { isClosed, isBlank, storage } = this.#state;
    if (isClosed) return;
    this.rewriteLease.revoke();
    if (storage.failure === undefined && !isBlank) {
      storage.run(() => finishFiles(this.#state, leavesParentUnsynced));
      await this.flush();
    }
    this.closeHandlers();
  }

  /** Frees the files and leaves them as a kill would. */
  closeHandlers(): void {
    this.rewriteLease.revoke();
    const { storage, removals, epochs, segments } = this.#state;
    this.#state.isClosed = true;
    storage.close();
    removals.cancel();
    epochs.close();
    segments.closeFiles();
  }

  /** Of a compacted log, neighbours can be too far apart for the offsets that one segment may hold. */
  #writeBatchByBatch({ records, firstOffset, maxTimestamp, recordCount }: BatchSummary): LogAppendInfo {
    let info: LogAppendInfo | undefined;
    for (const position of RecordBatch.batchPositions(records)) {
      info = this.appendAsFollower(records.subarray(position, position + RecordBatch.sizeInBytes(records, position)));
      if (info.errorCode !== ErrorCode.NONE) return info;
    }
    return { ...info!, firstOffset, maxTimestamp, recordCount, sizeBytes: records.length };
  }

  /** What is written there from now on is dirty. */
  #lowerCleanerOffset(): void {
    const { baseOffset } = this.#state.segments.active;
    if (this.cleanerOffset === undefined || this.cleanerOffset <= baseOffset) return;
    this.cleanerOffset = baseOffset;
    this.#onCleanerOffsetLowered();
  }
}
