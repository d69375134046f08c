import { CompressionType } from "../record/compression/index.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { Job, JobQueue, Runtime } from "../runtime.ts";
import type { Log } from "./log.ts";
import type { TimestampAndOffset } from "./log-read-info.ts";
import { ATTEMPTS_FROM_MEMORY, readFromMemory } from "./read-from-memory.ts";
import { isRefusal } from "./storage-guard.ts";
import { type BatchSearch, searchBatch } from "./timestamp-search.ts";

/** {@link searchBatch} in another thread. */
export const searchBatchJob: Job<BatchSearch, TimestampAndOffset | undefined> = {
  name: "search batch",
  run: (source, search, { compression }) => ({ output: searchBatch(source, search, compression) }),
};

/** The match, or undefined when there is none; `error` when records that had to be read cannot be, or the log is out of use. */
export type LookupDone = (match: TimestampAndOffset | undefined, error?: Error) => void;

/** A compressed batch that is larger, or expands to more, is searched in another thread. */
const ON_LOOP_BATCH_BYTES = 1024 * 1024;
const ON_LOOP_DECOMPRESSED_BYTES = 8 * 1024 * 1024;
const MAX_UNSETTLED_JOBS = 1_000;
/** As many more, since each segment has to be looked at. */
const ATTEMPTS_PER_SEGMENT = 4;

/**
 * Finds offsets by time. The loop reads what is in memory, and decompresses what is small; the rest is done in another
 * thread.
 */
export class TimestampLookup {
  private readonly runtime: Pick<Runtime, "compression" | "files" | "log">;
  private readonly jobs: JobQueue;
  private isClosed = false;

  constructor(runtime: Pick<Runtime, "compression" | "files" | "log" | "workers">) {
    this.runtime = runtime;
    this.jobs = runtime.workers.openQueue({ maxUnsettled: MAX_UNSETTLED_JOBS });
  }

  /** The first record with at least this timestamp. Calls `done` at once when neither a disk nor another thread is needed. */
  find(log: Log, timestampMs: number | bigint, done: LookupDone): void {
    this.findFrom(log, timestampMs, log.logStartOffset, done);
  }

  /** KIP-734: the first record with the largest timestamp. */
  findMax(log: Log, done: LookupDone): void {
    const read = () => log.findBatchOfMaxTimestamp();
    this.look(log, read, (found) => {
      if (found === undefined) done(undefined);
      else if (found instanceof Error) done(undefined, found);
      else this.search(log, found.batch, found.timestampMs, 0, done);
    });
  }

  /** Nothing that is under way comes to an end any more. */
  close(): void {
    this.isClosed = true;
    this.jobs.close();
  }

  /** A batch may say that it has a timestamp which only a record before `startOffset` has. */
  private findFrom(log: Log, timestampMs: number | bigint, startOffset: number, done: LookupDone): void {
    const read = () => log.findBatchByTimestamp(Number(timestampMs), startOffset);
    this.look(log, read, (batch) => {
      if (!(batch instanceof Uint8Array)) {
        done(undefined, batch);
        return;
      }
      this.search(log, batch, timestampMs, startOffset, (match, error) => {
        if (match !== undefined || error !== undefined) done(match, error);
        // The log may have changed while another thread was at work.
        else this.findFrom(log, timestampMs, Math.max(RecordBatch.nextOffset(batch, 0), log.logStartOffset), done);
      });
    });
  }

  /** Reads again, from the start, when the disk has brought what was missing in memory. */
  private look<T>(
    log: Log,
    read: () => T,
    done: (found: T | Error) => void,
    attempts = ATTEMPTS_FROM_MEMORY + ATTEMPTS_PER_SEGMENT * log.segments.length,
  ): void {
    const found: (T | Error)[] = [];
    const attempt = (): void => void found.push(this.attempt(log, read));
    const arrival = readFromMemory(this.runtime.files, attempts > 0, attempt);
    if (arrival === undefined) done(found[0] as T | Error);
    else {
      void arrival.then(() => {
        if (!this.isClosed) this.look(log, read, done, attempts - 1);
      });
    }
  }

  /** The error when the log is out of use (its disk has failed, or it has been closed meanwhile), or its disk does not answer. */
  private attempt<T>(log: Log, read: () => T): T | Error {
    try {
      return read();
    } catch (error) {
      if (log.failure === undefined && !isRefusal(error)) {
        const { message, stack } = error as Error;
        this.runtime.log.write("error", `Looking for a time in ${log.directory} failed: ${stack ?? message}`);
      }
      return log.failure ?? (error as Error);
    }
  }

  private search(
    log: Log,
    batch: Uint8Array,
    timestampMs: number | bigint,
    startOffset: number,
    done: LookupDone,
  ): void {
    const search = { timestampMs, startOffset, maxRecordBytes: log.config["max.decompressed.message.bytes"] };
    const isCompressed = RecordBatch.compressionType(batch, 0) !== CompressionType.none;
    if (!isCompressed || batch.length <= ON_LOOP_BATCH_BYTES) {
      const { match, error } = this.searchHere(batch, search, ON_LOOP_DECOMPRESSED_BYTES);
      if (!(error instanceof RangeError)) {
        done(match, error);
        return;
      }
    }
    const isTaken = this.jobs.run(searchBatchJob, { source: batch, input: search }, (outcome) => {
      if (outcome.kind === "done") done(outcome.output);
      else if (outcome.kind === "refused") this.finishHere(batch, search, done);
      else done(undefined, outcome.error);
    });
    if (!isTaken) this.finishHere(batch, search, done);
  }

  private finishHere(batch: Uint8Array, search: BatchSearch, done: LookupDone): void {
    const { match, error } = this.searchHere(batch, search);
    done(match, error);
  }

  private searchHere(
    batch: Uint8Array,
    search: BatchSearch,
    maxDecompressedBytes?: number,
  ): { match?: TimestampAndOffset; error?: Error } {
    try {
      return { match: searchBatch(batch, search, this.runtime.compression, maxDecompressedBytes) };
    } catch (error) {
      return { error: error as Error };
    }
  }
}
