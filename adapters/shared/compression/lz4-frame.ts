import { nativeModule } from "./native-module.ts";
import { plainBytes } from "./plain-bytes.ts";
import { releaseMemory } from "./release-memory.ts";
import { xxHash32 } from "./xxhash32.ts";

/** Single blocks, with the size of their content before them. */
interface Lz4 {
  compressSync(source: Uint8Array): Uint8Array;
  uncompressSync(source: Uint8Array): Uint8Array;
}

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
const MAX_BLOCK_BYTES = 64 * 1024;
/** A byte of a block stands for at most so many. */
const MAX_EXPANSION = 255;
/** A byte of a block usually stands for fewer. */
const USUAL_EXPANSION = 6;
/** Of what the module writes before a block and reads there: how many bytes it holds, little-endian. */
const PREFIX_BYTES = 4;

/** Magic, flags, the class of 64 KiB blocks, and the second byte of the checksum of these two. */
const HEADER = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, VERSION_1 | BLOCK_INDEPENDENCE, 0x40, 0x82);

const lz4 = nativeModule<Lz4>("lz4-napi");

/** An LZ4 frame as Kafka's clients and brokers write it: version 1, independent blocks of 64 KiB, no checksum but the header's. */
export function lz4Compress(source: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [HEADER];
  for (let from = 0; from < source.length; from += MAX_BLOCK_BYTES) {
    const content = source.subarray(from, from + MAX_BLOCK_BYTES);
    // The block's size takes the place of the content's.
    const block = lz4().compressSync(content);
    const sizeBytes = block.length - PREFIX_BYTES;
    const shrinks = sizeBytes < content.length;
    if (shrinks) parts.push(withSize(block, sizeBytes));
    else parts.push(withSize(new Uint8Array(4), content.length + NOT_COMPRESSED), content);
  }
  parts.push(new Uint8Array(4));
  return joined(parts);
}

function withSize(bytes: Uint8Array, size: number): Uint8Array {
  writeWord(bytes, 0, size);
  return bytes;
}

/** What is known of a frame before its blocks are decompressed. */
export interface Lz4Frame {
  readonly blocks: readonly Lz4Block[];
  /** What a block may hold. */
  readonly maxBlockBytes: number;
}

export interface Lz4Block {
  readonly start: number;
  readonly end: number;
  readonly isStored: boolean;
}

/**
 * Throws an error on what Apache Kafka's consumers could not read. As there, what follows the frame is not looked at, and a
 * checksum of the whole content is not verified.
 */
export function readLz4Frame(source: Uint8Array): Lz4Frame {
  const { flags, maxBlockBytes, headerBytes } = readHeader(source);
  const checksumBytes = (flags & BLOCK_CHECKSUM) === 0 ? 0 : 4;
  const blocks: Lz4Block[] = [];
  let position = headerBytes;
  for (;;) {
    if (position + 4 > source.length) throw new Error("The LZ4 frame is cut off");
    const size = readWord(source, position);
    const sizeBytes = size % NOT_COMPRESSED;
    position += 4;
    if (sizeBytes === 0) break;
    const end = position + sizeBytes;
    if (sizeBytes > maxBlockBytes)
      throw new Error(`An LZ4 block of ${sizeBytes} bytes, the frame has declared ${maxBlockBytes}`);
    if (end + checksumBytes > source.length) throw new Error("The LZ4 frame is cut off");
    if (checksumBytes > 0 && xxHash32(source.subarray(position, end)) !== readWord(source, end)) {
      throw new Error("The checksum of an LZ4 block does not match its bytes");
    }
    blocks.push({ start: position, end, isStored: size >= NOT_COMPRESSED });
    position = end + checksumBytes;
  }
  if ((flags & CONTENT_CHECKSUM) !== 0 && position + 4 > source.length) throw new Error("The LZ4 frame is cut off");
  return { blocks, maxBlockBytes };
}

/** The most that a block can hold. */
export function mostContentBytes({ start, end, isStored }: Lz4Block, maxBlockBytes: number): number {
  return isStored ? end - start : Math.min(maxBlockBytes, (end - start) * MAX_EXPANSION);
}

/**
 * What the frame holds. Throws an error on blocks that are broken, and a RangeError when the content would exceed
 * `maxBytes`; by then it has taken one block more.
 */
export function lz4Decompress(source: Uint8Array, frame: Lz4Frame, maxBytes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let leftBytes = maxBytes;
  for (const block of frame.blocks) {
    const { start, end, isStored } = block;
    const content = isStored ? source.subarray(start, end) : decompressBlock(source, block, frame.maxBlockBytes);
    leftBytes -= content.length;
    if (leftBytes < 0) throw new RangeError(`More than ${maxBytes} bytes decompressed`);
    parts.push(content);
  }
  if (parts.length === 1) return ownBytes(parts[0]!, source);
  const content = joined(parts);
  for (const part of parts) if (part.buffer !== source.buffer) releaseMemory(part);
  return content;
}

/**
 * The module zeroes all the memory that it is told of, which is much for large blocks: they get what they usually need
 * first.
 */
function decompressBlock(frame: Uint8Array, block: Lz4Block, maxBlockBytes: number): Uint8Array {
  const { start, end } = block;
  const mostBytes = mostContentBytes(block, maxBlockBytes);
  const usualBytes = Math.max(MAX_BLOCK_BYTES, (end - start) * USUAL_EXPANSION);
  if (usualBytes < mostBytes) {
    try {
      return decompressWithin(frame, start, end, usualBytes);
    } catch {
      // It is larger, or broken: the next attempt tells.
    }
  }
  try {
    return decompressWithin(frame, start, end, mostBytes);
  } catch (cause) {
    throw new Error(`An LZ4 block is corrupt: ${cause}`, { cause });
  }
}

/** What the module wants to read before the block takes the place of the block's size, for that moment. */
function decompressWithin(frame: Uint8Array, start: number, end: number, maxBytes: number): Uint8Array {
  const prefixStart = start - PREFIX_BYTES;
  const size = readWord(frame, prefixStart);
  writeWord(frame, prefixStart, maxBytes);
  try {
    return plainBytes(lz4().uncompressSync(frame.subarray(prefixStart, end)));
  } finally {
    writeWord(frame, prefixStart, size);
  }
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

/** A stored block is a view of its frame. */
function ownBytes(bytes: Uint8Array, frame: Uint8Array): Uint8Array {
  return bytes.buffer === frame.buffer ? bytes.slice() : bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const target = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    target.set(part, position);
    position += part.length;
  }
  return target;
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
