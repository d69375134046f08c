const CAPACITY = 32;

/**
 * Where the newest batches of the active segment lie. Most consumers and followers read what was just written: they need
 * neither the index nor the file to find it.
 */
export class RecentBatches {
  readonly #firstOffsets = new Float64Array(CAPACITY);
  readonly #lastOffsets = new Float64Array(CAPACITY);
  readonly #positions = new Float64Array(CAPACITY);
  readonly #sizes = new Float64Array(CAPACITY);
  #count = 0;

  add(firstOffset: number, lastOffset: number, position: number, sizeInBytes: number): void {
    const slot = this.#count++ % CAPACITY;
    this.#firstOffsets[slot] = firstOffset;
    this.#lastOffsets[slot] = lastOffset;
    this.#positions[slot] = position;
    this.#sizes[slot] = sizeInBytes;
  }

  clear(): void {
    this.#count = 0;
  }

  /** The batch that holds the offset, if it is one of these. */
  find(offset: number): { position: number; sizeInBytes: number } | undefined {
    const oldest = Math.max(0, this.#count - CAPACITY);
    for (let index = this.#count - 1; index >= oldest; index--) {
      const slot = index % CAPACITY;
      if (this.#firstOffsets[slot]! > offset) continue;
      if (this.#lastOffsets[slot]! < offset) return undefined;
      return { position: this.#positions[slot]!, sizeInBytes: this.#sizes[slot]! };
    }
    return undefined;
  }
}
