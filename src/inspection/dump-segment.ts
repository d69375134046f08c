import { compressionName } from "../record/compression/index.ts";
import { openRecords } from "../record/record.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { File } from "../runtime.ts";
import { BatchReader, describeProblem } from "./batch-reader.ts";
import type { BatchItem, Dump, RecordItem } from "./dump-item.ts";
import { decodeControlRecord, type RecordDecoder } from "./record-decoders.ts";
import type { InspectionRuntime } from "./segment-check.ts";
import { messageOf } from "./small-file-checks.ts";

export interface SegmentDumpOptions {
  readonly printRecords: boolean;
  /** Undefined: keys and values are bytes. */
  readonly decoder: RecordDecoder | undefined;
  /** Batches that end before it are left out. */
  readonly fromOffset: number;
  readonly maxBatches: number;
}

const BATCHES_PER_TURN = 64;

/** The batches of a `.log` or a metadata snapshot, each followed by its records. */
export function* dumpSegment(runtime: InspectionRuntime, file: File, options: SegmentDumpOptions): Dump {
  const reader = new BatchReader(file, runtime.checksums);
  let batches = 0;
  while (batches < options.maxBatches && reader.next()) {
    if (RecordBatch.lastOffset(reader.bytes, reader.index) < options.fromOffset) continue;
    const batch = batchItem(reader);
    yield batch;
    if (options.printRecords && batch.isValid) yield* dumpRecords(runtime, reader, options);
    if (++batches % BATCHES_PER_TURN === 0) yield undefined;
  }
  for (const _ of reader.named()) yield undefined;
  if (reader.problem !== undefined) {
    yield { type: "problem", position: reader.position, problem: describeProblem(reader) };
  }
}

function batchItem(reader: BatchReader): BatchItem {
  const { bytes, index, position, sizeInBytes } = reader;
  const compression = RecordBatch.compressionType(bytes, index);
  return {
    type: "batch",
    position,
    sizeBytes: sizeInBytes,
    baseOffset: RecordBatch.baseOffset(bytes, index),
    lastOffset: RecordBatch.lastOffset(bytes, index),
    recordCount: RecordBatch.recordCount(bytes, index),
    partitionLeaderEpoch: RecordBatch.partitionLeaderEpoch(bytes, index),
    compression: compressionName(compression) ?? String(compression),
    timestampType: RecordBatch.isLogAppendTime(bytes, index) ? "LogAppendTime" : "CreateTime",
    maxTimestamp: RecordBatch.maxTimestamp(bytes, index),
    producerId: RecordBatch.producerId(bytes, index),
    producerEpoch: RecordBatch.producerEpoch(bytes, index),
    baseSequence: RecordBatch.baseSequence(bytes, index),
    lastSequence: RecordBatch.lastSequence(bytes, index),
    isTransactional: RecordBatch.isTransactional(bytes, index),
    isControl: RecordBatch.isControlBatch(bytes, index),
    deleteHorizonMs: RecordBatch.hasDeleteHorizon(bytes, index) ? RecordBatch.baseTimestamp(bytes, index) : null,
    crc: RecordBatch.crc(bytes, index),
    isValid: reader.isChecksumRight(),
  };
}

function* dumpRecords(runtime: InspectionRuntime, reader: BatchReader, options: SegmentDumpOptions): Dump {
  const { bytes, index, position } = reader;
  if (!reader.isWhole) {
    yield {
      type: "problem",
      position,
      problem: `the batch has ${reader.sizeInBytes} bytes, too many to be looked into`,
    };
    return;
  }
  const decoder = RecordBatch.isControlBatch(bytes, index) ? decodeControlRecord : options.decoder;
  const baseSequence = RecordBatch.baseSequence(bytes, index);
  try {
    const records = openRecords(bytes, index, runtime.compression);
    while (records.next()) {
      const { offset, offsetDelta, timestamp } = records;
      const sequence =
        baseSequence === RecordBatch.NO_SEQUENCE
          ? RecordBatch.NO_SEQUENCE
          : RecordBatch.incrementSequence(baseSequence, offsetDelta);
      const plain = { offset, timestamp, sequence, key: records.key(), value: records.value() };
      if (offset < options.fromOffset) continue;
      yield { type: "record", ...plain, headers: records.headers(), ...decodedParts(plain, decoder) };
    }
    if (records.problem !== undefined) yield { type: "problem", position, problem: records.problem };
  } catch (error) {
    yield { type: "problem", position, problem: `the records can't be read: ${messageOf(error)}` };
  }
}

function decodedParts(
  { key, value }: Pick<RecordItem, "key" | "value">,
  decoder: RecordDecoder | undefined,
): Pick<RecordItem, "decoded" | "problem"> {
  try {
    return decoder === undefined ? {} : { decoded: decoder(key, value) };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
