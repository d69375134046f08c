/** What is smaller an allocator has at hand, and it may lie in memory that others use as well, as small Buffers of Node do. */
const LEAST_BYTES = 64 * 1024;

/**
 * Gives the memory behind the bytes back to the allocator, in place of leaving it to the garbage collector: every view of it
 * is empty afterwards. Node 20 can't do it.
 */
export function releaseMemory({ buffer, byteOffset, length }: Uint8Array): void {
  if (byteOffset === 0 && length >= LEAST_BYTES && buffer instanceof ArrayBuffer) buffer.transfer?.(0);
}
