import type { ProducerEntry } from "./producer-entry.ts";
import type { OpenTransaction } from "./producer-state.ts";

/** What was known of the producers when the log ended at `offset`. */
export interface ProducerCopy {
  readonly offset: number;
  readonly entries: readonly ProducerEntry[];
  /** Ended, but the marker was not below the high watermark yet. */
  readonly unreplicated: readonly OpenTransaction[];
}

/** To read the headers of so many takes a few milliseconds. */
const BATCHES_BETWEEN_COPIES = 4_096;
/** As many batches of producers as fill a segment; with them a truncation reads few, however deep it is. */
const MOST_COPIES = 16;
/** A copy of more takes too much memory for what it spares. */
const MOST_PRODUCERS = 1_000;
/** Of all copies. */
const MOST_ENTRIES = 3 * MOST_PRODUCERS;

/**
 * How the producers of a log were a while ago. A log is mostly truncated by little, and the files of snapshots are as far apart
 * as segments begin: to read a large one up to the new end would take seconds.
 */
export class ProducerHistory {
  #copies: ProducerCopy[] = [];
  #batchesSinceCopy = 0;

  /** One batch more has been seen, and the log ends at `offset` now. */
  batchSeen(
    offset: number,
    producers: ReadonlyMap<number, ProducerEntry>,
    unreplicated: readonly OpenTransaction[],
  ): void {
    if (++this.#batchesSinceCopy < BATCHES_BETWEEN_COPIES) return;
    this.#batchesSinceCopy = 0;
    if (producers.size > MOST_PRODUCERS) return;
    this.#copies.push({ offset, entries: Array.from(producers.values(), copyOf), unreplicated: [...unreplicated] });
    while (this.#copies.length > MOST_COPIES || this.#entries > MOST_ENTRIES) this.#copies.shift();
  }

  /** The newest of those in (logStartOffset, endOffset]. */
  newest(logStartOffset: number, endOffset: number): ProducerCopy | undefined {
    const found = this.#copies.findLast(({ offset }) => offset <= endOffset && offset > logStartOffset);
    return found && { ...found, entries: found.entries.map(copyOf) };
  }

  /** What lay at or above `endOffset` is gone. */
  truncateTo(endOffset: number): void {
    this.#copies = this.#copies.filter(({ offset }) => offset <= endOffset);
    this.#batchesSinceCopy = 0;
  }

  clear(): void {
    this.#copies = [];
    this.#batchesSinceCopy = 0;
  }

  get #entries(): number {
    return this.#copies.reduce((sum, { entries }) => sum + entries.length, 0);
  }
}

function copyOf(entry: ProducerEntry): ProducerEntry {
  return entry.copy();
}
