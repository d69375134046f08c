const MAGIC = 0xfd2f_b528;
/** Frames of these 16 magics hold anything but data, and are skipped (RFC 8878, 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d_2a50;
const SKIPPABLE_MASK = 0xffff_fff0;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

/**
 * Throws unless the bytes are whole zstd frames, from the first to the last byte. Some runtimes give back what they could
 * read of a frame that is cut off; a Java consumer would fail on it.
 */
export function checkZstdFrames(source: Uint8Array): void {
  if (source.length === 0) throw new Error("Not a zstd frame");
  for (let position = 0; position < source.length; ) {
    position = frameEnd(source, position);
    if (position > source.length) throw new Error("The zstd frame is cut off");
  }
}

function frameEnd(source: Uint8Array, start: number): number {
  const magic = readLittleEndian(source, start, 4);
  if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC) return start + 8 + readLittleEndian(source, start + 4, 4);
  if (magic !== MAGIC) throw new Error("Not a zstd frame");
  const descriptor = readLittleEndian(source, start + 4, 1);
  const singleSegment = (descriptor & 0x20) !== 0;
  const contentSizeFlag = descriptor >> 6;
  let position = start + 5 + (singleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3];
  position += singleSegment && contentSizeFlag === 0 ? 1 : CONTENT_SIZE_BYTES[contentSizeFlag as 0 | 1 | 2 | 3];
  for (let last = false; !last; ) {
    const header = readLittleEndian(source, position, 3);
    const type = (header >> 1) & 3;
    if (type === RESERVED_BLOCK) throw new Error("The zstd frame holds a block of a reserved type");
    last = (header & 1) !== 0;
    position += 3 + (type === RLE_BLOCK ? 1 : header >> 3);
  }
  return position + ((descriptor & 4) !== 0 ? 4 : 0);
}

function readLittleEndian(source: Uint8Array, position: number, size: number): number {
  if (position + size > source.length) throw new Error("The zstd frame is cut off");
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 0x100 + source[position + index]!;
  return value;
}
