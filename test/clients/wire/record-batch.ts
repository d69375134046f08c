import { crc32c } from "@node-rs/crc32";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

export interface WireRecord {
  readonly key?: string | null;
  readonly value: string | Uint8Array | null;
}

export interface BatchOptions {
  readonly baseOffset?: number;
  readonly attributes?: number;
  readonly timestamp?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  /** What the header says; by default the truth. */
  readonly recordCount?: number;
  readonly lastOffsetDelta?: number;
  readonly offsetDelta?: (index: number) => number;
}

/** Where fields of the batch header are, for tests that spoil one. */
export const batchHeader = {
  batchLength: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  recordCount: 57,
  records: 61,
} as const;

/** A record batch of magic 2. */
export function recordBatch(records: readonly WireRecord[], options: BatchOptions = {}): Buffer {
  const timestamp = options.timestamp ?? Date.now();
  const body = new ByteWriter()
    .int16(options.attributes ?? 0)
    .int32(options.lastOffsetDelta ?? records.length - 1)
    .int64(timestamp)
    .int64(timestamp)
    .int64(options.producerId ?? -1)
    .int16(options.producerEpoch ?? -1)
    .int32(options.baseSequence ?? -1)
    .int32(options.recordCount ?? records.length);
  records.forEach((record, index) => {
    const encoded = encodeRecord(record, options.offsetDelta?.(index) ?? index);
    body.varint(encoded.length).raw(encoded);
  });
  return seal(body.finish(), options.baseOffset ?? 0);
}

/** Puts the length, the magic and the checksum in front of what comes after them. */
function seal(afterCrc: Buffer, baseOffset: number): Buffer {
  const head = new ByteWriter()
    .int64(baseOffset)
    .int32(afterCrc.length + 9)
    .int32(0)
    .int8(2);
  return Buffer.concat([head.raw(Buffer.alloc(4)).finish(), afterCrc]).fill(
    checksum(afterCrc),
    batchHeader.crc,
    batchHeader.attributes,
  );
}

/** Corrects the checksum of a batch after a test has changed what it covers. */
export function resealed(batch: Buffer): Buffer {
  return Buffer.from(batch).fill(
    checksum(batch.subarray(batchHeader.attributes)),
    batchHeader.crc,
    batchHeader.attributes,
  );
}

function checksum(bytes: Buffer): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(crc32c(bytes));
  return out;
}

function encodeRecord(record: WireRecord, offsetDelta: number): Buffer {
  const writer = new ByteWriter().int8(0).varint(0).varint(offsetDelta);
  for (const field of [record.key ?? null, record.value]) {
    if (field === null) writer.varint(-1);
    else {
      const bytes = typeof field === "string" ? Buffer.from(field) : field;
      writer.varint(bytes.length).raw(bytes);
    }
  }
  return writer.varint(0).finish();
}

export interface ReadRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** The records of uncompressed batches; a batch that is cut off at the end is left out. */
export function readRecords(bytes: Buffer): ReadRecord[] {
  const records: ReadRecord[] = [];
  for (let position = 0; position + 12 <= bytes.length; ) {
    const baseOffset = Number(bytes.readBigInt64BE(position));
    const end = position + 12 + bytes.readInt32BE(position + batchHeader.batchLength);
    if (end > bytes.length) break;
    const reader = new ByteReader(bytes.subarray(position + batchHeader.records, end));
    for (let left = bytes.readInt32BE(position + batchHeader.recordCount); left > 0; left--) {
      reader.varint();
      reader.int8();
      reader.varint();
      const offset = baseOffset + reader.varint();
      records.push({ offset, key: readField(reader), value: readField(reader) });
      for (let headers = reader.varint(); headers > 0; headers--) {
        readField(reader);
        readField(reader);
      }
    }
    position = end;
  }
  return records;
}

function readField(reader: ByteReader): string | null {
  const length = reader.varint();
  return length < 0 ? null : reader.take(length).toString();
}
