import { type CodecMemory, SLACK_BYTES } from "./wasm/codec-memory.ts";
import { CORRUPT, TOO_LARGE } from "./wasm/decoder-results.ts";
import { FAST_TABLE_BYTES, HIGH_TABLE_BYTES, MAX_BLOCK_BYTES, worstCaseBytes } from "./wasm/lz4-block-encoder.ts";
import { xxHash32 } from "./xxhash32.ts";

const MAGIC = 0x184d2204;
const VERSION_MASK = 0xc0;
const VERSION_1 = 0x40;
const BLOCK_INDEPENDENCE = 0x20;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const RESERVED_FLAGS = 0x03;
const RESERVED_DESCRIPTOR_BITS = 0x8f;
/** Of the descriptor's size classes 4 to 7. */
const BLOCK_SIZES = [64 * 1024, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024];
/** The high bit of a block's size says that the block is not compressed. */
const NOT_COMPRESSED = 0x8000_0000;
/** Kafka's default. The others of 1 to 17 look at 2^(level - 1) earlier places for each match. */
const FAST_LEVEL = 9;

/** Magic, flags, the class of 64 KiB blocks, and the second byte of the checksum of these two. */
const HEADER = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, VERSION_1 | BLOCK_INDEPENDENCE, 0x40, 0x82);

/**
 * An LZ4 frame as Kafka's clients and brokers write it: version 1, independent blocks of 64 KiB, no checksum but the
 * header's. `level` is what `compression.lz4.level` means: 9 is the fast compressor, not the ninth of the thorough one.
 */
export function lz4Compress(source: Uint8Array, memory: CodecMemory, level = FAST_LEVEL): Uint8Array {
  memory.begin();
  const blocks = Math.ceil(source.length / MAX_BLOCK_BYTES);
  const table = aligned(source.length + SLACK_BYTES);
  const start = table + (level === FAST_LEVEL ? FAST_TABLE_BYTES : HIGH_TABLE_BYTES);
  const view = memory.reserve(start + HEADER.length + blocks * (4 + worstCaseBytes(MAX_BLOCK_BYTES)) + 4);
  view.set(source);
  view.set(HEADER, start);
  let position = start + HEADER.length;
  for (let from = 0; from < source.length; from += MAX_BLOCK_BYTES) {
    const to = Math.min(from + MAX_BLOCK_BYTES, source.length);
    const { lz4Fast, lz4High } = memory.codecs;
    const end =
      level === FAST_LEVEL
        ? lz4Fast(from, to, position + 4, table)
        : lz4High(from, to, position + 4, table, 2 ** (level - 1));
    const sizeBytes = end - position - 4;
    if (sizeBytes < to - from) {
      writeWord(view, position, sizeBytes);
      position = end;
    } else {
      writeWord(view, position, (to - from + NOT_COMPRESSED) | 0);
      view.copyWithin(position + 4, from, to);
      position += 4 + to - from;
    }
  }
  writeWord(view, position, 0);
  return view.slice(start, position + 4);
}

/**
 * What the frame holds; with `lent`, as a view that is valid until the memory is used again. What follows the frame is not
 * looked at, and a checksum of the whole content is not verified, as in Apache Kafka. Throws an error on what its
 * consumers could not read, and a RangeError when the content would exceed `maxBytes`.
 */
export function lz4Decompress(frame: Uint8Array, maxBytes: number, memory: CodecMemory, lent: boolean): Uint8Array {
  const { flags, maxBlockBytes, headerBytes } = readHeader(frame);
  const hasBlockChecksums = (flags & BLOCK_CHECKSUM) !== 0;
  memory.begin();
  const start = aligned(frame.length + SLACK_BYTES);
  let view = memory.reserve(start);
  view.set(frame);
  let target = start;
  let position = headerBytes;
  for (;;) {
    if (position + 4 > frame.length) throw new Error("The LZ4 frame is cut off");
    const size = readWord(frame, position);
    const sizeBytes = size % NOT_COMPRESSED;
    position += 4;
    if (sizeBytes === 0) break;
    const end = position + sizeBytes;
    if (sizeBytes > maxBlockBytes)
      throw new Error(`An LZ4 block of ${sizeBytes} bytes, the frame has declared ${maxBlockBytes}`);
    if (end + (hasBlockChecksums ? 4 : 0) > frame.length) throw new Error("The LZ4 frame is cut off");
    const leftBytes = start + maxBytes - target;
    view = memory.reserve(target + Math.min(maxBlockBytes, leftBytes));
    if (size >= NOT_COMPRESSED) {
      if (sizeBytes > leftBytes) throw tooLarge(maxBytes);
      view.copyWithin(target, position, end);
      target += sizeBytes;
    } else {
      const limit = target + Math.min(maxBlockBytes, leftBytes);
      const result = memory.codecs.lz4Block(position, end, target, target, limit);
      if (result === TOO_LARGE && leftBytes < maxBlockBytes) throw tooLarge(maxBytes);
      if (result === CORRUPT || result === TOO_LARGE) throw new Error("An LZ4 block is corrupt");
      // An unsigned address; WebAssembly's numbers have a sign here.
      target = result >>> 0;
    }
    position = end;
    if (!hasBlockChecksums) continue;
    if (xxHash32(frame.subarray(position - sizeBytes, position)) !== readWord(frame, position)) {
      throw new Error("The checksum of an LZ4 block does not match its bytes");
    }
    position += 4;
  }
  if ((flags & CONTENT_CHECKSUM) !== 0 && position + 4 > frame.length) throw new Error("The LZ4 frame is cut off");
  return lent ? view.subarray(start, target) : view.slice(start, target);
}

function readHeader(frame: Uint8Array): { flags: number; maxBlockBytes: number; headerBytes: number } {
  if (frame.length < 7 || readWord(frame, 0) !== MAGIC) throw new Error("Not an LZ4 frame");
  const flags = frame[4]!;
  const descriptor = frame[5]!;
  if ((flags & VERSION_MASK) !== VERSION_1) throw new Error(`LZ4 frame version ${flags >> 6} is not supported`);
  if ((flags & BLOCK_INDEPENDENCE) === 0) throw new Error("LZ4 frames with dependent blocks are not supported");
  if ((flags & RESERVED_FLAGS) !== 0 || (descriptor & RESERVED_DESCRIPTOR_BITS) !== 0) {
    throw new Error("Reserved bits are set in the LZ4 frame descriptor");
  }
  const maxBlockBytes = BLOCK_SIZES[(descriptor >> 4) - 4];
  if (maxBlockBytes === undefined) throw new Error(`LZ4 blocks of size class ${descriptor >> 4} are not supported`);
  const headerBytes = (flags & CONTENT_SIZE) === 0 ? 7 : 15;
  if (headerBytes > frame.length) throw new Error("The LZ4 frame is cut off");
  const checksum = (xxHash32(frame.subarray(4, headerBytes - 1)) >>> 8) & 0xff;
  if (checksum !== frame[headerBytes - 1]) throw new Error("The checksum of the LZ4 frame descriptor does not match");
  return { flags, maxBlockBytes, headerBytes };
}

function tooLarge(maxBytes: number): RangeError {
  return new RangeError(`More than ${maxBytes} bytes decompressed`);
}

function aligned(address: number): number {
  return Math.ceil(address / 16) * 16;
}

function readWord(bytes: Uint8Array, position: number): number {
  return (
    (bytes[position]! | (bytes[position + 1]! << 8) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 24)) >>> 0
  );
}

function writeWord(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value;
  bytes[position + 1] = value >>> 8;
  bytes[position + 2] = value >>> 16;
  bytes[position + 3] = value >>> 24;
}
