import { readInt32, writeInt32 } from "../record/big-endian.ts";
import { IndexFile } from "./index-file.ts";
import type { SegmentFileSystem } from "./segment-file.ts";

const ENTRY_SIZE = 8;
/** The largest distance of an offset from its segment's base offset: entries have 31 bits for it. */
export const MAX_RELATIVE_OFFSET = 0x7fff_ffff;

export interface OffsetPosition {
  readonly offset: number;
  readonly position: number;
}

/**
 * From the last offset of a batch, less the segment's base offset, to the position where the batch starts. The first
 * batch of a segment has no entry, so no entry is all zeros.
 */
export class OffsetIndex extends IndexFile {
  /** Of the last entry; the base offset when there is none. */
  lastOffset: number;
  #lastPosition = 0;

  constructor(system: SegmentFileSystem, path: string, baseOffset: number, maxSizeBytes: number) {
    super(system, path, baseOffset, ENTRY_SIZE, maxSizeBytes);
    this.lastOffset = baseOffset;
  }

  canAppendOffset(offset: number): boolean {
    const relative = offset - this.baseOffset;
    return relative >= 0 && relative <= MAX_RELATIVE_OFFSET;
  }

  append(offset: number, position: number): void {
    if (this.entries > 0 && offset <= this.lastOffset) {
      throw new Error(`${this.path}: offset ${offset} does not follow ${this.lastOffset}`);
    }
    const entry = this.appending();
    writeInt32(entry, 0, offset - this.baseOffset);
    writeInt32(entry, 4, position);
    this.appended();
    this.lastOffset = offset;
    this.#lastPosition = position;
  }

  /** The last entry at or before the offset; the start of the segment when there is none. */
  lookup(offset: number): OffsetPosition {
    // Most reads are near the end of the log.
    if (this.entries > 0 && offset >= this.lastOffset) return this.lastEntry();
    const slot = this.findLast((entry) => this.baseOffset + readInt32(entry, 0) <= offset);
    return slot < 0 ? { offset: this.baseOffset, position: 0 } : this.entry(slot);
  }

  /** The offset of the first entry at or after a position in the file: all that lies before it is below that offset. */
  upperBoundOffset(position: number): number | undefined {
    const slot = this.findLast((entry) => readInt32(entry, 4) < position) + 1;
    return slot < this.entries ? this.entry(slot).offset : undefined;
  }

  entry(n: number): OffsetPosition {
    const entry = new Uint8Array(ENTRY_SIZE);
    this.readEntries(n, entry);
    return { offset: this.baseOffset + readInt32(entry, 0), position: readInt32(entry, 4) };
  }

  /** The last entry, or the start of the segment. */
  lastEntry(): OffsetPosition {
    return { offset: this.lastOffset, position: this.#lastPosition };
  }

  /** Drops the entries of `offset` and above. */
  truncateTo(offset: number): void {
    this.truncateToEntries(this.entriesBelow(offset));
  }

  protected override entriesBelow(offset: number): number {
    return this.findLast((entry) => this.baseOffset + readInt32(entry, 0) < offset) + 1;
  }

  protected override isZero(entry: Uint8Array): boolean {
    return readInt32(entry, 4) === 0;
  }

  protected override loaded(): boolean {
    const last = this.entries === 0 ? { offset: this.baseOffset, position: 0 } : this.entry(this.entries - 1);
    this.lastOffset = last.offset;
    this.#lastPosition = last.position;
    return last.offset >= this.baseOffset && last.position >= 0;
  }
}
