import type { File } from "../runtime.ts";

const WINDOW_ENTRIES = 4096;

/** Entries of one size, one after another: `bytes` and `index` are where the present one lies. */
export interface Entries {
  readonly bytes: Uint8Array;
  readonly index: number;
  /** Of the present entry, in the file. */
  readonly position: number;
  next(): boolean;
}

/**
 * Reads a file of entries of one size, one after another. It ends before
 * the zeros with which a preallocated index is filled up, and before an entry that is cut off.
 */
export class EntryReader implements Entries {
  readonly sizeBytes: number;
  bytes: Uint8Array = new Uint8Array(0);
  index = 0;
  /** The number of the present entry; -1 before the first {@link next}. */
  entry = -1;
  readonly #file: File;
  readonly #entrySize: number;
  readonly #window: Uint8Array;

  constructor(file: File, entrySize: number, sizeBytes = file.size()) {
    this.sizeBytes = sizeBytes;
    this.#file = file;
    this.#entrySize = entrySize;
    this.#window = new Uint8Array(Math.min(WINDOW_ENTRIES * entrySize, sizeBytes));
  }

  get position(): number {
    return this.entry * this.#entrySize;
  }

  next(): boolean {
    this.entry++;
    this.index += this.#entrySize;
    if (this.entry === 0 || this.index >= this.bytes.length) {
      this.bytes = this.#window.subarray(0, this.#file.read(this.#window, this.position));
      this.index = 0;
    }
    if (this.index + this.#entrySize > this.bytes.length) return false;
    // Of all entries only the first may be zeros.
    return !this.#isZero() || (this.entry === 0 && this.#isFollowed());
  }

  #isZero(index = this.index): boolean {
    for (let offset = 0; offset < this.#entrySize; offset++) if (this.bytes[index + offset] !== 0) return false;
    return true;
  }

  #isFollowed(): boolean {
    const second = this.index + this.#entrySize;
    return second >= this.bytes.length || !this.#isZero(second);
  }
}
