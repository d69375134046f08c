import type { Checksums, Compression } from "../runtime.ts";
import { type CompressionName, CompressionType, compress } from "./compression/index.ts";
import * as RecordBatch from "./record-batch.ts";
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from "./varint.ts";

export interface RecordInput {
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[];
}

export interface BatchInput {
  /** At least one record; offsets count up from `baseOffset`. */
  readonly records: readonly RecordInput[];
  readonly baseOffset?: number;
  readonly leaderEpoch?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly transactional?: boolean;
  readonly control?: boolean;
  readonly compression?: CompressionName;
  readonly compressionLevel?: number;
}

export interface BuilderRuntime {
  readonly checksums: Checksums;
  readonly compression: Compression;
}

/** A whole batch of magic 2, ready to be appended or sent. */
export function buildBatch(input: BatchInput, runtime: BuilderRuntime): Uint8Array {
  const { records } = input;
  const type = CompressionType[input.compression ?? "none"];
  const body = encodeRecords(records);
  const size = RecordBatch.RECORD_BATCH_OVERHEAD;
  // Uncompressed records are written behind the space of the header at once; compressed ones are copied there.
  const batch =
    type === CompressionType.none
      ? body
      : withHeaderSpace(compress(type, body.subarray(size), runtime.compression, input.compressionLevel));
  RecordBatch.writeHeader(batch, 0, {
    baseOffset: input.baseOffset ?? 0,
    sizeInBytes: batch.length,
    partitionLeaderEpoch: input.leaderEpoch ?? RecordBatch.NO_PARTITION_LEADER_EPOCH,
    attributes: RecordBatch.attributeBits({
      compressionType: type,
      transactional: input.transactional,
      control: input.control,
    }),
    lastOffsetDelta: records.length - 1,
    baseTimestamp: records[0]?.timestamp ?? RecordBatch.NO_TIMESTAMP,
    maxTimestamp: records.reduce((max, record) => Math.max(max, record.timestamp), RecordBatch.NO_TIMESTAMP),
    producerId: input.producerId ?? RecordBatch.NO_PRODUCER_ID,
    producerEpoch: input.producerEpoch ?? RecordBatch.NO_PRODUCER_EPOCH,
    baseSequence: input.baseSequence ?? RecordBatch.NO_SEQUENCE,
    recordCount: records.length,
  });
  RecordBatch.writeChecksum(batch, 0, runtime.checksums);
  return batch;
}

/** The same batch with its records in another codec; the records themselves are not touched. */
export function recompressBatch(
  bytes: Uint8Array,
  position: number,
  records: Uint8Array,
  target: CompressionName,
  level: number | undefined,
  runtime: BuilderRuntime,
): Uint8Array {
  const type = CompressionType[target];
  const batch = withHeaderSpace(compress(type, records, runtime.compression, level));
  // As bytes: a producer's numbers may take all 64 bits.
  batch.set(bytes.subarray(position, position + RecordBatch.RECORD_BATCH_OVERHEAD));
  RecordBatch.setSizeInBytes(batch, 0, batch.length);
  RecordBatch.setAttributes(batch, 0, RecordBatch.withCompressionType(RecordBatch.attributes(batch, 0), type));
  RecordBatch.writeChecksum(batch, 0, runtime.checksums);
  return batch;
}

function withHeaderSpace(records: Uint8Array): Uint8Array {
  const batch = new Uint8Array(RecordBatch.RECORD_BATCH_OVERHEAD + records.length);
  batch.set(records, RecordBatch.RECORD_BATCH_OVERHEAD);
  return batch;
}

/** The records, behind as many free bytes as a header takes. */
function encodeRecords(records: readonly RecordInput[]): Uint8Array {
  const text = new TextEncoder();
  const baseTimestamp = records[0]?.timestamp ?? 0;
  const bodySizes: number[] = [];
  const headerKeys: Uint8Array[] = [];
  let total = RecordBatch.RECORD_BATCH_OVERHEAD;
  records.forEach((record, index) => {
    let size = 1 + sizeOfVarlong(record.timestamp - baseTimestamp) + sizeOfVarint(index);
    size += sizeOfBytes(record.key) + sizeOfBytes(record.value) + sizeOfVarint(record.headers?.length ?? 0);
    for (const header of record.headers ?? []) {
      const key = text.encode(header.key);
      headerKeys.push(key);
      size += sizeOfBytes(key) + sizeOfBytes(header.value);
    }
    bodySizes.push(size);
    total += sizeOfVarint(size) + size;
  });
  const target = new Uint8Array(total);
  let position = RecordBatch.RECORD_BATCH_OVERHEAD;
  let headerIndex = 0;
  records.forEach((record, index) => {
    position = writeVarint(target, position, bodySizes[index]!);
    position++; // attributes
    position = writeVarlong(target, position, record.timestamp - baseTimestamp);
    position = writeVarint(target, position, index);
    position = writeBytes(target, position, record.key);
    position = writeBytes(target, position, record.value);
    position = writeVarint(target, position, record.headers?.length ?? 0);
    for (const header of record.headers ?? []) {
      position = writeBytes(target, position, headerKeys[headerIndex++]!);
      position = writeBytes(target, position, header.value);
    }
  });
  return target;
}

function sizeOfBytes(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length;
}

function writeBytes(target: Uint8Array, position: number, bytes: Uint8Array | null): number {
  if (bytes === null) return writeVarint(target, position, -1);
  position = writeVarint(target, position, bytes.length);
  target.set(bytes, position);
  return position + bytes.length;
}
