import { CorruptRecordError, openRecords } from "../record/record.ts";
import * as RecordBatch from "../record/record-batch.ts";
import { tooLargeRecord } from "../record/record-validation.ts";
import type { Compression } from "../runtime.ts";
import type { TimestampAndOffset } from "./log-read-info.ts";
import type { LogSegments } from "./log-segments.ts";
import type { Segment } from "./segment.ts";

/** What is looked for in a batch: the first record at or after an offset with at least this timestamp. */
export interface BatchSearch {
  readonly timestampMs: number | bigint;
  readonly startOffset: number;
  /** `max.decompressed.message.bytes` */
  readonly maxRecordBytes: number;
}

/** A batch, and the largest timestamp in it. */
export interface LatestBatch {
  readonly batch: Uint8Array;
  readonly timestampMs: number | bigint;
}

/** Beyond 2^53, times that are no further apart may be the same number. */
const ROUNDED_BY_MS = 1_024;

/** The first batch at or behind `startOffset` that says it has a timestamp so large; in it there may be no such record. */
export function findBatchByTimestamp(
  segments: LogSegments,
  timestampMs: number,
  startOffset: number,
): Uint8Array | undefined {
  for (const segment of segments.from(startOffset)) {
    if (segment.maxTimestamp.timestamp < timestampMs) continue;
    const found = searchSegment(segment, timestampMs, startOffset);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first batch with the largest timestamp of all, and that; undefined when no record has any. */
export function findBatchOfMaxTimestamp(segments: LogSegments): LatestBatch | undefined {
  let latest = segments.first;
  for (const segment of segments.all) {
    if (segment.maxTimestamp.timestamp > latest.maxTimestamp.timestamp) latest = segment;
  }
  const { timestamp, offset } = latest.maxTimestamp;
  if (timestamp === RecordBatch.NO_TIMESTAMP) return undefined;
  const scanner = latest.scan(latest.offsetIndex.lookup(offset).position);
  for (let found = scanner !== undefined; found; found = scanner!.next()) {
    if (scanner!.maxTimestamp !== timestamp) continue;
    const batch = scanner!.readBatch();
    return {
      batch,
      timestampMs: Number.isSafeInteger(timestamp) ? timestamp : RecordBatch.exactMaxTimestamp(batch, 0),
    };
  }
  return undefined;
}

/** Throws a {@link CorruptRecordError}, or what a codec throws, when the records cannot be read. */
export function searchBatch(
  batch: Uint8Array,
  { timestampMs, startOffset, maxRecordBytes }: BatchSearch,
  codecs: Compression,
  maxDecompressedBytes?: number,
): TimestampAndOffset | undefined {
  const cursor = openRecords(batch, 0, codecs, maxDecompressedBytes);
  const isCompressed = RecordBatch.compressionType(batch, 0) !== 0;
  while (cursor.next()) {
    if (isCompressed && cursor.sizeBytes > maxRecordBytes) {
      throw new CorruptRecordError(tooLargeRecord(cursor.sizeBytes, maxRecordBytes));
    }
    const { exactTimestamp: timestamp, offset } = cursor;
    if (timestamp < timestampMs || offset < startOffset) continue;
    return { timestamp, offset, leaderEpoch: RecordBatch.partitionLeaderEpoch(batch, 0) };
  }
  if (cursor.problem !== undefined) throw new CorruptRecordError(cursor.problem);
  return undefined;
}

function searchSegment(segment: Segment, timestampMs: number, startOffset: number): Uint8Array | undefined {
  // All batches before the indexed one have smaller timestamps.
  const indexed = segment.timeIndex.lookup(
    Number.isSafeInteger(timestampMs) ? timestampMs : timestampMs - ROUNDED_BY_MS,
  );
  const scanner = segment.scan(segment.offsetIndex.lookup(Math.max(indexed.offset, startOffset)).position);
  for (let found = scanner !== undefined; found; found = scanner!.next()) {
    if (scanner!.maxTimestamp < timestampMs || scanner!.lastOffset < startOffset) continue;
    // Of compacted logs many are left as headers, which tell the times of records that are gone.
    if (scanner!.recordCount > 0) return scanner!.readBatch();
  }
  return undefined;
}
