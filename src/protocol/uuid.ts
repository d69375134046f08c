/**
 * A 16-byte identifier in Kafka's text form: URL-safe base64 without padding, always 22 characters. Text compares and
 * hashes as fast as anything a JavaScript engine has, so it is the form used everywhere above the wire.
 */
export type Uuid = string;

export const ZERO_UUID: Uuid = "AAAAAAAAAAAAAAAAAAAAAA";

/** The fixed topic id of `__cluster_metadata`. */
export const METADATA_TOPIC_ID: Uuid = "AAAAAAAAAAAAAAAAAAAAAQ";

export const UUID_BYTES = 16;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const TEXT_LENGTH = 22;

/** Character code of each of the 64 digits. */
const DIGITS = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));

/** Digit of each character code below 128; 255 for a character outside of the alphabet. */
const VALUES = new Uint8Array(128).fill(255);
for (let value = 0; value < 64; value++) VALUES[DIGITS[value]!] = value;

/** Reads 16 bytes at `position`. */
export function readUuid(bytes: Uint8Array, position: number): Uuid {
  let text = "";
  for (let group = 0; group < 15; group += 3) {
    const at = position + group;
    const bits = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    text += String.fromCharCode(
      DIGITS[bits >> 18]!,
      DIGITS[(bits >> 12) & 63]!,
      DIGITS[(bits >> 6) & 63]!,
      DIGITS[bits & 63]!,
    );
  }
  const last = bytes[position + 15]!;
  return text + String.fromCharCode(DIGITS[last >> 2]!, DIGITS[(last & 3) << 4]!);
}

/** Writes 16 bytes at `position`; false when `text` is no uuid. */
export function writeUuid(text: Uuid, bytes: Uint8Array, position: number): boolean {
  if (text.length !== TEXT_LENGTH) return false;
  let invalid = 0;
  for (let group = 0; group < 5; group++) {
    const at = group * 4;
    const a = digit(text, at);
    const b = digit(text, at + 1);
    const c = digit(text, at + 2);
    const d = digit(text, at + 3);
    invalid |= a | b | c | d;
    const to = position + group * 3;
    bytes[to] = (a << 2) | (b >> 4);
    bytes[to + 1] = (b << 4) | (c >> 2);
    bytes[to + 2] = (c << 6) | d;
  }
  const a = digit(text, 20);
  const b = digit(text, 21);
  bytes[position + 15] = (a << 2) | (b >> 4);
  // The last digit carries two bits only; four spare bits that are set would be lost without a word.
  return (invalid | a | b) < 64 && (b & 15) === 0;
}

export function uuidFromBytes(bytes: Uint8Array): Uuid {
  if (bytes.length !== UUID_BYTES) throw new RangeError(`A uuid has ${UUID_BYTES} bytes, not ${bytes.length}`);
  return readUuid(bytes, 0);
}

export function isUuid(text: string): boolean {
  return writeUuid(text, new Uint8Array(UUID_BYTES), 0);
}

/**
 * A uuid for new topics, directories and incarnations, from 16 unpredictable bytes: version 4 as in RFC 9562, and so none
 * of the reserved ones. Undefined when the text would start with "-", which command lines take for an option: ask again,
 * with other bytes.
 */
export function randomUuid(random: Uint8Array): Uuid | undefined {
  const bytes = random.slice(0, UUID_BYTES);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const uuid = uuidFromBytes(bytes);
  return uuid.startsWith("-") ? undefined : uuid;
}

function digit(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code < 128 ? VALUES[code]! : 255;
}
