import { createRequire } from "node:module";
import zlib from "node:zlib";
import type { Compression } from "../../src/runtime.ts";
import { lz4FrameContentBytes } from "./lz4-frame-size.ts";

interface Snappy {
  compressSync(source: Uint8Array): Uint8Array;
  uncompressSync(source: Uint8Array, options: { asBuffer: true }): Uint8Array;
}

interface Lz4 {
  compressFrameSync(source: Uint8Array): Uint8Array;
  decompressFrameSync(source: Uint8Array): Uint8Array;
}

/**
 * gzip and zstd from node:zlib, snappy and LZ4 from native modules that are loaded when first used: most brokers pass
 * compressed batches through and never need them. LZ4 has no levels here.
 */
export function createCompression(): Compression {
  const snappy = lazily(() => loadNative<Snappy>("snappy"));
  const lz4 = lazily(() => loadNative<Lz4>("lz4-napi"));
  return {
    gzip: (source, level) => plain(zlib.gzipSync(source, { level: level ?? zlib.constants.Z_DEFAULT_COMPRESSION })),
    gunzip: (source, maxBytes) =>
      bounded(source, maxBytes, (maxOutputLength) => zlib.gunzipSync(source, { maxOutputLength })),
    snappy: (source) => plain(snappy().compressSync(buffer(source))),
    unsnappy(source, maxBytes) {
      checkSize(snappyContentBytes(source), maxBytes);
      return plain(snappy().uncompressSync(buffer(source), { asBuffer: true }));
    },
    lz4: (source) => plain(lz4().compressFrameSync(buffer(source))),
    unlz4(source, maxBytes) {
      checkSize(lz4FrameContentBytes(source, maxBytes), maxBytes);
      return plain(lz4().decompressFrameSync(buffer(source)));
    },
    zstd(source, level) {
      requireZstd();
      const params = level === undefined ? {} : { [zlib.constants.ZSTD_c_compressionLevel]: level };
      return plain(zlib.zstdCompressSync(source, { params }));
    },
    unzstd(source, maxBytes) {
      requireZstd();
      return bounded(source, maxBytes, (maxOutputLength) => zlib.zstdDecompressSync(source, { maxOutputLength }));
    },
  };
}

/** The length at the head of a raw snappy block: a varint. */
function snappyContentBytes(source: Uint8Array): number {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = source[index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return value;
  }
  throw new Error("A snappy block without a length");
}

function checkSize(sizeBytes: number, maxBytes: number): void {
  if (sizeBytes > maxBytes) throw new RangeError(`More than ${maxBytes} bytes decompressed`);
}

/** node:zlib under a limit. It takes no limit of zero, and some runtimes take no bytes for a whole empty stream. */
function bounded(source: Uint8Array, maxBytes: number, decompress: (maxBytes: number) => Uint8Array): Uint8Array {
  if (source.length === 0) throw new Error("Nothing to decompress");
  let result: Uint8Array;
  try {
    result = plain(decompress(Math.max(1, maxBytes)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw error;
    throw new RangeError(`More than ${maxBytes} bytes decompressed`, { cause: error });
  }
  checkSize(result.length, maxBytes);
  return result;
}

function requireZstd(): void {
  if (typeof zlib.zstdCompressSync !== "function") throw new Error("zstd needs Node 22.15 or newer");
}

function loadNative<T>(name: string): T {
  try {
    return createRequire(import.meta.url)(name) as T;
  } catch (cause) {
    throw new Error(`The native module "${name}" does not load here, so its codec cannot be used: ${cause}`, { cause });
  }
}

function lazily<T>(load: () => T): () => T {
  let loaded: T | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

/** The native modules take Buffers; this is a view, not a copy. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A plain Uint8Array over the same memory. Bun's empty Buffers of native modules have none. */
function plain(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return new Uint8Array(0);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
