const MAGIC = [0x04, 0x22, 0x4d, 0x18];
const VERSION_MASK = 0xc0;
const VERSION_1 = 0x40;
const BLOCK_INDEPENDENCE = 0x20;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const RESERVED_MASK = 0x03;
const FLAGS_POSITION = 4;
/** The high bit of a block's size says that the block is not compressed. */
const BLOCK_SIZE_MASK = 0x7fff_ffff;

/**
 * Java consumers read only LZ4 frames of version 1 whose blocks are independent, without a dictionary, up to the end
 * mark: what they could not read must not get into the log.
 */
export function checkLz4Frame(source: Uint8Array): void {
  if (source.length < 7 || MAGIC.some((byte, index) => source[index] !== byte)) throw new Error("Not an LZ4 frame");
  const flags = source[FLAGS_POSITION]!;
  if ((flags & VERSION_MASK) !== VERSION_1) throw new Error(`LZ4 frame version ${flags >> 6} is not supported`);
  if ((flags & BLOCK_INDEPENDENCE) === 0) throw new Error("LZ4 frames with dependent blocks are not supported");
  if ((flags & RESERVED_MASK) !== 0) throw new Error("Reserved bits are set in the LZ4 frame descriptor");
  if (frameEnd(source, flags) > source.length) throw new Error("The LZ4 frame is cut off");
}

function frameEnd(source: Uint8Array, flags: number): number {
  const view = new DataView(source.buffer, source.byteOffset, source.length);
  const checksumBytes = (flags & BLOCK_CHECKSUM) !== 0 ? 4 : 0;
  // Flags, block descriptor, content size, checksum of these.
  let position = FLAGS_POSITION + 2 + ((flags & CONTENT_SIZE) !== 0 ? 8 : 0) + 1;
  for (;;) {
    if (position + 4 > source.length) throw new Error("The LZ4 frame is cut off");
    const blockBytes = view.getUint32(position, true) & BLOCK_SIZE_MASK;
    position += 4;
    if (blockBytes === 0) return position + ((flags & CONTENT_CHECKSUM) !== 0 ? 4 : 0);
    position += blockBytes + checksumBytes;
  }
}
