import type { Compression } from "../../runtime.ts";
import { readInt32, writeInt32 } from "../big-endian.ts";

/**
 * The stream format of snappy-java ("xerial"), which Kafka's Java client writes: a 16-byte header (magic, version 1,
 * lowest compatible version 1), then blocks, each an int32 size and a raw snappy block. Other clients send one raw block
 * with no framing at all, and readers take both.
 */
const HEADER = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0, 0, 0, 1, 0, 0, 0, 1);
const MAGIC_SIZE = 8;
const BLOCK_BYTES = 32 * 1024;

export function snappyCompress(source: Uint8Array, codecs: Compression): Uint8Array {
  const blocks: Uint8Array[] = [];
  let sizeBytes = HEADER.length;
  for (let position = 0; position < source.length; position += BLOCK_BYTES) {
    const block = codecs.snappy(source.subarray(position, position + BLOCK_BYTES));
    blocks.push(block);
    sizeBytes += 4 + block.length;
  }
  const target = new Uint8Array(sizeBytes);
  target.set(HEADER);
  let position = HEADER.length;
  for (const block of blocks) {
    writeInt32(target, position, block.length);
    target.set(block, position + 4);
    position += 4 + block.length;
  }
  return target;
}

export function snappyDecompress(source: Uint8Array, maxBytes: number, codecs: Compression): Uint8Array {
  return codecs.unsnappy(isFramed(source, 0) ? blocksOf(source) : [source], maxBytes);
}

function isFramed(source: Uint8Array, position: number): boolean {
  if (source.length - position < HEADER.length) return false;
  for (let index = 0; index < MAGIC_SIZE; index++) if (source[position + index] !== HEADER[index]) return false;
  return true;
}

function blocksOf(source: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  let position = HEADER.length;
  while (position < source.length) {
    // A stream may be several streams, one after another, each with its own header.
    if (isFramed(source, position)) {
      position += HEADER.length;
      continue;
    }
    if (source.length - position < 4) throw new Error("The snappy stream ends inside a block size");
    const blockBytes = readInt32(source, position);
    position += 4;
    if (blockBytes < 0 || blockBytes > source.length - position) {
      throw new Error(
        `The snappy stream declares a block of ${blockBytes} bytes, ${source.length - position} are left`,
      );
    }
    blocks.push(source.subarray(position, position + blockBytes));
    position += blockBytes;
  }
  return blocks;
}
