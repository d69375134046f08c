import { readZstdFrame, type ZstdFrame } from "../../../src/record/compression/zstd-frame.ts";
import { type ForeignFunctions, type FunctionsOf, requireForeign, versionText } from "../foreign-functions.ts";
import { LEAST_FOREIGN_BYTES, type OutputMemory } from "./output-memory.ts";

/** Sizes are of 64 bits, but all that is asked for here fits in 31, and a negative number is an error's. */
const signatures = {
  ZSTD_versionNumber: { parameters: [], result: "int32" },
  ZSTD_estimateDCtxSize: { parameters: [], result: "int32" },
  ZSTD_initStaticDCtx: { parameters: ["bytes", "int64"], result: "int32" },
  ZSTD_decompressDCtx: { parameters: ["bytes", "bytes", "int64", "bytes", "int64"], result: "int32" },
} as const;

/** In Linux and macOS. */
const names = ["libzstd.so.1", "libzstd.1.dylib"];
/** 1.4.0, the first in which all of these are as they are now. */
const OLDEST_VERSION = 1_04_00;
/** What libzstd's streams take, and so Java's consumers. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024;
const MAX_CONTENT_BYTES = 1024 * 1024 * 1024;

/**
 * libzstd through the foreign function interface, with memory that is used again: node:zlib makes a decompressor and an
 * output for each batch.
 */
export class ZstdLibrary {
  /** Such as 1.5.7. */
  readonly version: string;
  private readonly functions: FunctionsOf<typeof signatures>;
  private readonly outputs: OutputMemory;
  /** The decompressor, which the library keeps in here. */
  private readonly context: Uint8Array;

  /** Throws when there is none that will do. */
  constructor(foreign: ForeignFunctions, outputs: OutputMemory) {
    requireForeign(foreign);
    this.functions = foreign.openLibrary(names, signatures);
    const number = this.functions.ZSTD_versionNumber();
    this.version = versionText(number);
    if (number < OLDEST_VERSION) throw new Error(`libzstd is too old: ${this.version}`);
    this.context = new Uint8Array(this.functions.ZSTD_estimateDCtxSize());
    if (this.functions.ZSTD_initStaticDCtx(this.context, this.context.length) === 0) {
      throw new Error("libzstd takes no memory for its decompressor");
    }
    this.outputs = outputs;
  }

  /**
   * What a single frame holds, in memory of `outputs`. Undefined when it is anything else, is broken, or holds more than
   * `maxBytes`: node:zlib says which.
   */
  decompress(source: Uint8Array, maxBytes: number): Uint8Array | undefined {
    const frame = frameOf(source);
    if (frame === undefined || frame.windowBytes > MAX_WINDOW_BYTES) return undefined;
    const size = frame.contentBytes ?? Math.min(frame.mostContentBytes, maxBytes);
    if (size > Math.min(maxBytes, MAX_CONTENT_BYTES, frame.mostContentBytes)) return undefined;
    if (Math.min(source.length, size) < LEAST_FOREIGN_BYTES) return undefined;
    const output = this.outputs.take(size);
    const { context, functions } = this;
    const count = functions.ZSTD_decompressDCtx(context, output, size, source, source.length);
    if (count >= 0 && count <= size) return this.outputs.begin(output, count);
    this.outputs.giveBack(output);
    return undefined;
  }
}

function frameOf(source: Uint8Array): ZstdFrame | undefined {
  try {
    const frame = readZstdFrame(source, 0);
    return frame.end === source.length ? frame : undefined;
  } catch {
    return undefined;
  }
}
