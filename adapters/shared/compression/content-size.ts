/** More than any gzip stream can expand. */
const MAX_GZIP_EXPANSION = 1032;
const ZSTD_CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const ZSTD_DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;

/** What the last member of a gzip stream says its content was (RFC 1952, ISIZE); undefined when that cannot be. */
export function gzipContentBytes(source: Uint8Array): number | undefined {
  if (source.length < 18) return undefined;
  const sizeBytes = littleEndian(source, source.length - 4, 4);
  return sizeBytes > source.length * MAX_GZIP_EXPANSION ? undefined : sizeBytes;
}

/** What the first frame says of its content (RFC 8878, 3.1.1.1); undefined when it does not. */
export function zstdContentBytes(source: Uint8Array): number | undefined {
  const descriptor = source[4];
  if (descriptor === undefined) return undefined;
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeBytes =
    singleSegment && descriptor >> 6 === 0 ? 1 : ZSTD_CONTENT_SIZE_BYTES[(descriptor >> 6) as 0 | 1 | 2 | 3];
  const position = 5 + (singleSegment ? 0 : 1) + ZSTD_DICTIONARY_ID_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3];
  if (sizeBytes === 0 || position + sizeBytes > source.length) return undefined;
  const value = littleEndian(source, position, sizeBytes);
  return sizeBytes === 2 ? value + 256 : value;
}

function littleEndian(source: Uint8Array, position: number, size: number): number {
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 0x100 + source[position + index]!;
  return value;
}
