import type { Compression } from "../runtime.ts";
import { decompress } from "./compression/index.ts";
import * as RecordBatch from "./record-batch.ts";
import { LARGEST_VARLONG, readExactVarlong } from "./varint.ts";

/** The bytes of a batch are not what its header says. */
export class CorruptRecordError extends Error {
  override readonly name = "CorruptRecordError";
}

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record as an object: for coordinators, the controller and command-line tools, never on the produce or fetch path. */
export interface DecodedRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** The largest result of decompressing one batch that a caller without a limit of its own accepts. */
const MAX_DECOMPRESSED_BATCH_BYTES = 512 * 1024 * 1024;

/**
 * Walks the records of one batch where they lie: `next()` moves to the next record and sets the fields, and no object is
 * made. It ends with `problem` undefined when the records are exactly what the header declares.
 */
export class RecordCursor {
  readonly bytes: Uint8Array;
  /** What is wrong with the records; set when `next()` answers false before its time. */
  problem: string | undefined = undefined;

  /** Where the record begins, with its size, and where it ends. */
  startPosition = 0;
  endPosition = 0;
  /** Where the part begins that says nothing of the time: offset delta, key, value and headers. */
  offsetDeltaPosition = 0;
  /** Of the record, behind its own size. */
  sizeBytes = 0;
  offsetDelta = -1;
  timestamp = RecordBatch.NO_TIMESTAMP;
  /** Of the time, from what the batch counts from; 0 where the broker has set the time. */
  timestampDelta = 0;
  keyPosition = 0;
  /** -1 when there is no key. */
  keySize = -1;
  valuePosition = 0;
  /** -1 for a tombstone. */
  valueSize = -1;
  headerCount = 0;
  headersPosition = 0;

  readonly #baseOffset: number;
  readonly #isLogAppendTime: boolean;
  readonly #timestampBase: number;
  readonly #header: Uint8Array;
  readonly #headerPosition: number;
  /** Where the records lie in {@link bytes}. */
  readonly start: number;
  readonly end: number;
  #left: number;
  #position: number;
  #limit = 0;

