import { ErrorCode } from "../protocol/error-codes.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { SystemError } from "../runtime.ts";
import { type BatchSummary, summarize } from "./batch-summary.ts";
import { prepareClientBatch } from "./client-batch.ts";
import { type AppendOrigin, appendFailed, appendSucceeded, type LogAppendInfo } from "./log-append-info.ts";
import type { LogConfig } from "./log-config.ts";
import { createLogParts, type LogLoadOptions, type LogParts, type LogRuntime, loadLogParts } from "./log-loader.ts";
import type { LogReadInfo, LogReadOptions, OffsetAndEpoch, TimestampAndOffset } from "./log-read-info.ts";
import { readPartitionMetadata, writePartitionMetadata } from "./partition-metadata.ts";
import { rebuildProducerState } from "./recovery.ts";
import { Segment } from "./segment.ts";
import { deleteSegmentFiles } from "./segment-deletion.ts";
import { runAtOnce, runInSlices } from "./slices.ts";
import { findMaxTimestamp, findOffsetByTimestamp } from "./timestamp-search.ts";

export type { LogRuntime } from "./log-loader.ts";

export interface LogOptions extends LogLoadOptions {
  /** The partition's own directory, `<log dir>/<topic>-<partition>`. */
  readonly directory: string;
  readonly topic: string;
  readonly partition: number;
  /** Written to `partition.metadata` when that is missing. */
  readonly topicId?: string;
  /** Where the last checkpoint says the log starts; below the first segment it does not count. */
  readonly logStartOffset?: number;
  /** Everything below it is known to be on the disk. */
  readonly recoveryPoint?: number;
  /** False makes the load check and rebuild everything from the recovery point's segment on. */
  readonly hadCleanShutdown?: boolean;
  /** `producer.id.expiration.ms` */
  readonly producerIdExpirationMs?: number;
  /** An I/O error: the log answers KAFKA_STORAGE_ERROR from then on, and its directory should go out of use. */
  readonly onFailure?: (error: Error) => void;
}

export interface AppendAsLeaderOptions {
  readonly leaderEpoch: number;
  readonly nowMs: number;
  /** Default `client`. */
  readonly origin?: AppendOrigin;
}

/** One partition on disk, in Kafka's format. Everything but flushing and loading is synchronous. */
export class Log {
  readonly topic: string;
  readonly partition: number;
  readonly directory: string;
  /** Undefined when the directory does not tell and the owner did not either. */
  readonly topicId: string | undefined;
  readonly #runtime: LogRuntime;
  readonly #parts: LogParts;
  readonly #onFailure: (error: Error) => void;
  #config: LogConfig;
  #logStartOffset: number;
  #logEndOffset: number;
  #recoveryPoint: number;
  #highWatermark: number;
  #recordsSinceFlush = 0;
  #flushing: Promise<void> = Promise.resolve();
  #nextFlush: Promise<void> | undefined = undefined;
  #directoryUnsynced = true;
  #closed = false;
  #failure: Error | undefined = undefined;

