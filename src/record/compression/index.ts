import type { Compression } from "../../runtime.ts";
import { CompressionType } from "./compression-type.ts";
import { snappyCompress, snappyDecompress } from "./snappy-framing.ts";
import { checkZstdFrames } from "./zstd-frame.ts";

export { type CompressionName, CompressionType, compressionName } from "./compression-type.ts";

/**
 * The records of a batch, compressed as Kafka's clients do: gzip member, xerial snappy stream, LZ4 frame, zstd frame. Only
 * gzip and zstd have levels.
 */
export function compress(type: number, source: Uint8Array, codecs: Compression, level?: number): Uint8Array {
  switch (type) {
    case CompressionType.none:
      return source;
    case CompressionType.gzip:
      return codecs.gzip(source, level);
    case CompressionType.snappy:
      return snappyCompress(source, codecs);
    case CompressionType.lz4:
      return codecs.lz4(source);
    case CompressionType.zstd:
      return codecs.zstd(source, level);
    default:
      throw new Error(`Unknown compression type ${type}`);
  }
}

/** Throws on bytes that are not what the codec writes, and a RangeError when the result would exceed `maxBytes`. */
export function decompress(type: number, source: Uint8Array, maxBytes: number, codecs: Compression): Uint8Array {
  switch (type) {
    case CompressionType.none:
      return source;
    case CompressionType.gzip:
      return codecs.gunzip(source, maxBytes);
    case CompressionType.snappy:
      return snappyDecompress(source, maxBytes, codecs);
    case CompressionType.lz4:
      return codecs.unlz4(source, maxBytes);
    case CompressionType.zstd:
      checkZstdFrames(source);
      return codecs.unzstd(source, maxBytes);
    default:
      throw new Error(`Unknown compression type ${type}`);
  }
}
