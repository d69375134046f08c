/**
 * UTF-8 with Java's answers to ill-formed text, so that a name read here and by Apache Kafka is the same name: a lone
 * surrogate is written as "?", and an encoded surrogate is read as one U+FFFD (the WHATWG decoder gives one per byte).
 */

/** Up to here, ASCII is read faster by hand than by the native decoder, on all engines. */
const SHORT_BYTES = 24;

const NATIVE = new TextDecoder("utf-8", { ignoreBOM: true });

export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT_BYTES) return readAnyUtf8(bytes.subarray(start, end));
  return readShortAscii(bytes, start, end) ?? readAnyUtf8(bytes.subarray(start, end));
}

/** Eight and four characters at a time: a string put together from single ones would occupy a rope of many pieces. */
function readShortAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  let at = start;
  let all = 0;
  for (; at + 8 <= end; at += 8) {
    const a = bytes[at]!;
    const b = bytes[at + 1]!;
    const c = bytes[at + 2]!;
    const d = bytes[at + 3]!;
    const e = bytes[at + 4]!;
    const f = bytes[at + 5]!;
    const g = bytes[at + 6]!;
    const h = bytes[at + 7]!;
    all |= a | b | c | d | e | f | g | h;
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
  }
  if (at + 4 <= end) {
    const a = bytes[at]!;
    const b = bytes[at + 1]!;
    const c = bytes[at + 2]!;
    const d = bytes[at + 3]!;
    all |= a | b | c | d;
    text += String.fromCharCode(a, b, c, d);
    at += 4;
  }
  for (; at < end; at++) {
    all |= bytes[at]!;
    text += String.fromCharCode(bytes[at]!);
  }
  return all < 0x80 ? text : undefined;
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
