import { type ForeignFunctions, type FunctionsOf, requireForeign, versionText } from "../foreign-functions.ts";
import { type Lz4Frame, mostContentBytes } from "./lz4-frame.ts";
import { LEAST_FOREIGN_BYTES, type OutputMemory } from "./output-memory.ts";

const signatures = {
  LZ4_versionNumber: { parameters: [], result: "int32" },
  LZ4_decompress_safe: { parameters: ["bytes", "bytes", "int32", "int32"], result: "int32" },
} as const;

/** In Linux and macOS. */
const names = ["liblz4.so.1", "liblz4.1.dylib"];
const MAX_CONTENT_BYTES = 1024 * 1024 * 1024;

/**
 * The system's liblz4 through the foreign function interface: all blocks into memory that is used again, where the package
 * makes, and zeroes, an output for each.
 */
export class Lz4Library {
  /** Such as 1.10.0. */
  readonly version: string;
  private readonly functions: FunctionsOf<typeof signatures>;
  private readonly outputs: OutputMemory;

  /** Throws when there is none. */
  constructor(foreign: ForeignFunctions, outputs: OutputMemory) {
    requireForeign(foreign);
    this.functions = foreign.openLibrary(names, signatures);
    this.version = versionText(this.functions.LZ4_versionNumber());
    this.outputs = outputs;
  }

  /**
   * What the frame holds, in memory of `outputs`. Undefined when a block is broken, or when it may be more than `maxBytes`:
   * the package says which.
   */
  decompress(source: Uint8Array, { blocks, maxBlockBytes }: Lz4Frame, maxBytes: number): Uint8Array | undefined {
    const mostBytes = blocks.reduce((sum, block) => sum + mostContentBytes(block, maxBlockBytes), 0);
    const size = Math.min(mostBytes, maxBytes, MAX_CONTENT_BYTES);
    if (Math.min(source.length, size) < LEAST_FOREIGN_BYTES) return undefined;
    const output = this.outputs.take(size);
    let count = 0;
    for (const { start, end, isStored } of blocks) {
      const block = source.subarray(start, end);
      const target = output.subarray(count, Math.min(size, count + maxBlockBytes));
      const added = isStored ? copy(block, target) : this.decompressBlock(block, target);
      if (added < 0) {
        this.outputs.giveBack(output);
        return undefined;
      }
      count += added;
    }
    return this.outputs.begin(output, count);
  }

  /** How many bytes it holds; negative when it is broken, or holds more. */
  private decompressBlock(block: Uint8Array, target: Uint8Array): number {
    if (target.length === 0) return -1;
    return this.functions.LZ4_decompress_safe(block, target, block.length, target.length);
  }
}

function copy(block: Uint8Array, target: Uint8Array): number {
  if (block.length > target.length) return -1;
  target.set(block);
  return block.length;
}
