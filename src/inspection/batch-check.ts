import { compressionName } from "../record/compression/index.ts";
import { controlRecordType } from "../record/control-record.ts";
import { openRecords, type RecordCursor } from "../record/record.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { Compression } from "../runtime.ts";

/** What is wrong with the inside of a whole batch whose checksum is right; undefined when nothing is. */
export function findContentProblem(bytes: Uint8Array, position: number, codecs: Compression): string | undefined {
  const lastOffsetDelta = RecordBatch.lastOffsetDelta(bytes, position);
  const count = RecordBatch.recordCount(bytes, position);
  if (lastOffsetDelta < 0) return `the batch has the last offset delta ${lastOffsetDelta}`;
  // Compaction takes records out and keeps the offsets.
  if (count < 0 || count > lastOffsetDelta + 1) {
    return `the batch declares ${count} records and the last offset delta ${lastOffsetDelta}`;
  }
  if (count === 0 && RecordBatch.sizeInBytes(bytes, position) > RecordBatch.RECORD_BATCH_OVERHEAD) {
    return "the batch declares no records, and has some bytes of them";
  }
  const type = RecordBatch.compressionType(bytes, position);
  if (compressionName(type) === undefined) return `there is no compression type ${type}`;
  let records: RecordCursor;
  try {
    records = openRecords(bytes, position, codecs);
  } catch (error) {
    return `the ${compressionName(type)} data can't be decompressed: ${error instanceof Error ? error.message : error}`;
  }
  return walk(records, bytes, position);
}

function walk(records: RecordCursor, bytes: Uint8Array, position: number): string | undefined {
  const lastOffsetDelta = RecordBatch.lastOffsetDelta(bytes, position);
  const isControl = RecordBatch.isControlBatch(bytes, position);
  let previousDelta = -1;
  let maxTimestamp = RecordBatch.NO_TIMESTAMP;
  let count = 0;
  while (records.next()) {
    const { offsetDelta } = records;
    if (offsetDelta <= previousDelta || offsetDelta > lastOffsetDelta) {
      return `record ${count} has the offset delta ${offsetDelta} after ${previousDelta}, the last one is to be ${lastOffsetDelta}`;
    }
    if (isControl && controlRecordType(records.key()) === undefined) return "a control record has no type in its key";
    previousDelta = offsetDelta;
    maxTimestamp = Math.max(maxTimestamp, records.timestamp);
    count++;
  }
  if (records.problem !== undefined) return lowerFirst(records.problem);
  const declared = RecordBatch.maxTimestamp(bytes, position);
  if (count > 0 && maxTimestamp !== declared) {
    return `the batch declares the largest timestamp ${declared}, its records have ${maxTimestamp}`;
  }
  return undefined;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
