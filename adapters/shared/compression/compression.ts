import { createRequire } from "node:module";
import { MissingCodecError } from "../../../src/record/compression/missing-codec-error.ts";
import type { Compression } from "../../../src/runtime.ts";
import type { ForeignFunctions } from "../foreign-functions.ts";
import { gzipContentBytes, zstdContentBytes } from "./content-size.ts";
import { lz4Compress, lz4Decompress, readLz4Frame } from "./lz4-frame.ts";
import { Lz4Library } from "./lz4-library.ts";
import { OutputMemory } from "./output-memory.ts";
import { plainBytes } from "./plain-bytes.ts";
import { snappyCompress, snappyDecompress } from "./snappy-blocks.ts";
import { ZstdLibrary } from "./zstd-library.ts";

type Zlib = typeof import("node:zlib");

/**
 * gzip and zstd from node:zlib, LZ4 and snappy from the packages `lz4-napi` and `snappy`. What is usual of zstd and LZ4 is
 * decompressed by the libraries of C, where there are any to be had; `report` is told which. All is loaded when first used: a
 * start needs none.
 */
export function createCompression(
  foreign: ForeignFunctions,
  report: (text: string) => void = () => {},
  loadZlib = () => createRequire(import.meta.url)("node:zlib") as Zlib,
): Compression {
  const outputs = new OutputMemory();
  const zstdLibrary = whenNeeded(
    () => {
      const library = new ZstdLibrary(foreign, outputs);
      report(`zstd: decompressed by libzstd ${library.version}`);
      return library;
    },
    (reason) => report(`zstd: decompressed by node:zlib, because ${reason}`),
  );
  const lz4Library = whenNeeded(
    () => {
      const library = new Lz4Library(foreign, outputs);
      report(`lz4: decompressed by liblz4 ${library.version}`);
      return library;
    },
    (reason) => report(`lz4: decompressed by the package lz4-napi, because ${reason}`),
  );
  let loaded: Zlib | undefined;
  const zlib = (): Zlib => {
    loaded ??= loadZlib();
    return loaded;
  };
  let isMissTold = false;
  const zlibWithZstd = (): Zlib => {
    if (typeof zlib().zstdCompressSync === "function") return zlib();
    const reason = "zstd needs Node 22.15 or newer";
    if (!isMissTold) report(`zstd: batches are refused, because ${reason}`);
    isMissTold = true;
    throw new MissingCodecError(reason);
  };
  return {
    gzip: (source, level) => plainBytes(zlib().gzipSync(source, level === undefined ? {} : { level })),
    gunzip: (source, maxBytes) =>
      bounded(source, maxBytes, gzipContentBytes(source), (options) => zlib().gunzipSync(source, options)),
    snappy: snappyCompress,
    unsnappy: snappyDecompress,
    lz4: lz4Compress,
    unlz4(source, maxBytes) {
      const frame = readLz4Frame(source);
      return lz4Library()?.decompress(source, frame, maxBytes) ?? lz4Decompress(source, frame, maxBytes);
    },
    zstd(source, level) {
      const { constants, zstdCompressSync } = zlibWithZstd();
      const params = level === undefined ? {} : { [constants.ZSTD_c_compressionLevel]: level };
      return plainBytes(zstdCompressSync(source, { params }));
    },
    unzstd(source, maxBytes) {
      // Also what the library decompresses: it leaves to node:zlib what is small, or broken.
      const { zstdDecompressSync } = zlibWithZstd();
      const content = zstdLibrary()?.decompress(source, maxBytes);
      if (content !== undefined) return content;
      return bounded(source, maxBytes, zstdContentBytes(source), (options) => zstdDecompressSync(source, options));
    },
    release: (decompressed) => outputs.giveBack(decompressed),
  };
}

/** Undefined, and `refused` is told why, when it can't be had. */
function whenNeeded<T>(open: () => T, refused: (reason: string) => void): () => T | undefined {
  let opened: { readonly library: T | undefined } | undefined;
  return () => {
    opened ??= { library: attempt(open, refused) };
    return opened.library;
  };
}

function attempt<T>(open: () => T, refused: (reason: string) => void): T | undefined {
  try {
    return open();
  } catch (error) {
    refused((error as Error).message);
    return undefined;
  }
}

/** What zlib's own default is. */
const LEAST_CHUNK_BYTES = 16 * 1024;
const MAX_CHUNK_BYTES = 4 * 1024 * 1024;
/** Text and JSON expand by about so much. */
const USUAL_EXPANSION = 5;

/**
 * node:zlib under a limit. The output comes in chunks that are put together at the end: one that holds everything saves
 * half of the time. The expected size is what the source says of itself, and may be a lie.
 */
function bounded(
  source: Uint8Array,
  maxBytes: number,
  expectedBytes: number | undefined,
  decompress: (options: { maxOutputLength: number; chunkSize: number }) => Uint8Array,
): Uint8Array {
  // Some runtimes take no bytes for a whole empty stream.
  if (source.length === 0) throw new Error("Nothing to decompress");
  const wantedBytes = Math.min(expectedBytes ?? source.length * USUAL_EXPANSION, maxBytes) + 64;
  const chunkSize = Math.min(Math.max(wantedBytes, LEAST_CHUNK_BYTES), MAX_CHUNK_BYTES);
  let result: Uint8Array;
  try {
    // It takes no limit of zero.
    result = plainBytes(decompress({ maxOutputLength: Math.max(1, maxBytes), chunkSize }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw error;
    throw new RangeError(`More than ${maxBytes} bytes decompressed`, { cause: error });
  }
  if (result.length > maxBytes) throw new RangeError(`More than ${maxBytes} bytes decompressed`);
  return result;
}
