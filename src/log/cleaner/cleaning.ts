import { CorruptRecordError } from "../../record/record.ts";
import * as RecordBatch from "../../record/record-batch.ts";
import type { Log, LogRuntime } from "../log.ts";
import type { Rewriter } from "../rewrite-lease.ts";
import type { Segment } from "../segment.ts";
import { isRefusal, isSystemError, untilAnswered } from "../storage-guard.ts";
import { BatchCleaner } from "./batch-cleaner.ts";
import { BatchRetention, lastRecordsOf } from "./batch-retention.ts";
import { CleanedSegment } from "./cleaned-segment.ts";
import { CleanedTransactions } from "./cleaned-transactions.ts";
import type { CleanerLimits } from "./cleaner-limits.ts";
import { CleanerStats } from "./cleaner-stats.ts";
import { abortedTransactionsBetween, type LogToClean, segmentsBetween } from "./log-to-clean.ts";
import type { OffsetMap } from "./offset-map.ts";
import { mostSlots, OffsetMapBuilder } from "./offset-map-builder.ts";
import { OutputBuffer } from "./output-buffer.ts";
import type { Pace } from "./pace.ts";
import { SegmentBatches } from "./segment-batches.ts";
import { groupSegments } from "./segment-groups.ts";
import type { Work } from "./work.ts";

export interface CleaningOptions {
  readonly runtime: LogRuntime;
  readonly limits: CleanerLimits;
  readonly pace: Pace;
}

export interface CleanedLog {
  /** Where the log is dirty from now on. */
  readonly nextDirtyOffset: number;
  readonly stats: CleanerStats;
}

/** Somebody wants the log for himself; what was in progress has been thrown away. */
export class CleaningAbortedError extends Error {
  override readonly name = "CleaningAbortedError";
}

/**
 * One cleaning of one log: its dirty part is read into a map of keys, then all segments up to there are written anew, group
 * by group, without what the map makes superfluous. It works in slices, between which the log is appended to and read.
 */
export class Cleaning implements Rewriter {
  readonly stats: CleanerStats;
  readonly #target: LogToClean;
  readonly #options: CleaningOptions;
  readonly #nowMs: number;
  readonly #output: OutputBuffer;
  readonly #transactions = new CleanedTransactions((transaction) => this.#cleaned!.retain(transaction));
  /** What is in progress, to be given up when the cleaning is aborted. */
  #work: Work<unknown> | undefined = undefined;
  #cleaned: CleanedSegment | undefined = undefined;
  #isAborted = false;
  /** Ends the wait for the disk that is under way. */
  #giveUpWait: (error: Error) => void = () => {};

  constructor(target: LogToClean, options: CleaningOptions) {
    const { clock } = options.runtime;
    this.#target = target;
    this.#options = options;
    this.#nowMs = clock.now();
    this.#output = new OutputBuffer(options.limits.ioBufferBytes);
    this.stats = new CleanerStats(clock.elapsed());
  }

  get log(): Log {
    return this.#target.log;
  }

  /** Rejects with a {@link CleaningAbortedError}, a CorruptRecordError, or what the disk says; the log is whole then. */
  async run(): Promise<CleanedLog> {
    const { stats } = this;
    const { clock } = this.#options.runtime;
    this.log.rewriteLease.take(this);
    try {
      const map = await this.#perform(new OffsetMapBuilder(this.#target, { ...this.#options, stats }).build());
      stats.mapCompleteMs = clock.elapsed();
      stats.bufferUtilization = map.size / mostSlots(this.#options.limits);
      const endOffset = map.latestOffset + 1;
      const segments = segmentsBetween(this.log, 0, endOffset);
      for (const group of groupSegments(segments, this.log.config, this.#target.firstUncleanableOffset)) {
        await this.#cleanGroup(group, map);
      }
      stats.endedMs = clock.elapsed();
      this.log.cleanerOffset = endOffset;
      return { nextDirtyOffset: endOffset, stats };
    } finally {
      this.abort();
      this.log.rewriteLease.giveBack(this);
    }
  }

  /** The log is nobody's but the caller's when this returns. */
  abort(): void {
    this.#isAborted = true;
    this.#options.pace.stop();
    this.#giveUpWait(this.#abortion());
    this.#work?.return(undefined);
    this.#work = undefined;
    const cleaned = this.#cleaned;
    this.#cleaned = undefined;
    if (cleaned === undefined) return;
    cleaned.abandon();
    if (this.log.isStalled) void this.#removeLater(cleaned);
    else this.#remove(cleaned);
  }

  /** Of a log that is closed by then, what is left is the next start's to remove. */
  async #removeLater(cleaned: CleanedSegment): Promise<void> {
    await untilAnswered(this.log.files.watched!);
    if (this.log.failure === undefined) this.#remove(cleaned);
  }

  /** A file that stays behind would make the next start throw away what a later cleaning has finished: so the disk fails. */
  #remove(cleaned: CleanedSegment): void {
    try {
      cleaned.remove();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.log.fail(error);
    }
  }

