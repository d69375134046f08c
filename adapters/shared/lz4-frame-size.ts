const magic = 0x184d2204;

/**
 * How many bytes an LZ4 frame decompresses to, without decompressing it: the native module has no limit of its own, and
 * a small frame may stand for 255 times its size. Layout: the LZ4 frame and block format descriptions.
 *
 * Counting stops past `maxBytes`. A frame that ends early counts as what is there: the decompressor reports it.
 */
export function lz4FrameContentBytes(frame: Uint8Array, maxBytes: number): number {
  if (frame.length < 7 || readUint32(frame, 0) !== magic) throw new Error("Not an LZ4 frame");
  const flags = frame[4]!;
  const hasContentSize = (flags & 0x08) !== 0;
  const hasDictionary = (flags & 0x01) !== 0;
  const blockChecksumBytes = (flags & 0x10) !== 0 ? 4 : 0;
  let position = 4 + 2 + (hasContentSize ? 8 : 0) + (hasDictionary ? 4 : 0) + 1;
  let total = 0;
  while (position + 4 <= frame.length && total <= maxBytes) {
    const header = readUint32(frame, position);
    position += 4;
    if (header === 0) break;
    const isStored = header >= 2 ** 31;
    const sizeBytes = header % 2 ** 31;
    const end = Math.min(position + sizeBytes, frame.length);
    total += isStored ? sizeBytes : blockContentBytes(frame, position, end);
    position = end + blockChecksumBytes;
  }
  return total;
}

/** A block is sequences of a token, literals and a match; a length of 15 in the token goes on in further bytes. */
function blockContentBytes(frame: Uint8Array, start: number, end: number): number {
  let position = start;
  let total = 0;
  while (position < end) {
    const token = frame[position++]!;
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255 && position < end) {
        more = frame[position++]!;
        literals += more;
      }
    }
    total += literals;
    position += literals;
    // The last sequence has no match.
    if (position >= end) break;
    position += 2;
    let match = (token & 15) + 4;
    if (match === 19) {
      let more = 255;
      while (more === 255 && position < end) {
        more = frame[position++]!;
        match += more;
      }
    }
    total += match;
  }
  return total;
}

function readUint32(bytes: Uint8Array, position: number): number {
  return (
    bytes[position]! + bytes[position + 1]! * 2 ** 8 + bytes[position + 2]! * 2 ** 16 + bytes[position + 3]! * 2 ** 24
  );
}
