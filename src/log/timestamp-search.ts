import { openRecords } from "../record/record.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { Compression } from "../runtime.ts";
import type { TimestampAndOffset } from "./log-read-info.ts";
import type { LogSegments } from "./log-segments.ts";
import type { Segment } from "./segment.ts";

/** The first record at or after `startOffset` whose timestamp is at least `timestampMs`. */
export function findOffsetByTimestamp(
  segments: LogSegments,
  timestampMs: number,
  startOffset: number,
  codecs: Compression,
): TimestampAndOffset | undefined {
  for (const segment of segments.from(startOffset)) {
    if (segment.maxTimestamp.timestamp < timestampMs) continue;
    const found = searchSegment(segment, timestampMs, startOffset, codecs);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The record with the largest timestamp, the first if several have it; undefined when no record has any. */
export function findMaxTimestamp(segments: LogSegments, codecs: Compression): TimestampAndOffset | undefined {
  let latest = segments.first;
  for (const segment of segments.all) {
    if (segment.maxTimestamp.timestamp > latest.maxTimestamp.timestamp) latest = segment;
  }
  const { timestamp, offset } = latest.maxTimestamp;
  if (timestamp === RecordBatch.NO_TIMESTAMP) return undefined;
  const scanner = latest.scan(latest.offsetIndex.lookup(offset).position);
  for (let found = scanner !== undefined; found; found = scanner!.next()) {
    if (scanner!.maxTimestamp !== timestamp) continue;
    return searchBatch(scanner!.readBatch(), timestamp, 0, codecs);
  }
  return undefined;
}

function searchSegment(
  segment: Segment,
  timestampMs: number,
  startOffset: number,
  codecs: Compression,
): TimestampAndOffset | undefined {
  // All batches before the indexed one have smaller timestamps.
  const indexed = segment.timeIndex.lookup(timestampMs);
  const scanner = segment.scan(segment.offsetIndex.lookup(Math.max(indexed.offset, startOffset)).position);
  for (let found = scanner !== undefined; found; found = scanner!.next()) {
    if (scanner!.maxTimestamp < timestampMs) continue;
    const record = searchBatch(scanner!.readBatch(), timestampMs, startOffset, codecs);
    if (record !== undefined) return record;
  }
  return undefined;
}

function searchBatch(
  batch: Uint8Array,
  timestampMs: number,
  startOffset: number,
  codecs: Compression,
): TimestampAndOffset | undefined {
  const cursor = openRecords(batch, 0, codecs, undefined);
  while (cursor.next()) {
    if (cursor.timestamp < timestampMs || cursor.offset < startOffset) continue;
    const { timestamp, offset } = cursor;
    return { timestamp, offset, leaderEpoch: RecordBatch.partitionLeaderEpoch(batch, 0) };
  }
  return undefined;
}