  private constructor(options: LogOptions, parts: LogParts, failure: FailureSink) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.directory = options.directory;
    this.topicId = resolveTopicId(options);
    this.#runtime = options.runtime;
    this.#config = options.config;
    this.#parts = parts;
    this.#logStartOffset = parts.logStartOffset;
    this.#logEndOffset = parts.logEndOffset;
    this.#recoveryPoint = parts.recoveryPoint;
    this.#highWatermark = parts.logStartOffset;
    this.#onFailure = options.onFailure ?? (() => {});
    failure.target = (error) => this.#fail(error);
  }

  /** A new, empty log; the directory is made if it is not there. */
  static create(options: LogOptions): Log {
    const failure = new FailureSink();
    options.runtime.files.makeDirectory(options.directory);
    return new Log(options, createLogParts(options, failure.report), failure);
  }

  /** Opens what is there, or creates it; makes good in slices what an unclean stop left. */
  static async load(options: LogOptions): Promise<Log> {
    const failure = new FailureSink();
    options.runtime.files.makeDirectory(options.directory);
    const parts = await runInSlices(loadLogParts(options, failure.report), options.runtime.clock);
    return new Log(options, parts, failure);
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
    return this.#failure;
  }

  /** Assigns offsets and the leader epoch in place in `records`, stamps LogAppendTime, and writes once. */
  appendAsLeader(records: Uint8Array, options: AppendAsLeaderOptions): LogAppendInfo {
    const { leaderEpoch, nowMs, origin = "client" } = options;
    if (origin === "raft") return this.#appendGiven(records, nowMs, leaderEpoch);
    if (origin === "coordinator") return this.#appendAssigned(records, leaderEpoch, nowMs, false);
    const prepared = prepareClientBatch(records, this.#config, nowMs, this.#runtime);
    if (prepared instanceof Uint8Array) return this.#appendAssigned(prepared, leaderEpoch, nowMs, true);
    return appendFailed(prepared.error, prepared.message, this.#logStartOffset, prepared.recordErrors);
  }

  /** Appends batches as the leader wrote them; a partial one at the end is left out. */
  appendAsFollower(records: Uint8Array): LogAppendInfo {
    return this.#appendGiven(records, this.#runtime.clock.now(), undefined);
  }

  /**
   * The batches from the one that holds `startOffset` on, up to `maxBytes`. The range ends where it ends, maybe inside a
   * batch; its start is a batch's.
   */
  read(startOffset: number, maxBytes: number, options: LogReadOptions): LogReadInfo {
    if (this.#failure !== undefined) return emptyRead(ErrorCode.KAFKA_STORAGE_ERROR);
    if (startOffset < this.#logStartOffset || startOffset > this.#logEndOffset) {
      return emptyRead(ErrorCode.OFFSET_OUT_OF_RANGE);
    }
    const upToOffset = Math.min(options.upToOffset, this.#logEndOffset);
    if (startOffset >= upToOffset) return emptyRead(ErrorCode.NONE);
    return this.#guard(
      () => this.#readUpTo(startOffset, maxBytes, upToOffset, options.minOneMessage ?? false),
      () => emptyRead(ErrorCode.KAFKA_STORAGE_ERROR),
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
    this.#orThrow(() => {
      const floor = segments.all[segments.floorIndex(offset)]!;
      this.#deleteFiles(segments.remove((segment) => segment.baseOffset > floor.baseOffset));
      floor.truncateTo(offset, this.#runtime.clock.now());
      floor.becomeActive(this.#config);
      this.#logEndOffset = offset;
      this.#logStartOffset = Math.min(this.#logStartOffset, offset);
      this.#recoveryPoint = Math.min(this.#recoveryPoint, offset);
      epochs.truncateFromEnd(offset);
      runAtOnce(rebuildProducerState(producers, snapshots, segments, this.#logStartOffset, offset));
      this.updateHighWatermark(this.#highWatermark);
    });
    return true;
  }

  /** Drops everything; the log goes on at `offset`. */
  truncateFullyAndStartAt(offset: number, logStartOffset = offset): void {
    const { segments, epochs, producers, snapshots } = this.#parts;
    this.#orThrow(() => {
      this.#deleteFiles(segments.remove(() => true));
      for (const snapshot of snapshots.offsets) snapshots.remove(snapshot);
      segments.add(
        Segment.create(this.#runtime.files, this.directory, offset, this.#config, this.#runtime.clock.now()),
      );
      epochs.clear();
      producers.reset(offset);
      this.#directoryUnsynced = true;
      this.#logEndOffset = offset;
      this.#logStartOffset = logStartOffset;
      this.#recoveryPoint = Math.min(this.#recoveryPoint, offset);
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
    this.#orThrow(() => this.#deleteFiles(gone));
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
    return this.#orThrow(() => findMaxTimestamp(this.#parts.segments, this.#runtime.compression));
  }

  /** The first record with at least this timestamp. */
  offsetForTimestamp(timestampMs: number): TimestampAndOffset | undefined {
    const { segments } = this.#parts;
    const codecs = this.#runtime.compression;
    return this.#orThrow(() => findOffsetByTimestamp(segments, timestampMs, this.#logStartOffset, codecs));
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
    this.#orThrow(() => {
      segments.active.becomeInactive();
      segments.add(
        Segment.create(this.#runtime.files, this.directory, baseOffset, this.#config, this.#runtime.clock.now()),
      );
      producers.endOffset = baseOffset;
      // Recovery of the new segment can then begin with this snapshot and the segment's own batches.
      snapshots.take(baseOffset, producers.entries);
      this.#directoryUnsynced = true;
    });
    this.#flushInBackground();
  }

  /** Resolves when everything appended before the call is on the disk; the recovery point is there then. */
  flush(): Promise<void> {
    // One that waits for its turn covers this call too.
    this.#nextFlush ??= this.#flushing
      .catch(() => {})
      .then(() => {
        this.#nextFlush = undefined;
        this.#flushing = this.#flushNow();
        return this.#flushing;
      });
    return this.#nextFlush;
  }

  async #flushNow(): Promise<void> {
    if (this.#closed) return;
    const { segments, epochs, snapshots } = this.#parts;
    const offset = this.#logEndOffset;
    this.#recordsSinceFlush = 0;
    try {
      for (const segment of segments.from(this.#recoveryPoint)) await segment.sync();
      await snapshots.sync();
      await epochs.flush();
      if (this.#directoryUnsynced) {
        this.#directoryUnsynced = false;
        await this.#runtime.files.syncDirectory(this.directory);
        await this.#runtime.files.syncDirectory(this.directory.slice(0, this.directory.lastIndexOf("/")));
      }
    } catch (error) {
      if (this.#closed) return;
      throw this.#fail(error);
    }
    // It may have been truncated in the meantime.
    this.#recoveryPoint = Math.max(this.#recoveryPoint, Math.min(offset, this.#logEndOffset));
  }

  /** A clean stop: the producer snapshot, trimmed indexes, everything on the disk. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const { segments, producers, snapshots } = this.#parts;
    if (this.#failure === undefined) {
      this.#orThrow(() => {
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
    this.#failure ??= new Error(`The log of ${this.topic}-${this.partition} is closed`);
    this.#parts.epochs.close();
    this.#parts.segments.closeFiles();
  }

  #appendAssigned(records: Uint8Array, leaderEpoch: number, nowMs: number, fromClient: boolean): LogAppendInfo {
    const { producers } = this.#parts;
    let nextOffset = this.#logEndOffset;
    for (let position = 0; position < records.length; position += RecordBatch.sizeInBytes(records, position)) {
      if (RecordBatch.hasProducerId(records, position)) {
        const duplicate = fromClient ? producers.findDuplicate(records, position) : undefined;
        if (duplicate !== undefined) {
          return appendSucceeded({
            firstOffset: duplicate.lastOffset - duplicate.offsetDelta,
            lastOffset: duplicate.lastOffset,
            maxTimestamp: duplicate.timestamp,
            logAppendTimeMs: duplicate.timestamp,
            logStartOffset: this.#logStartOffset,
            duplicate: true,
          });
        }
        const rejection = producers.check(records, position, fromClient);
        if (rejection !== undefined) return appendFailed(rejection.error, rejection.message, this.#logStartOffset);
      }
      RecordBatch.setBaseOffset(records, position, nextOffset);
      RecordBatch.setPartitionLeaderEpoch(records, position, leaderEpoch);
      nextOffset = RecordBatch.nextOffset(records, position);
    }
    const stamped = fromClient && this.#config["message.timestamp.type"] === "LogAppendTime";
    const summary = summarize(records, this.#runtime.checksums, false);
    return this.#write(summary, nowMs, stamped ? nowMs : RecordBatch.NO_TIMESTAMP);
  }

  /** Offsets, epochs and checksums are in the batches; a Raft leader's are all of its own epoch. */
  #appendGiven(records: Uint8Array, nowMs: number, raftEpoch: number | undefined): LogAppendInfo {
    const summary = summarize(records, this.#runtime.checksums, true);
    if (summary.problem !== undefined) return appendFailed("CORRUPT_MESSAGE", summary.problem, this.#logStartOffset);
    if (summary.recordCount > 0 && raftEpoch !== undefined && summary.epochs.some(({ epoch }) => epoch !== raftEpoch)) {
      throw new Error(`A batch for ${this.topic}-${this.partition} is not of the leader's epoch ${raftEpoch}`);
    }
    if (summary.records.length > 0 && summary.firstOffset < this.#logEndOffset) {
      const message = `The first offset ${summary.firstOffset} is below the log end offset ${this.#logEndOffset}`;
      return appendFailed("OFFSET_OUT_OF_RANGE", message, this.#logStartOffset);
    }
    return this.#write(summary, nowMs, RecordBatch.NO_TIMESTAMP);
  }

  #write(summary: BatchSummary, nowMs: number, logAppendTimeMs: number): LogAppendInfo {
    if (this.#failure !== undefined) return this.#storageError();
    const { records, firstOffset, lastOffset, maxTimestamp } = summary;
    const logStartOffset = this.#logStartOffset;
    const { segments, epochs, producers } = this.#parts;
    if (records.length > 0) {
      if (records.length > this.#config["segment.bytes"]) {
        const message = `${records.length} bytes of batches, segment.bytes is ${this.#config["segment.bytes"]}`;
        return appendFailed("RECORD_LIST_TOO_LARGE", message, logStartOffset);
      }
      const written = this.#guard(
        () => {
          for (const { epoch, startOffset } of summary.epochs) if (epoch >= 0) epochs.assign(epoch, startOffset);
          const next = { nowMs, sizeBytes: records.length, maxTimestamp, lastOffset };
          if (segments.active.shouldRoll(next, this.#config)) this.roll(firstOffset);
          segments.active.append(records);
          return true;
        },
        () => false,
      );
      if (!written) return this.#storageError();
      this.#logEndOffset = lastOffset + 1;
      for (let position = 0; position < records.length; position += RecordBatch.sizeInBytes(records, position)) {
        producers.update(records, position);
      }
      this.#recordsSinceFlush += summary.recordCount;
      if (this.#recordsSinceFlush >= this.#config["flush.messages"]) this.#flushInBackground();
    }
    return appendSucceeded({
      firstOffset,
      lastOffset,
      maxTimestamp,
      logAppendTimeMs,
      logStartOffset,
      sizeBytes: records.length,
      recordCount: summary.recordCount,
    });
  }

  #readUpTo(startOffset: number, maxBytes: number, upToOffset: number, minOneMessage: boolean): LogReadInfo {
    const segments = this.#parts.segments.all;
    for (let index = this.#parts.segments.floorIndex(startOffset); index < segments.length; index++) {
      const segment = segments[index]!;
      const first = segment.translate(startOffset);
      // The cleaner may have taken what was left of this segment.
      if (first === undefined) continue;
      const end = this.#endPosition(segment, segments[index + 1], upToOffset);
      const wanted = minOneMessage ? Math.max(maxBytes, first.sizeInBytes) : maxBytes;
      const length = Math.min(end - first.position, wanted);
      const records = length > 0 ? { file: segment.file, position: first.position, length } : null;
      return { errorCode: ErrorCode.NONE, records, segmentBaseOffset: segment.baseOffset, position: first.position };
    }
    return emptyRead(ErrorCode.NONE);
  }

  /** Where in the segment the batches end that may be shown. */
  #endPosition(segment: Segment, next: Segment | undefined, upToOffset: number): number {
    if (upToOffset >= (next?.baseOffset ?? this.#logEndOffset)) return segment.sizeBytes;
    return segment.translate(upToOffset)?.position ?? segment.sizeBytes;
  }

  #deleteFiles(segments: readonly Segment[]): void {
    const { files, clock } = this.#runtime;
    for (const segment of segments) this.#parts.snapshots.forget(segment.baseOffset);
    deleteSegmentFiles(files, clock, this.directory, segments, this.#config["file.delete.delay.ms"]);
    this.#directoryUnsynced = true;
  }

  #flushInBackground(): void {
    this.flush().catch(() => {
      // It has been reported, and the log answers errors from now on.
    });
  }

  #storageError(): LogAppendInfo {
    return appendFailed("KAFKA_STORAGE_ERROR", this.#failure?.message ?? "The log is out of use", this.#logStartOffset);
  }

  /** An I/O error becomes a value; anything else is a broken invariant. */
  #guard<T>(action: () => T, failed: () => T): T {
    try {
      return action();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#fail(error);
      return failed();
    }
  }

  #orThrow<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw isSystemError(error) ? this.#fail(error) : error;
    }
  }

  #fail(cause: unknown): Error {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    if (this.#failure === undefined) {
      this.#failure = error;
      this.#runtime.log.write("error", `${this.directory} is out of use: ${error.message}`);
      this.#onFailure(error);
    }
    return error;
  }
}

/** Takes the failures of a log's parts, which exist before the log does. */
class FailureSink {
  target: (error: Error) => void = () => {};
  readonly report = (error: Error): void => this.target(error);
}

function resolveTopicId(options: LogOptions): string | undefined {
  const { files } = options.runtime;
  const stored = readPartitionMetadata(files, options.directory);
  if (stored === undefined && options.topicId !== undefined) {
    writePartitionMetadata(files, options.directory, options.topicId);
  }
  return stored ?? options.topicId;
}

function emptyRead(errorCode: number): LogReadInfo {
  return { errorCode, records: null, segmentBaseOffset: -1, position: -1 };
}

function isSystemError(error: unknown): error is SystemError {
  // The names of POSIX errors have no underscore; those of mistaken calls do.
  return error instanceof Error && /^E[A-Z0-9]+$/.test(String((error as { code?: unknown }).code));
}
