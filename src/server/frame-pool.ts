const GRANULE_BYTES = 64 * 1024;

/** Buffers for smaller frames are cheaper to make than to keep. */
export const LEAST_POOLED_BYTES = 4 * 1024;

/**
 * Buffers for request frames, by size class, so that a stream of Produce requests reuses a few of them: a fresh zeroed
 * buffer per request costs more than the copy into it.
 */
export class FramePool {
  private readonly free = new Map<number, Uint8Array[]>();
  private retainedBytes = 0;
  private readonly maxRetainedBytes: number;

  constructor(maxRetainedBytes: number) {
    this.maxRetainedBytes = maxRetainedBytes;
  }

  /** A buffer of at least `sizeBytes`; its content is whatever was in it. */
  take(sizeBytes: number): Uint8Array {
    const classBytes = sizeClass(sizeBytes);
    const buffer = this.free.get(classBytes)?.pop();
    if (buffer === undefined) return new Uint8Array(classBytes);
    this.retainedBytes -= classBytes;
    return buffer;
  }

  /** Takes back what {@link take} gave; buffers of other sizes, and those over the limit, are left to the collector. */
  give(buffer: Uint8Array): void {
    const classBytes = buffer.length;
    if (classBytes < LEAST_POOLED_BYTES || classBytes !== sizeClass(classBytes)) return;
    if (classBytes > this.maxRetainedBytes) return;
    // Sizes that nobody asks for any more give way to those that are used.
    for (const [otherBytes, others] of this.free) {
      while (this.retainedBytes + classBytes > this.maxRetainedBytes && others.pop() !== undefined) {
        this.retainedBytes -= otherBytes;
      }
    }
    const list = this.free.get(classBytes);
    if (list === undefined) this.free.set(classBytes, [buffer]);
    else list.push(buffer);
    this.retainedBytes += classBytes;
  }
}

/** Granules between 64 KiB and 4 MiB (a handful of classes in practice), powers of two below and above. */
function sizeClass(sizeBytes: number): number {
  if (sizeBytes > GRANULE_BYTES && sizeBytes <= 4 * 1024 * 1024)
    return Math.ceil(sizeBytes / GRANULE_BYTES) * GRANULE_BYTES;
  return 2 ** Math.ceil(Math.log2(sizeBytes));
}
