const MAGIC = 0xfd2f_b528;
/** Frames of these 16 magics hold anything but data, and are skipped (RFC 8878, 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d_2a50;
const SKIPPABLE_MASK = 0xffff_fff0;
const RLE_BLOCK = 1;
const COMPRESSED_BLOCK = 2;
const RESERVED_BLOCK = 3;
const MAX_BLOCK_BYTES = 128 * 1024;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

/** What a frame says of itself before it is decompressed, and may be a lie. */
export interface ZstdFrame {
  /** Where the next one begins. */
  readonly end: number;
  /** Of its content, when it says it. */
  readonly contentBytes: number | undefined;
  /** What its blocks can hold at most. */
  readonly mostContentBytes: number;
  /** How far back its content refers. */
  readonly windowBytes: number;
}

/**
 * Throws unless the bytes are whole zstd frames, from the first to the last byte. Some runtimes give back what they could
 * read of a frame that is cut off; a Java consumer would fail on it.
 */
export function checkZstdFrames(source: Uint8Array): void {
  if (source.length === 0) throw new Error("Not a zstd frame");
  for (let position = 0; position < source.length; ) {
    position = isSkippable(source, position) ? skippableEnd(source, position) : readZstdFrame(source, position).end;
    if (position > source.length) throw new Error("The zstd frame is cut off");
  }
}

/** The frame that begins there (RFC 8878, 3.1.1), which holds data. Throws on anything else; it may end after the source. */
export function readZstdFrame(source: Uint8Array, start: number): ZstdFrame {
  if (readLittleEndian(source, start, 4) !== MAGIC) throw new Error("Not a zstd frame");
  const descriptor = readLittleEndian(source, start + 4, 1);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentSizeFlag = (descriptor >> 6) as 0 | 1 | 2 | 3;
  const sizeStart = start + 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3];
  const sizeBytes = isSingleSegment && contentSizeFlag === 0 ? 1 : CONTENT_SIZE_BYTES[contentSizeFlag];
  const size = readLittleEndian(source, sizeStart, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  const windowBytes = isSingleSegment ? size : windowOf(readLittleEndian(source, start + 5, 1));
  const blocks = readBlocks(source, sizeStart + sizeBytes, Math.min(windowBytes, MAX_BLOCK_BYTES));
  return {
    end: blocks.end + ((descriptor & 4) !== 0 ? 4 : 0),
    contentBytes: sizeBytes === 0 ? undefined : size,
    mostContentBytes: blocks.mostContentBytes,
    windowBytes,
  };
}

function readBlocks(
  source: Uint8Array,
  start: number,
  mostBlockBytes: number,
): Pick<ZstdFrame, "end" | "mostContentBytes"> {
  let position = start;
  let mostContentBytes = 0;
  for (let last = false; !last; ) {
    const header = readLittleEndian(source, position, 3);
    const type = (header >> 1) & 3;
    if (type === RESERVED_BLOCK) throw new Error("The zstd frame holds a block of a reserved type");
    last = (header & 1) !== 0;
    const size = header >> 3;
    mostContentBytes += type === COMPRESSED_BLOCK ? mostBlockBytes : size;
    position += 3 + (type === RLE_BLOCK ? 1 : size);
  }
  return { end: position, mostContentBytes };
}

/** An exponent and a mantissa (RFC 8878, 3.1.1.1.2). */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function isSkippable(source: Uint8Array, start: number): boolean {
  return (readLittleEndian(source, start, 4) & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC;
}

function skippableEnd(source: Uint8Array, start: number): number {
  return start + 8 + readLittleEndian(source, start + 4, 4);
}

function readLittleEndian(source: Uint8Array, position: number, size: number): number {
  if (position + size > source.length) throw new Error("The zstd frame is cut off");
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 0x100 + source[position + index]!;
  return value;
}
