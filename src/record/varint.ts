/** Zig-zag variable-length integers, which only record bodies use. */

/** Of those that are read and written as numbers: the same in each direction. */
export const LARGEST_VARLONG = 2 ** 52;

export function sizeOfVarint(value: number): number {
  return sizeOfUnsigned(((value << 1) ^ (value >> 31)) >>> 0);
}

/** `value` lies within {@link LARGEST_VARLONG} either way. */
export function sizeOfVarlong(value: number): number {
  if (value === (value | 0)) return sizeOfVarint(value);
  let rest = zigZag(value);
  let size = 1;
  while (rest >= 0x80) {
    rest = Math.floor(rest / 0x80);
    size++;
  }
  return size;
}

/** Answers the position after what was written. */
export function writeVarint(bytes: Uint8Array, position: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest >= 0x80) {
    bytes[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[position++] = rest;
  return position;
}

export function writeVarlong(bytes: Uint8Array, position: number, value: number): number {
  if (value === (value | 0)) return writeVarint(bytes, position, value);
  let rest = zigZag(value);
  while (rest >= 0x80) {
    bytes[position++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[position++] = rest;
  return position;
}

/** Exact up to {@link LARGEST_VARLONG} either way, which is far beyond any difference of two timestamps. */
function zigZag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function sizeOfUnsigned(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

/** As {@link sizeOfVarlong}, of any 64-bit integer. */
export function sizeOfExactVarlong(value: bigint): number {
  let size = 1;
  for (let rest = exactZigZag(value); rest >= 0x80n; rest >>= 7n) size++;
  return size;
}

export function writeExactVarlong(bytes: Uint8Array, position: number, value: bigint): number {
  let rest = exactZigZag(value);
  for (; rest >= 0x80n; rest >>= 7n) bytes[position++] = Number(rest & 0x7fn) | 0x80;
  bytes[position++] = Number(rest);
  return position;
}

/** Of bytes that are known to be one. */
export function readExactVarlong(bytes: Uint8Array, position: number): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[position++]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
}

/** What does not fit wraps, as a long does. */
function exactZigZag(value: bigint): bigint {
  const long = BigInt.asIntN(64, value);
  return BigInt.asUintN(64, (long << 1n) ^ (long >> 63n));
}
