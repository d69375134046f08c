/** Fixed-width integers as Kafka's files store them. Int64 is a plain number here: offsets and nearly all times stay below 2^53. */

const INT64_END = 2 ** 63;

export function readInt16(bytes: Uint8Array, position: number): number {
  return ((bytes[position]! << 24) | (bytes[position + 1]! << 16)) >> 16;
}

export function readInt32(bytes: Uint8Array, position: number): number {
  return (bytes[position]! << 24) | (bytes[position + 1]! << 16) | (bytes[position + 2]! << 8) | bytes[position + 3]!;
}

export function readUint32(bytes: Uint8Array, position: number): number {
  return readInt32(bytes, position) >>> 0;
}

/** Exact up to 2^53 either way; beyond it the nearest double, which still compares as out of any range. */
export function readInt64(bytes: Uint8Array, position: number): number {
  return readInt32(bytes, position) * 0x1_0000_0000 + readUint32(bytes, position + 4);
}

export function writeInt16(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value >> 8;
  bytes[position + 1] = value;
}

export function writeInt32(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value >> 24;
  bytes[position + 1] = value >> 16;
  bytes[position + 2] = value >> 8;
  bytes[position + 3] = value;
}

/** Of 2^63, to which the largest int64 is rounded as a number, that one. */
export function writeInt64(bytes: Uint8Array, position: number, value: number): void {
  const isLargest = value >= INT64_END;
  writeInt32(bytes, position, isLargest ? 0x7fff_ffff : Math.floor(value / 0x1_0000_0000) | 0);
  writeInt32(bytes, position + 4, isLargest ? -1 : (value % 0x1_0000_0000) | 0);
}

/** Exact, whatever it is. */
export function readBigInt64(bytes: Uint8Array, position: number): bigint {
  return (BigInt(readInt32(bytes, position)) << 32n) | BigInt(readUint32(bytes, position + 4));
}

export function writeBigInt64(bytes: Uint8Array, position: number, value: bigint): void {
  writeInt32(bytes, position, Number(BigInt.asIntN(32, value >> 32n)));
  writeInt32(bytes, position + 4, Number(BigInt.asIntN(32, value)));
}