  async #cleanGroup(group: readonly Segment[], map: OffsetMap): Promise<void> {
    await this.#untilDiskAnswers();
    this.#check();
    const cleaned = new CleanedSegment(this.log, group[0]!.baseOffset, this.#options.runtime);
    this.#cleaned = cleaned;
    await this.#perform(this.#cleanSegments(group, cleaned, map));
    await this.#untilDiskAnswers();
    this.#check();
    await this.#disk(cleaned.finish(group.at(-1)!.modifiedMs));
    await this.#untilDiskAnswers();
    this.#check();
    this.#cleaned = undefined;
    await this.#disk(this.#replace(group, cleaned));
    this.#check();
  }

  /** What a disk that does not answer refuses is thrown away, as nothing has become of it. */
  #replace(group: readonly Segment[], cleaned: CleanedSegment): Promise<void> {
    const { log } = this;
    try {
      return log.replaceSegments(group, cleaned.baseOffset);
    } catch (error) {
      if (log.failure === undefined && isRefusal(error)) this.#cleaned = cleaned;
      throw error;
    }
  }

  *#cleanSegments(group: readonly Segment[], cleaned: CleanedSegment, map: OffsetMap): Work<void> {
    const lastRecords = lastRecordsOf(this.log.producers.entries);
    for (const [index, segment] of group.entries()) {
      const endOffset = group[index + 1]?.baseOffset ?? segment.readNextOffset();
      this.#transactions.add(abortedTransactionsBetween(this.log, segment.baseOffset, endOffset));
      const retention = new BatchRetention({
        map,
        transactions: this.#transactions,
        lastRecords,
        highWatermark: this.log.highWatermark,
        nowMs: this.#nowMs,
      });
      yield* this.#cleanInto(cleaned, segment, retention);
      this.stats.invalidRecordsRead += retention.invalidRecords;
    }
  }

  *#cleanInto(cleaned: CleanedSegment, segment: Segment, retention: BatchRetention): Work<void> {
    const { runtime, limits } = this.#options;
    const batches = new SegmentBatches(segment, 0, limits.ioBufferBytes, runtime.checksums);
    const cleaner = new BatchCleaner({
      runtime,
      retention,
      nowMs: this.#nowMs,
      deleteRetentionMs: this.log.config["delete.retention.ms"],
      output: this.#output,
      stats: this.stats,
    });
    try {
      while (yield* batches.next()) {
        const lastOffset = RecordBatch.lastOffset(batches.bytes, batches.index);
        if (!cleaned.canHold(lastOffset))
          throw new CorruptRecordError(`Offset ${lastOffset} is too far up in ${segment.path}`);
        yield* cleaner.clean(batches.bytes, batches.index);
        if (this.#output.length >= limits.ioBufferBytes) yield this.#flush(cleaned);
        yield;
      }
      yield this.#flush(cleaned);
    } finally {
      batches.close();
      segment.freeFiles();
    }
  }

  async #flush(cleaned: CleanedSegment): Promise<void> {
    if (this.#output.length === 0) return;
    await cleaned.append(this.#output.content);
    this.#output.clear();
  }

  /** Does the work, with rests in which others have their turn; ends with an error when it is aborted meanwhile. */
  async #perform<T>(work: Work<T>): Promise<T> {
    const { pace } = this.#options;
    this.#work = work;
    for (;;) {
      const step = work.next();
      if (step.done) {
        this.#work = undefined;
        return step.value;
      }
      const rest = pace.rest(this.stats.ioBytes);
      if (step.value === undefined && rest === undefined) continue;
      if (step.value !== undefined) await this.#disk(step.value);
      await rest;
      this.#check();
    }
  }

  /** Waits for the disk, which may never answer, no longer than the cleaning lasts. */
  #disk(work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#giveUpWait = reject;
      work.then(resolve, reject);
    });
  }

  /** Before what the loop would have to wait for. */
  async #untilDiskAnswers(): Promise<void> {
    const { watched } = this.log.files;
    if (watched?.answers() === false) await this.#disk(untilAnswered(watched));
  }

  #check(): void {
    if (this.#isAborted) throw this.#abortion();
  }

  #abortion(): CleaningAbortedError {
    return new CleaningAbortedError(`The cleaning of ${this.log.directory} was aborted`);
  }
}
