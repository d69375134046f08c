import { NO_TIMESTAMP } from "./record-batch.ts";

/** The records of a batch of CreateTime, without compression, and what is asked of them. */
export interface WalkedRecords {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly count: number;
  readonly baseTimestamp: number;
  readonly maxRecordBytes: number;
  readonly needsKeys: boolean;
  /** For records that have a timestamp. */
  readonly earliestTimestamp: number;
  readonly latestTimestamp: number;
}

/**
 * The largest timestamp when everything is as it should be: whole records one behind the other up to the end, offsets that
 * count up from 0, keys and timestamps as asked, every number in as few bytes as it needs. Undefined when anything is not:
 * a RecordCursor finds out what, and whether it matters.
 *
 * This is done for every record that a producer sends: it takes a third of a cursor's time. What lies behind the records
 * may be looked at, but then their end is missed, and that is all.
 */
export function walkRecords(records: WalkedRecords): number | undefined {
  const { bytes, end, count, baseTimestamp } = records;
  const { maxRecordBytes, needsKeys, earliestTimestamp, latestTimestamp } = records;
  let maxTimestamp = NO_TIMESTAMP;
  let position = records.start;
  for (let index = 0; index < count; index++) {
    const size = varint(bytes, position);
    position += sizeOfVarint(size);
    const recordEnd = position + (size >>> 1);
    if ((size & 1) !== 0 || size >>> 1 > maxRecordBytes || !(recordEnd <= end)) return undefined;
    position++; // attributes, which have no meaning yet

    const delta = bytes[position]!;
    let timestamp: number;
    if (delta < 0x80) {
      timestamp = baseTimestamp + ((delta >>> 1) ^ -(delta & 1));
      position++;
    } else {
      const bytesOfDelta = longVarlongBytes(bytes, position);
      timestamp = baseTimestamp + longVarlong(bytes, position, bytesOfDelta);
      position += bytesOfDelta;
    }
    if (!(timestamp >= earliestTimestamp && timestamp <= latestTimestamp) && timestamp !== NO_TIMESTAMP)
      return undefined;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;

    const offsetDelta = varint(bytes, position);
    if (offsetDelta !== index * 2) return undefined;
    position += sizeOfVarint(offsetDelta);

    // Odd sizes are negative: there is no key, or no value.
    const keySize = varint(bytes, position);
    position += sizeOfVarint(keySize);
    if ((keySize & 1) === 0) position += keySize >>> 1;
    else if (needsKeys) return undefined;
    const valueSize = varint(bytes, position);
    position += sizeOfVarint(valueSize);
    if ((valueSize & 1) === 0) position += valueSize >>> 1;

    if (bytes[position] === 0) position++;
    else position = headersEnd(bytes, position, recordEnd);
    if (position !== recordEnd) return undefined;
  }
  return position === end ? maxTimestamp : undefined;
}

/** NaN when there is something wrong with them. */
function headersEnd(bytes: Uint8Array, start: number, end: number): number {
  const count = varint(bytes, start);
  if ((count & 1) !== 0) return Number.NaN;
  let position = start + sizeOfVarint(count);
  for (let left = count >>> 1; left > 0; left--) {
    const keySize = varint(bytes, position);
    position += sizeOfVarint(keySize);
    if ((keySize & 1) !== 0) return Number.NaN;
    position += keySize >>> 1;
    const valueSize = varint(bytes, position);
    position += sizeOfVarint(valueSize);
    if ((valueSize & 1) === 0) position += valueSize >>> 1;
    if (!(position <= end)) return Number.NaN;
  }
  return position;
}

/** Zigzag as it stands there. NaN when it takes more bytes than it needs, or than five. */
function varint(bytes: Uint8Array, position: number): number {
  const first = bytes[position]!;
  if (first < 0x80) return first;
  const second = bytes[position + 1]!;
  if (second < 0x80 && second > 0) return (first & 0x7f) | (second << 7);
  return longVarint(bytes, position);
}

function longVarint(bytes: Uint8Array, start: number): number {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[start + index]!;
    value |= (byte & 0x7f) << (7 * index);
    if (byte < 0x80) return byte === 0 ? Number.NaN : value >>> 0;
  }
  return Number.NaN;
}

function sizeOfVarint(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : sizeOfLongVarint(value);
}

function sizeOfLongVarint(value: number): number {
  return value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : value <= 0xffff_ffff ? 5 : Number.NaN;
}

/** NaN when there are more than ten, or no end. */
function longVarlongBytes(bytes: Uint8Array, start: number): number {
  for (let index = 0; index < 10; index++) if (bytes[start + index]! < 0x80) return index + 1;
  return Number.NaN;
}

/** As a number, which is exact below 2^53. */
function longVarlong(bytes: Uint8Array, start: number, byteCount: number): number {
  let value = 0;
  for (let index = byteCount - 1; index >= 0; index--) value = value * 0x80 + (bytes[start + index]! & 0x7f);
  return (bytes[start]! & 1) === 0 ? value / 2 : -(value + 1) / 2;
}
