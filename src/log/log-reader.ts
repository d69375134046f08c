import { ErrorCode } from "../protocol/error-codes.ts";
import type { LogReadInfo } from "./log-read-info.ts";
import type { LogSegments } from "./log-segments.ts";
import type { Segment } from "./segment.ts";
import type { AbortedTransaction } from "./transaction-index.ts";

export interface ReadRange {
  readonly startOffset: number;
  /** Batches at or above it are not shown. */
  readonly upToOffset: number;
  readonly maxBytes: number;
  readonly minOneMessage: boolean;
}

/** The batches from the one that holds `startOffset` on, as a range of one segment's file; none of them is read. */
export function readSegments(segments: LogSegments, logEndOffset: number, range: ReadRange): LogReadInfo {
  const { startOffset, upToOffset, maxBytes, minOneMessage } = range;
  for (let index = Math.max(0, segments.floorIndex(startOffset)); index < segments.all.length; index++) {
    const segment = segments.all[index]!;
    const first = segment.locate(startOffset);
    // The cleaner may have taken what was left of this segment.
    if (first === undefined) continue;
    const { position } = first;
    const endOffset = segments.all[index + 1]?.baseOffset ?? logEndOffset;
    const wanted = minOneMessage ? Math.max(maxBytes, first.sizeInBytes) : maxBytes;
    const length = Math.min(endPosition(segment, endOffset, upToOffset) - position, wanted);
    const records = length > 0 ? { file: segment.file, position, length } : null;
    const firstEntryIncomplete = wanted < first.sizeInBytes;
    return {
      errorCode: ErrorCode.NONE,
      records,
      firstEntryIncomplete,
      segmentBaseOffset: segment.baseOffset,
      position,
    };
  }
  return emptyRead(ErrorCode.NONE);
}

/** The aborted transactions that have records in what was read from `startOffset` on: a reader of committed ones skips them. */
export function findAbortedTransactions(
  segments: LogSegments,
  logEndOffset: number,
  startOffset: number,
  { records, segmentBaseOffset }: LogReadInfo,
): readonly AbortedTransaction[] {
  if (records === null) return [];
  const found: AbortedTransaction[] = [];
  const first = segments.floorIndex(segmentBaseOffset);
  let upperBound: number | undefined;
  for (let index = first; index < segments.all.length; index++) {
    const segment = segments.all[index]!;
    if (segment.transactionIndex.entries === 0) continue;
    upperBound ??=
      segments.all[first]!.offsetIndex.upperBoundOffset(records.position + records.length) ??
      segments.all[first + 1]?.baseOffset ??
      logEndOffset;
    const { transactions, isComplete } = segment.abortedTransactions(startOffset, upperBound);
    for (const transaction of transactions) found.push(transaction);
    if (isComplete) break;
  }
  return found;
}

export function emptyRead(errorCode: number): LogReadInfo {
  return { errorCode, records: null, firstEntryIncomplete: false, segmentBaseOffset: -1, position: -1 };
}

/** Where in the segment the batches end that may be shown. */
function endPosition(segment: Segment, endOffset: number, upToOffset: number): number {
  if (upToOffset >= endOffset) return segment.sizeBytes;
  return segment.locate(upToOffset)?.position ?? segment.sizeBytes;
}
