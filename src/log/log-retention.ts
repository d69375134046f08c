import { isDeleted } from "./log-config.ts";
import type { LogState } from "./log-state.ts";
import type { Segment } from "./segment.ts";
import { deleteSegments, findFiles } from "./segment-deletion.ts";
import { rollSegment } from "./segment-roll.ts";

/** How many are removed in one turn of the loop: each has several files, which are renamed. */
export const SEGMENTS_PER_SLICE = 16;

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

/**
 * Removes segments from the oldest on: those below the log start offset, and with the policy `delete` those over
 * `retention.bytes` and those older than `retention.ms`. None that reaches the high watermark goes; when all would, an empty
 * one is rolled first. Answers how many; no more than `maxCount`.
 */
export function deleteOldSegments(log: LogState, nowMs: number, maxCount: number): number {
  const { config } = log;
  let count = deleteSegmentsBelowLogStart(log, maxCount);
  if (!isDeleted(config)) return count;
  if (config["retention.bytes"] >= 0) count += deleteBySize(log, config["retention.bytes"], maxCount - count);
  if (config["retention.ms"] >= 0) count += deleteByTime(log, config["retention.ms"], nowMs, maxCount - count);
  return count;
}

/** Those that lie wholly below it; answers how many. */
export function deleteSegmentsBelowLogStart(log: LogState, maxCount: number): number {
  return deleteWhile(
    log,
    `the log starts at ${log.logStartOffset}`,
    (_, next) => next !== undefined && next.baseOffset <= log.logStartOffset,
    maxCount,
  );
}

function deleteBySize(log: LogState, retentionBytes: number, maxCount: number): number {
  let excessBytes = (log.storage.attemptRead(() => log.segments.sizeBytes) ?? 0) - retentionBytes;
  if (excessBytes < 0) return 0;
  return deleteWhile(
    log,
    `retention.bytes is ${retentionBytes}`,
    (segment) => {
      if (segment.sizeBytes > excessBytes) return false;
      excessBytes -= segment.sizeBytes;
      return true;
    },
    maxCount,
  );
}

function deleteByTime(log: LogState, retentionMs: number, nowMs: number, maxCount: number): number {
  return deleteWhile(
    log,
    `retention.ms is ${retentionMs}`,
    (segment) => nowMs - segment.largestTimestamp > retentionMs,
    maxCount,
  );
}

function deleteWhile(
  log: LogState,
  reason: string,
  isOld: (segment: Segment, next: Segment | undefined) => boolean,
  maxCount: number,
): number {
  // On a disk that does not answer none is, until the next time.
  const count = log.storage.attemptRead(() => countOld(log, isOld, maxCount)) ?? 0;
  if (count === 0) return 0;
  if (count === log.segments.all.length) rollSegment(log, log.logEndOffset);
  const filesOf = log.storage.attemptRead(() => findFiles(log, log.segments.all.slice(0, count)));
  if (filesOf === undefined) return 0;
  const { baseOffset } = log.segments.all[count]!;
  incrementLogStartOffset(log, baseOffset);
  const gone = log.segments.remove((segment) => segment.baseOffset < baseOffset);
  log.storage.run(() => deleteSegments(log, gone, filesOf));
  log.runtime.log.write("info", `${log.directory}: deleted ${count} segments below offset ${baseOffset}, as ${reason}`);
  log.onLogStartMoved();
  return count;
}

function countOld(
  log: LogState,
  isOld: (segment: Segment, next: Segment | undefined) => boolean,
  maxCount: number,
): number {
  const { all } = log.segments;
  let count = 0;
  for (const [index, segment] of all.entries()) {
    if (count === maxCount) break;
    const next = all[index + 1];
    const isEmptyActive = next === undefined && segment.sizeBytes === 0;
    const endOffset = next?.baseOffset ?? log.logEndOffset;
    if (isEmptyActive || endOffset > log.highWatermark || !isOld(segment, next)) break;
    count++;
  }
  return count;
}