  /** `header` and `headerPosition` give the batch, `bytes` from `position` to `end` its records, no longer compressed. */
  constructor(header: Uint8Array, headerPosition: number, bytes: Uint8Array, position: number, end: number) {
    this.bytes = bytes;
    this.start = position;
    this.#position = position;
    this.end = end;
    this.#left = RecordBatch.recordCount(header, headerPosition);
    this.#baseOffset = RecordBatch.baseOffset(header, headerPosition);
    this.#header = header;
    this.#headerPosition = headerPosition;
    this.#isLogAppendTime = RecordBatch.isLogAppendTime(header, headerPosition);
    this.#timestampBase = this.#isLogAppendTime
      ? RecordBatch.maxTimestamp(header, headerPosition)
      : RecordBatch.baseTimestamp(header, headerPosition);
    if (this.#left < 0) this.problem = `The batch declares ${this.#left} records`;
  }

  /** The bytes of all the records, not compressed. */
  get records(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  get offset(): number {
    return this.#baseOffset + this.offsetDelta;
  }

  /** As {@link timestamp}: a bigint beyond 2^53, where a number is not exact. */
  get exactTimestamp(): number | bigint {
    const { timestamp, timestampDelta } = this;
    const isExact = Number.isSafeInteger(this.#timestampBase) && isExactVarlong(timestampDelta);
    if (isExact && Number.isSafeInteger(timestamp)) return timestamp;
    const base = RecordBatch.exactTimestampBase(this.#header, this.#headerPosition);
    const exact = BigInt.asIntN(64, base + this.exactTimestampDelta);
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }

  /** As {@link timestampDelta}, whatever a producer has put there. */
  get exactTimestampDelta(): bigint {
    if (isExactVarlong(this.timestampDelta)) return BigInt(this.timestampDelta);
    let position = this.startPosition;
    while (this.bytes[position]! >= 0x80) position++;
    // Behind the last byte of the size come the attributes.
    return readExactVarlong(this.bytes, position + 2);
  }

  next(): boolean {
    if (this.#left <= 0 || this.problem !== undefined) return this.#finish();
    this.#left--;
    this.#limit = this.end;
    this.startPosition = this.#position;
    const sizeBytes = this.#varint();
    const end = this.#position + sizeBytes;
    if (sizeBytes < 0 || end > this.end || this.problem !== undefined) {
      return this.#fail("A record is longer than what is left of the batch");
    }
    this.sizeBytes = sizeBytes;
    this.#limit = end;
    this.endPosition = end;
    this.#position++; // The attributes of a record, which have no meaning yet.
    const timestampDelta = this.#varlong();
    this.timestampDelta = this.#isLogAppendTime ? 0 : timestampDelta;
    this.timestamp = this.#timestampBase + this.timestampDelta;
    this.offsetDeltaPosition = this.#position;
    this.offsetDelta = this.#varint();
    this.keySize = this.#varint();
    this.keyPosition = this.#position;
    if (this.keySize > 0) this.#skip(this.keySize);
    this.valueSize = this.#varint();
    this.valuePosition = this.#position;
    if (this.valueSize > 0) this.#skip(this.valueSize);
    this.headerCount = this.#varint();
    this.headersPosition = this.#position;
    if (this.headerCount !== 0) this.#skipHeaders();
    if (this.#position !== end) return this.#fail("The fields of a record do not fill its size");
    return this.problem === undefined;
  }

  key(): Uint8Array | null {
    return this.keySize < 0 ? null : this.bytes.subarray(this.keyPosition, this.keyPosition + this.keySize);
  }

  value(): Uint8Array | null {
    return this.valueSize < 0 ? null : this.bytes.subarray(this.valuePosition, this.valuePosition + this.valueSize);
  }

  headers(): RecordHeader[] {
    if (this.headerCount === 0) return [];
    const resume = this.#position;
    const text = new TextDecoder();
    const headers: RecordHeader[] = [];
    this.#position = this.headersPosition;
    for (let index = 0; index < this.headerCount; index++) {
      const key = text.decode(this.#take(this.#varint()) ?? new Uint8Array(0));
      headers.push({ key, value: this.#take(this.#varint()) });
    }
    this.#position = resume;
    return headers;
  }

  #finish(): false {
    if (this.problem === undefined && this.#position !== this.end) {
      this.problem = "Bytes are left after the declared number of records";
    }
    return false;
  }

  #fail(problem: string): false {
    this.problem ??= problem;
    return false;
  }

  #take(size: number): Uint8Array | null {
    if (size < 0) return null;
    this.#position += size;
    return this.bytes.subarray(this.#position - size, this.#position);
  }

  #skip(size: number): void {
    this.#position += size;
    if (this.#position > this.#limit) this.#fail("A key, value or header is longer than its record");
  }

  #skipHeaders(): void {
    if (this.headerCount < 0 || this.headerCount > this.#limit - this.#position) {
      this.#fail(`A record declares ${this.headerCount} headers`);
    }
    for (let left = this.headerCount; left > 0 && this.problem === undefined; left--) {
      const keySize = this.#varint();
      if (keySize < 0) this.#fail("A record header has no key");
      this.#skip(keySize);
      const valueSize = this.#varint();
      if (valueSize > 0) this.#skip(valueSize);
    }
  }

  #varint(): number {
    const bytes = this.bytes;
    let position = this.#position;
    let byte = bytes[position++]!;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 28) {
        this.#fail("A variable-length integer is longer than 5 bytes");
        break;
      }
      byte = bytes[position++]!;
      value |= (byte & 0x7f) << shift;
    }
    this.#position = position;
    if (position > this.#limit) this.#fail("A record ends inside a variable-length integer");
    return (value >>> 1) ^ -(value & 1);
  }

  #varlong(): number {
    const bytes = this.bytes;
    const start = this.#position;
    if (bytes[start]! < 0x80 || bytes[start + 1]! < 0x80 || bytes[start + 2]! < 0x80 || bytes[start + 3]! < 0x80) {
      return this.#varint();
    }
    let position = start;
    let scale = 1;
    let value = 0;
    let byte: number;
    do {
      if (position - start === 10) {
        this.#fail("A variable-length integer is longer than 10 bytes");
        break;
      }
      byte = bytes[position++]!;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    this.#position = position;
    if (position > this.#limit) this.#fail("A record ends inside a variable-length integer");
    return (bytes[start]! & 1) === 0 ? value / 2 : -(value + 1) / 2;
  }
}

function isExactVarlong(value: number): boolean {
  return value >= -LARGEST_VARLONG && value <= LARGEST_VARLONG;
}

/**
 * A cursor over the records of the batch at `position`, decompressed when it needs to be; throws when that fails, and a
 * RangeError when they would take more than `maxBytes`.
 */
export function openRecords(
  bytes: Uint8Array,
  position: number,
  codecs: Compression,
  maxBytes = MAX_DECOMPRESSED_BATCH_BYTES,
): RecordCursor {
  const start = position + RecordBatch.RECORD_BATCH_OVERHEAD;
  const end = position + RecordBatch.sizeInBytes(bytes, position);
  const type = RecordBatch.compressionType(bytes, position);
  // The cleaner may leave a batch without records, to keep a producer's last sequence number.
  if (RecordBatch.recordCount(bytes, position) === 0) return new RecordCursor(bytes, position, bytes, start, start);
  if (type === 0) return new RecordCursor(bytes, position, bytes, start, end);
  const records = decompress(type, bytes.subarray(start, end), maxBytes, codecs);
  return new RecordCursor(bytes, position, records, 0, records.length);
}

/** The records of the batch at `position`, in order. Keys and values are views of the bytes when nothing is compressed. */
export function decodeRecords(bytes: Uint8Array, position: number, codecs: Compression): DecodedRecord[] {
  const cursor = openRecords(bytes, position, codecs);
  const records: DecodedRecord[] = [];
  while (cursor.next()) {
    records.push({
      offset: cursor.offset,
      timestamp: cursor.timestamp,
      key: cursor.key(),
      value: cursor.value(),
      headers: cursor.headers(),
    });
  }
  if (cursor.problem !== undefined) throw new CorruptRecordError(cursor.problem);
  return records;
}
