/** Bytes to be written with one call. Its memory grows to what it once had to hold. */
export class OutputBuffer {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** All of them; they are valid until the next call. */
  get content(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  append(bytes: Uint8Array): void {
    const place = this.reserve(bytes.length);
    place.set(bytes);
  }

  /** Room for so many bytes, for the caller to fill; whatever was in it before is still there. */
  reserve(length: number): Uint8Array {
    const start = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    return this.#bytes.subarray(start, this.#length);
  }
}
