import type { LogState } from "./log-state.ts";
import { deleteSegments } from "./segment-deletion.ts";

/** False when the log starts there or later already; throws above the high watermark. */
export function incrementLogStartOffset(log: LogState, offset: number): boolean {
  if (offset > log.highWatermark) {
    throw new RangeError(`Log start offset ${offset} is above the high watermark ${log.highWatermark}`);
  }
  if (offset <= log.logStartOffset) return false;
  log.logStartOffset = offset;
  log.epochs.truncateFromStart(offset);
  log.producers.onHighWatermarkUpdated(offset);
  return true;
}

/** Removes the segments that lie wholly below the log start offset; answers how many. */
export function deleteSegmentsBelowLogStart(log: LogState): number {
  const { segments } = log;
  const firstKept = Math.max(0, segments.floorIndex(log.logStartOffset));
  const { baseOffset } = segments.all[firstKept]!;
  const gone = segments.remove((segment) => segment.baseOffset < baseOffset);
  log.storage.run(() => deleteSegments(log, gone));
  return gone.length;
}
