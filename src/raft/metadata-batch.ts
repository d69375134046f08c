import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from "../protocol/metadata-records/index.ts";
import { type BuilderRuntime, buildBatch } from "../record/batch-builder.ts";
import { decodeRecords } from "../record/record.ts";
import * as RecordBatch from "../record/record-batch.ts";
import { type ControlRecord, decodeControlRecord, encodeControlRecord } from "./control-record.ts";

/** A batch of the metadata log, decoded: either control records or metadata records. */
export interface MetadataBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly epoch: number;
  readonly appendTimestampMs: number;
  readonly sizeBytes: number;
  readonly records: readonly MetadataRecord[];
  readonly control: readonly ControlRecord[];
}

export interface BatchPlace {
  readonly baseOffset: number;
  readonly epoch: number;
  readonly timestampMs: number;
}

export function encodeMetadataBatch(
  records: readonly MetadataRecord[],
  { baseOffset, epoch, timestampMs }: BatchPlace,
  runtime: BuilderRuntime,
): Uint8Array {
  const encoded = records.map((record) => ({ timestamp: timestampMs, key: null, value: encodeMetadataRecord(record) }));
  return buildBatch({ baseOffset, leaderEpoch: epoch, records: encoded }, runtime);
}

export function encodeControlBatch(
  records: readonly ControlRecord[],
  { baseOffset, epoch, timestampMs }: BatchPlace,
  runtime: BuilderRuntime,
): Uint8Array {
  const encoded = records.map((record) => ({ timestamp: timestampMs, ...encodeControlRecord(record) }));
  return buildBatch({ baseOffset, leaderEpoch: epoch, control: true, records: encoded }, runtime);
}

/** All whole batches in `bytes`. Throws on one that is damaged, and on a record of a type or version that is not known. */
export function* decodeMetadataBatches(bytes: Uint8Array, runtime: BuilderRuntime): Generator<MetadataBatch> {
  for (const position of RecordBatch.batchPositions(bytes)) {
    const problem = RecordBatch.findProblem(bytes, position, runtime.checksums);
    const baseOffset = RecordBatch.baseOffset(bytes, position);
    if (problem !== undefined) throw new Error(`The metadata batch at offset ${baseOffset} is damaged: ${problem}`);
    const decoded = decodeRecords(bytes, position, runtime.compression);
    const isControl = RecordBatch.isControlBatch(bytes, position);
    yield {
      baseOffset,
      lastOffset: RecordBatch.lastOffset(bytes, position),
      epoch: RecordBatch.partitionLeaderEpoch(bytes, position),
      appendTimestampMs: RecordBatch.maxTimestamp(bytes, position),
      sizeBytes: RecordBatch.sizeInBytes(bytes, position),
      records: isControl ? [] : decoded.map((record) => decodeMetadataRecord(record.value ?? new Uint8Array(0))),
      control: isControl ? decoded.flatMap((record) => decodeControlRecord(record.key, record.value) ?? []) : [],
    };
  }
}
