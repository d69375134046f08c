import { releaseMemory } from "./release-memory.ts";

/** What is smaller may lie inside of an engine's heap, where it could move: it is nothing for foreign functions. */
export const LEAST_FOREIGN_BYTES = 1024;
/** What is smaller, or larger, is not kept. */
const LEAST_KEPT_BYTES = 16 * 1024;
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/**
 * Memory for what comes out of a codec, which is used again when it was given back: pages that are there already, and still
 * in the processor's cache. At most one array of each power of two is kept. What nobody gives back is garbage as any other.
 */
export class OutputMemory {
  private readonly kept = new Map<number, ArrayBuffer>();
  /** All that came from here, and whether it has been given back. */
  private readonly isKept = new WeakMap<ArrayBuffer, boolean>();

  /** At least so many bytes, which hold anything. */
  take(leastBytes: number): Uint8Array<ArrayBuffer> {
    if (leastBytes < LEAST_KEPT_BYTES || leastBytes > MAX_KEPT_BYTES) return new Uint8Array(leastBytes);
    const size = 2 ** Math.ceil(Math.log2(leastBytes));
    const buffer = this.kept.get(size) ?? new ArrayBuffer(size);
    this.kept.delete(size);
    this.isKept.set(buffer, false);
    return new Uint8Array(buffer);
  }

  /** The first bytes of what was taken: a copy, when they would keep much memory from being used again for little. */
  begin(output: Uint8Array<ArrayBuffer>, count: number): Uint8Array {
    if (count >= LEAST_KEPT_BYTES || output.length < LEAST_KEPT_BYTES) return output.subarray(0, count);
    const copy = output.slice(0, count);
    this.giveBack(output);
    return copy;
  }

  /** Bytes that came from elsewhere go back to where they came from. */
  giveBack(bytes: Uint8Array): void {
    const buffer = bytes.buffer as ArrayBuffer;
    const isKept = this.isKept.get(buffer);
    if (isKept === undefined) releaseMemory(bytes);
    if (isKept !== false) return;
    if (this.kept.has(buffer.byteLength)) buffer.transfer?.(0);
    else {
      this.isKept.set(buffer, true);
      this.kept.set(buffer.byteLength, buffer);
    }
  }
}
