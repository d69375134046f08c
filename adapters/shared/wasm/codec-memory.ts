import { assemble, type WasmFunction } from "./assembler.ts";
import { lz4Block } from "./lz4-block-decoder.ts";
import { lz4EncoderFunctions } from "./lz4-block-encoder.ts";
import { snappyBlock, snappyEncoderFunctions } from "./snappy-block.ts";

/** Copies are made 16 bytes at a time: so much must be free behind whatever is read or written. */
export const SLACK_BYTES = 64;

const PAGE_BYTES = 65_536;
/** A memory that has grown beyond is not kept for the next call: WebAssembly memories do not shrink. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
/** WebAssembly addresses have 32 bits. */
const MAX_BYTES = 2 ** 32 - PAGE_BYTES;

type BlockCodec = (...values: number[]) => number;

interface CodecExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly lz4Block: BlockCodec;
  readonly lz4Fast: BlockCodec;
  readonly lz4High: BlockCodec;
  readonly snappyBlock: BlockCodec;
  readonly snappyFragment: BlockCodec;
}

interface CompiledModule {
  instantiate(): CodecExports;
}

/**
 * The block codecs and the memory they work in, made when first needed. A call lays out what it needs from the beginning
 * of the memory; nothing is kept from one call to the next.
 */
export class CodecMemory {
  private compiled: CompiledModule | undefined;
  private current: CodecExports | undefined;
  private view = new Uint8Array(0);

  get codecs(): CodecExports {
    this.current ??= this.instantiate();
    return this.current;
  }

  /** The memory, of at least `sizeBytes` and {@link SLACK_BYTES}; what was in it is kept. Throws a RangeError beyond 4 GiB. */
  reserve(sizeBytes: number): Uint8Array {
    const neededBytes = sizeBytes + SLACK_BYTES;
    if (neededBytes > MAX_BYTES) throw new RangeError(`${sizeBytes} bytes do not fit in a codec's memory`);
    const { memory } = this.codecs;
    if (this.view.length < neededBytes) {
      // Doubled, as growing may copy everything.
      const wantedBytes = Math.min(Math.max(neededBytes, Math.min(2 * this.view.length, neededBytes * 2)), MAX_BYTES);
      memory.grow(Math.ceil((wantedBytes - memory.buffer.byteLength) / PAGE_BYTES));
      this.view = new Uint8Array(memory.buffer);
    }
    return this.view;
  }

  /** To be called first by every call: gives back what a very large one before it needed. */
  begin(): void {
    if (this.view.length <= MAX_KEPT_BYTES) return;
    this.current = undefined;
    this.view = new Uint8Array(0);
  }

  private instantiate(): CodecExports {
    this.compiled ??= compile([lz4Block, snappyBlock, ...new Set([...lz4EncoderFunctions, ...snappyEncoderFunctions])]);
    const exports = this.compiled.instantiate();
    this.view = new Uint8Array(exports.memory.buffer);
    return exports;
  }
}

/** What this needs of the WebAssembly namespace, which the type packages of the runtimes do not agree on. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

function compile(functions: readonly WasmFunction[]): CompiledModule {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (api === undefined) throw new Error("LZ4 and snappy need WebAssembly, which is switched off here");
  const module = new api.Module(assemble(functions));
  return { instantiate: () => new api.Instance(module).exports as CodecExports };
}
