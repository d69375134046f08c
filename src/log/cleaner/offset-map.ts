import type { Random } from "../../runtime.ts";
import { KEY_HASH_SECRET_BYTES, KeyHash } from "./key-hash.ts";

/** Four words of hash and two of offset, as many bytes as an entry of Kafka's map has. */
const WORDS_PER_ENTRY = 6;
export const OFFSET_MAP_ENTRY_BYTES = WORDS_PER_ENTRY * 4;
/** A map for fewer keys is not worth having: when there is no memory for it, the machine is out of order. */
const LEAST_SLOTS = 1024;

/**
 * From a key to the largest offset that has it, for as many keys as there are slots. Keys are kept as 128 bits each (see
 * {@link KeyHash}), in a table with linear probing.
 */
export class OffsetMap {
  readonly slots: number;
  /** The dirty part of the log has been read up to this offset, inclusive; -1 before that. */
  latestOffset = -1;
  readonly #hash: KeyHash;
  readonly #words: Int32Array;
  #size = 0;

  private constructor(words: Int32Array, random: Random) {
    this.#words = words;
    this.slots = words.length / WORDS_PER_ENTRY - 1;
    this.#hash = new KeyHash(random.bytes(KEY_HASH_SECRET_BYTES));
  }

  /**
   * A map of at most `slots`, or of fewer when memory is short: the cleaner then needs more passes. Throws a RangeError
   * when there is not even memory for a thousand.
   */
  static allocate(slots: number, random: Random, allocate = (length: number) => new Int32Array(length)): OffsetMap {
    for (let count = slots; ; count = Math.floor(count / 2)) {
      try {
        return new OffsetMap(allocate((count + 1) * WORDS_PER_ENTRY), random);
      } catch (error) {
        if (!(error instanceof RangeError) || count < 2 * LEAST_SLOTS) throw error;
      }
    }
  }

  get size(): number {
    return this.#size;
  }

  /** The key is the bytes from `start` to `end`. Throws when the map is full. */
  put(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const at = this.#find(bytes, start, end);
    const words = this.#words;
    if (this.#isEmpty(at)) {
      if (this.#size === this.slots) throw new Error(`The map of ${this.slots} slots is full`);
      words[at] = this.#hash.word0;
      words[at + 1] = this.#hash.word1;
      words[at + 2] = this.#hash.word2;
      words[at + 3] = this.#hash.word3;
      this.#size++;
    }
    // One more than the offset, so that no entry in use is all zeros.
    words[at + 4] = (offset + 1) / 0x1_0000_0000;
    words[at + 5] = (offset + 1) | 0;
  }

  /** -1 for a key that is not in the map. */
  get(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#find(bytes, start, end);
    return this.#words[at + 4]! * 0x1_0000_0000 + (this.#words[at + 5]! >>> 0) - 1;
  }

  /** Where the key's entry is, or the empty one that it would get: there is one entry more than slots. */
  #find(bytes: Uint8Array, start: number, end: number): number {
    const words = this.#words;
    const hash = this.#hash;
    hash.of(bytes, start, end);
    const { word0, word1, word2, word3 } = hash;
    let at = Math.floor(((word0 >>> 0) / 0x1_0000_0000) * (this.slots + 1)) * WORDS_PER_ENTRY;
    while (!this.#isEmpty(at)) {
      if (words[at] === word0 && words[at + 1] === word1 && words[at + 2] === word2 && words[at + 3] === word3) {
        break;
      }
      at += WORDS_PER_ENTRY;
      if (at === words.length) at = 0;
    }
    return at;
  }

  #isEmpty(at: number): boolean {
    return this.#words[at + 4] === 0 && this.#words[at + 5] === 0;
  }
}
