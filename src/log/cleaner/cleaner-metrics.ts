import type { CleanerStats } from "./cleaner-stats.ts";

/** An uncleanable log and what it holds back. */
export interface UncleanableBytes {
  readonly topic: string;
  readonly partition: number;
  /** The directory of the log. */
  readonly directory: string;
  readonly reason: string;
  /** That a cleaning could look at. */
  readonly bytes: number;
}

/** How the cleaner is doing; what Kafka tells of `kafka.log:type=LogCleaner` and `LogCleanerManager`, and totals. */
export interface CleanerMetrics {
  /** The dirty part of the dirtiest log, 0 to 1. */
  readonly maxDirtyRatio: number;
  readonly timeSinceLastRunMs: number;
  /** Of the last cleaning of each thread: how much of what was read was written again, 0 to 1. */
  readonly recopyRatio: number;
  /** How full the map of keys got, 0 to 1. */
  readonly maxBufferUtilization: number;
  readonly maxCleanSeconds: number;
  /** How long a log has been waiting beyond `max.compaction.lag.ms`. */
  readonly maxCompactionDelayMs: number;
  readonly uncleanable: readonly UncleanableBytes[];
  readonly cleanings: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** What all cleanings did, and the last ones. */
export class CleanerTotals {
  cleanings = 0;
  bytesRead = 0;
  bytesWritten = 0;
  #last = new Map<number, CleanerStats>();

  /** `loop` is the number of the loop that did it. */
  add(loop: number, stats: CleanerStats): void {
    this.cleanings++;
    this.bytesRead += stats.mapBytesRead + stats.bytesRead;
    this.bytesWritten += stats.bytesWritten;
    this.#last.set(loop, stats);
  }

  get recopyRatio(): number {
    const last = [...this.#last.values()];
    const read = last.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
    return last.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0) / Math.max(1, read);
  }

  /** The largest of the last cleanings. */
  maxOfLast(of: (stats: CleanerStats) => number): number {
    return Math.max(0, ...[...this.#last.values()].map(of));
  }
}
