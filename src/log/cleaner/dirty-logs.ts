import type { Log, LogRuntime } from "../log.ts";
import { isCompacted } from "../log-config.ts";
import type { Slices } from "../slices.ts";
import {
  chooseDirtiest,
  dirtyRatio,
  isDue,
  isOverrunByRetention,
  type LogToClean,
  measureLog,
  offsetsToClean,
} from "./log-to-clean.ts";

const LOGS_PER_SLICE = 128;
/** What is to be known of a log may have to be read from the disk. */
const SLICE_MS = 5;

export interface DirtyLogsOptions {
  readonly runtime: LogRuntime;
  readonly logs: () => Iterable<Log>;
  /** It is left alone for the present. */
  readonly mustWait: (log: Log) => boolean;
  readonly checkpoint: (log: Log) => Promise<void>;
  /** A log can't even be looked at. */
  readonly failed: (log: Log, error: unknown) => void;
}

/** Looks for the log that is to be cleaned next, and remembers what it saw. */
export class DirtyLogs {
  readonly #options: DirtyLogsOptions;
  /** Of the monotonic clock. */
  lastRunMs: number;
  /** The dirty part of the dirtiest log, 0 to 1. */
  maxDirtyRatio = 0;
  /** The longest that a log has been waiting beyond `max.compaction.lag.ms`. */
  maxCompactionDelayMs = 0;

  constructor(options: DirtyLogsOptions) {
    this.#options = options;
    this.lastRunMs = options.runtime.clock.elapsed();
  }

  /** The dirtiest of the compacted logs that are due and that nobody is at work on. Pauses after every few logs. */
  *choose(): Slices<LogToClean | undefined> {
    const { clock } = this.#options.runtime;
    const candidates: LogToClean[] = [];
    let seen = 0;
    let sliceStartMs = clock.elapsed();
    for (const log of this.#options.logs()) {
      const candidate = this.#look(log);
      if (candidate !== undefined) candidates.push(candidate);
      if (++seen % LOGS_PER_SLICE !== 0 && clock.elapsed() - sliceStartMs <= SLICE_MS) continue;
      yield;
      sliceStartMs = clock.elapsed();
    }
    this.lastRunMs = clock.elapsed();
    this.maxDirtyRatio = candidates.reduce((max, candidate) => Math.max(max, dirtyRatio(candidate)), 0);
    this.maxCompactionDelayMs = candidates.reduce((max, { compactionDelayMs }) => Math.max(max, compactionDelayMs), 0);
    const chosen = chooseDirtiest(candidates);
    // Much may have happened in the pauses.
    const again = chosen === undefined ? undefined : this.#look(chosen.log);
    return again !== undefined && isDue(again) ? again : undefined;
  }

  #look(log: Log): LogToClean | undefined {
    return this.#isFree(log) ? this.#measure(log) : undefined;
  }

  #isFree(log: Log): boolean {
    if (!isCompacted(log.config) || log.failure !== undefined || log.isStalled) return false;
    return !log.rewriteLease.isTaken && !this.#options.mustWait(log);
  }

  #measure(log: Log): LogToClean | undefined {
    const nowMs = this.#options.runtime.clock.now();
    try {
      const offsets = offsetsToClean(log, log.cleanerOffset, nowMs);
      if (offsets.invalidCheckpoint !== undefined) {
        this.#correct(log, offsets.firstDirtyOffset, offsets.invalidCheckpoint);
      }
      return measureLog(log, offsets, nowMs);
    } catch (error) {
      this.#options.failed(log, error);
      return undefined;
    }
  }

  #correct(log: Log, firstDirtyOffset: number, reason: string): void {
    const { cleanerOffset, directory } = log;
    if (!isOverrunByRetention(log, cleanerOffset!)) {
      const line = `${directory} is cleaned from its start ${firstDirtyOffset} on: the checkpoint says ${cleanerOffset}, but ${reason}`;
      this.#options.runtime.log.write("warn", line);
    }
    log.cleanerOffset = firstDirtyOffset;
    void this.#options.checkpoint(log);
  }
}
