import { type CodecMemory, SLACK_BYTES } from "./wasm/codec-memory.ts";
import { CORRUPT, TOO_LARGE } from "./wasm/decoder-results.ts";
import { MAX_FRAGMENT_BYTES, SNAPPY_TABLE_BYTES, worstCaseBytes } from "./wasm/snappy-block.ts";

/** A raw snappy block: the length as a varint, then the elements. */
export function snappyCompress(source: Uint8Array, memory: CodecMemory): Uint8Array {
  memory.begin();
  const table = source.length + SLACK_BYTES;
  const start = table + SNAPPY_TABLE_BYTES;
  const view = memory.reserve(start + 5 + worstCaseBytes(source.length));
  view.set(source);
  let position = writeLength(view, start, source.length);
  for (let from = 0; from < source.length; from += MAX_FRAGMENT_BYTES) {
    const to = Math.min(from + MAX_FRAGMENT_BYTES, source.length);
    position = memory.codecs.snappyFragment(from, to, position, table) >>> 0;
  }
  return view.slice(start, position);
}

/**
 * What raw blocks hold, one after the other; with `lent`, as a view that is valid until the memory is used again. Throws
 * an error on a block that is broken, and a RangeError when the whole would exceed `maxBytes`.
 */
export function snappyDecompress(
  blocks: readonly Uint8Array[],
  maxBytes: number,
  memory: CodecMemory,
  lent: boolean,
): Uint8Array {
  const largestBytes = blocks.reduce((largest, { length }) => Math.max(largest, length), 0);
  const lengths = blocks.map(readLength);
  const totalBytes = lengths.reduce((sum, { contentBytes }) => sum + contentBytes, 0);
  if (totalBytes > maxBytes) throw new RangeError(`More than ${maxBytes} bytes decompressed`);
  memory.begin();
  const start = largestBytes + SLACK_BYTES;
  const view = memory.reserve(start + totalBytes);
  let target = start;
  for (const [index, block] of blocks.entries()) {
    const { contentBytes, lengthBytes } = lengths[index]!;
    const end = target + contentBytes;
    view.set(block);
    const result = memory.codecs.snappyBlock(lengthBytes, block.length, target, target, end);
    if (result === CORRUPT || result === TOO_LARGE || result >>> 0 !== end)
      throw new Error("A snappy block is corrupt");
    target = end;
  }
  return lent ? view.subarray(start, target) : view.slice(start, target);
}

/** A varint below 2^32. */
function readLength(block: Uint8Array): { contentBytes: number; lengthBytes: number } {
  let contentBytes = 0;
  for (let index = 0; index < 5; index++) {
    const byte = block[index];
    if (byte === undefined) break;
    contentBytes += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      if (contentBytes >= 2 ** 32) break;
      return { contentBytes, lengthBytes: index + 1 };
    }
  }
  throw new Error("A snappy block without a length");
}

function writeLength(target: Uint8Array, start: number, length: number): number {
  let position = start;
  let rest = length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) target[position++] = (rest % 0x80) | 0x80;
  target[position++] = rest;
  return position;
}
