import { nativeModule } from "./native-module.ts";
import { plainBytes } from "./plain-bytes.ts";

interface Snappy {
  compressSync(source: Uint8Array, options: { copyOutputData: true }): Uint8Array;
  uncompressSync(source: Uint8Array, options: { asBuffer: true; copyOutputData: true }): Uint8Array;
}

/** Bytes that the module does not own cost more than the copy, at the size of blocks. */
const options = { asBuffer: true, copyOutputData: true } as const;
const snappy = nativeModule<Snappy>("snappy");

/** A raw snappy block: the length as a varint, then the elements. */
export function snappyCompress(source: Uint8Array): Uint8Array {
  return plainBytes(snappy().compressSync(source, options));
}

/**
 * What raw blocks hold, one after the other. Throws an error on a block that is broken, and a RangeError when the whole
 * would exceed `maxBytes`, which the lengths of all blocks say before any is decompressed.
 */
export function snappyDecompress(blocks: readonly Uint8Array[], maxBytes: number): Uint8Array {
  const totalBytes = blocks.reduce((sum, block) => sum + contentBytes(block), 0);
  if (totalBytes > maxBytes) throw new RangeError(`More than ${maxBytes} bytes decompressed`);
  if (blocks.length === 1) return decompressBlock(blocks[0]!);
  const target = new Uint8Array(totalBytes);
  let position = 0;
  for (const block of blocks) {
    const content = decompressBlock(block);
    target.set(content, position);
    position += content.length;
  }
  return target;
}

function decompressBlock(block: Uint8Array): Uint8Array {
  try {
    return plainBytes(snappy().uncompressSync(block, options));
  } catch (cause) {
    throw new Error(`A snappy block is corrupt: ${cause}`, { cause });
  }
}

/** A varint below 2^32. */
function contentBytes(block: Uint8Array): number {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = block[index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte >= 0x80) continue;
    if (value >= 2 ** 32) break;
    return value;
  }
  throw new Error("A snappy block without a length");
}
