const MAGIC = [0x04, 0x22, 0x4d, 0x18];
const VERSION_MASK = 0xc0;
const VERSION_1 = 0x40;
const BLOCK_INDEPENDENCE = 0x20;
const RESERVED_MASK = 0x03;

/**
 * Java consumers read only LZ4 frames of version 1 whose blocks are independent, and no dictionary: what they could not
 * read must not get into the log.
 */
export function checkLz4Frame(source: Uint8Array): void {
  if (source.length < 7 || MAGIC.some((byte, index) => source[index] !== byte)) throw new Error("Not an LZ4 frame");
  const flags = source[4]!;
  if ((flags & VERSION_MASK) !== VERSION_1) throw new Error(`LZ4 frame version ${flags >> 6} is not supported`);
  if ((flags & BLOCK_INDEPENDENCE) === 0) throw new Error("LZ4 frames with dependent blocks are not supported");
  if ((flags & RESERVED_MASK) !== 0) throw new Error("Reserved bits are set in the LZ4 frame descriptor");
}
