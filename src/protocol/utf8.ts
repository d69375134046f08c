/**
 * UTF-8 with Java's answers to ill-formed text, so that a name read here and by Apache Kafka is the same name: a lone
 * surrogate is written as "?", and an encoded surrogate is read as one U+FFFD (the WHATWG decoder gives one per byte).
 */

/** From here on the native decoder is faster than a loop. */
const SHORT_BYTES = 32;

const NATIVE = new TextDecoder("utf-8", { ignoreBOM: true });

export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_BYTES) {
    let text = "";
    let index = start;
    for (; index < end; index++) {
      const byte = bytes[index]!;
      if (byte > 0x7f) break;
      text += String.fromCharCode(byte);
    }
    if (index === end) return text;
  }
  return readAnyUtf8(bytes.subarray(start, end));
}

function readAnyUtf8(bytes: Uint8Array): string {
  let text = "";
  let start = 0;
  for (let index = bytes.indexOf(0xed); index >= 0; index = bytes.indexOf(0xed, index + 1)) {
    if (index + 1 >= bytes.length || bytes[index + 1]! < 0xa0 || bytes[index + 1]! > 0xbf) continue;
    text += `${NATIVE.decode(bytes.subarray(start, index))}\ufffd`;
    const third = bytes[index + 2];
    start = third !== undefined && (third & 0xc0) === 0x80 ? index + 3 : index + 2;
  }
  return text + NATIVE.decode(start === 0 ? bytes : bytes.subarray(start));
}

/** Bytes that {@link writeUtf8} will write. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80) continue;
    if (code < 0x800) length += 1;
    else if (code < 0xd800 || code > 0xdfff) length += 2;
    else if (isPair(text, index)) {
      // Two units become four bytes.
      length += 2;
      index++;
    }
  }
  return length;
}

/** Writes at `position`, where there is room for {@link utf8Length} bytes, and answers the position after the text. */
export function writeUtf8(text: string, bytes: Uint8Array, position: number): number {
  let at = position;
  for (let index = 0; index < text.length; index++) {
    let code = text.charCodeAt(index);
    if (code < 0x80) {
      bytes[at++] = code;
    } else if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 63);
    } else if (code < 0xd800 || code > 0xdfff) {
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 63);
      bytes[at++] = 0x80 | (code & 63);
    } else if (isPair(text, index)) {
      code = 0x10000 + ((code & 0x3ff) << 10) + (text.charCodeAt(++index) & 0x3ff);
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 63);
      bytes[at++] = 0x80 | ((code >> 6) & 63);
      bytes[at++] = 0x80 | (code & 63);
    } else {
      bytes[at++] = 0x3f;
    }
  }
  return at;
}

/** Whether the surrogate at `index` opens a pair. */
function isPair(text: string, index: number): boolean {
  const high = text.charCodeAt(index);
  const low = text.charCodeAt(index + 1);
  return high < 0xdc00 && low >= 0xdc00 && low <= 0xdfff;
}
