/** A plain Uint8Array over the same memory. Bun's empty Buffers of native modules have none. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return new Uint8Array(0);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
