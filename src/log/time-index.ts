import { readInt32, readInt64, writeInt32, writeInt64 } from "../record/big-endian.ts";
import { NO_TIMESTAMP } from "../record/record-batch.ts";
import { IndexFile } from "./index-file.ts";
import type { SegmentFileSystem } from "./segment-file.ts";

const ENTRY_SIZE = 12;

export interface TimestampOffset {
  readonly timestamp: number;
  readonly offset: number;
}

/** From the largest timestamp so far to the last offset of the batch that has it, less the segment's base offset. */
export class TimeIndex extends IndexFile {
  #last: TimestampOffset;

  constructor(system: SegmentFileSystem, path: string, baseOffset: number, maxSizeBytes: number) {
    super(system, path, baseOffset, ENTRY_SIZE, maxSizeBytes);
    this.#last = { timestamp: NO_TIMESTAMP, offset: baseOffset };
  }

  /** One entry is kept free for the one that closing the segment adds. */
  override get isFull(): boolean {
    return this.entries >= this.maxEntries - 1;
  }

  /** Does nothing when the timestamp is not above the last entry's. */
  maybeAppend(timestamp: number, offset: number): void {
    if (timestamp <= this.#last.timestamp) return;
    const entry = this.appending();
    writeInt64(entry, 0, timestamp);
    writeInt32(entry, 8, offset - this.baseOffset);
    this.appended();
    this.#last = { timestamp, offset };
  }

  /** The last entry at or before the time; no timestamp and the base offset when there is none. */
  lookup(timestamp: number): TimestampOffset {
    const slot = this.findLast((entry) => readInt64(entry, 0) <= timestamp);
    return slot < 0 ? { timestamp: NO_TIMESTAMP, offset: this.baseOffset } : this.entry(slot);
  }

  entry(n: number): TimestampOffset {
    const entry = new Uint8Array(ENTRY_SIZE);
    this.readEntries(n, entry);
    return { timestamp: readInt64(entry, 0), offset: this.baseOffset + readInt32(entry, 8) };
  }

  lastEntry(): TimestampOffset {
    return this.#last;
  }

  /** The last entry of an offset below it; as for {@link lookup} when there is none. */
  lastBelow(offset: number): TimestampOffset {
    const entries = this.entriesBelow(offset);
    return entries === 0 ? { timestamp: NO_TIMESTAMP, offset: this.baseOffset } : this.entry(entries - 1);
  }

  /** Drops the entries of `offset` and above. */
  truncateTo(offset: number): void {
    this.truncateToEntries(this.entriesBelow(offset));
  }

  protected override entriesBelow(offset: number): number {
    return this.findLast((entry) => this.baseOffset + readInt32(entry, 8) < offset) + 1;
  }

  protected override isZero(entry: Uint8Array): boolean {
    return readInt64(entry, 0) === 0 && readInt32(entry, 8) === 0;
  }

  protected override loaded(): boolean {
    const none = { timestamp: NO_TIMESTAMP, offset: this.baseOffset };
    this.#last = this.entries === 0 ? none : this.entry(this.entries - 1);
    return (
      this.entries === 0 || (this.#last.timestamp >= this.entry(0).timestamp && this.#last.offset >= this.baseOffset)
    );
  }
}
