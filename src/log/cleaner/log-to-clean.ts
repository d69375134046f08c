import type { Log } from "../log.ts";
import { isCompacted, isDeleted } from "../log-config.ts";
import type { Segment } from "../segment.ts";
import type { AbortedTransaction } from "../transaction-index.ts";

/** Where a log is dirty, and where that part ends which the cleaner may touch. */
export interface OffsetsToClean {
  /** Everything below it has been cleaned at least once. */
  readonly firstDirtyOffset: number;
  readonly firstUncleanableOffset: number;
  /** Why the checkpoint could not be believed, when it could not: it is to be set to {@link firstDirtyOffset}. */
  readonly invalidCheckpoint: string | undefined;
}

/** How much there is to do in a log. */
export interface LogToClean {
  readonly log: Log;
  readonly firstDirtyOffset: number;
  /** The base offset of the first segment that may not be cleaned. */
  readonly firstUncleanableOffset: number;
  readonly cleanBytes: number;
  readonly cleanableBytes: number;
  /** How long ago the log should have been cleaned because of `max.compaction.lag.ms`; 0 when it need not. */
  readonly compactionDelayMs: number;
}

/** The part of the segments below the first uncleanable one that has not been cleaned yet; 0 for an empty log. */
export function dirtyRatio({ cleanBytes, cleanableBytes }: LogToClean): number {
  return cleanableBytes === 0 ? 0 : cleanableBytes / (cleanBytes + cleanableBytes);
}

/** Whether the log has become dirty enough, or has waited long enough. */
export function isDue(candidate: LogToClean): boolean {
  if (candidate.compactionDelayMs > 0 && candidate.cleanableBytes > 0) return true;
  return dirtyRatio(candidate) > candidate.log.config["min.cleanable.dirty.ratio"];
}

/** The dirtiest of those that are due. */
export function chooseDirtiest(candidates: readonly LogToClean[]): LogToClean | undefined {
  return candidates
    .filter(isDue)
    .reduce<LogToClean | undefined>(
      (best, next) => (best === undefined || dirtyRatio(next) > dirtyRatio(best) ? next : best),
      undefined,
    );
}

export function measureLog(log: Log, offsets: OffsetsToClean, nowMs: number): LogToClean {
  const { firstDirtyOffset } = offsets;
  const { firstUncleanableOffset, cleanableBytes } = measureCleanable(log, offsets);
  return {
    log,
    firstDirtyOffset,
    firstUncleanableOffset,
    cleanBytes: sizeOf(segmentsBetween(log, 0, firstDirtyOffset)),
    cleanableBytes,
    compactionDelayMs: compactionDelay(log, firstDirtyOffset, nowMs),
  };
}

/** Only whole segments are cleaned: the first uncleanable offset becomes that of a segment. */
export function measureCleanable(
  log: Log,
  { firstDirtyOffset, firstUncleanableOffset }: OffsetsToClean,
): { readonly firstUncleanableOffset: number; readonly cleanableBytes: number } {
  const end = (nonActiveSegmentsFrom(log, firstUncleanableOffset)[0] ?? log.segments.at(-1)!).baseOffset;
  const cleanable = segmentsBetween(log, Math.min(firstDirtyOffset, end), end);
  return { firstUncleanableOffset: end, cleanableBytes: sizeOf(cleanable) };
}

/**
 * The cleaner touches neither the active segment, nor anything that is not decided yet (above the last stable offset), nor
 * a segment with records younger than `min.compaction.lag.ms`, nor anything behind that. `checkpoint` is what
 * `cleaner-offset-checkpoint` says, if it says anything.
 */
export function offsetsToClean(log: Log, checkpoint: number | undefined, nowMs: number): OffsetsToClean {
  const invalidCheckpoint = findInvalid(log, checkpoint);
  const firstDirtyOffset = invalidCheckpoint === undefined ? (checkpoint ?? log.logStartOffset) : log.logStartOffset;
  const limits = [
    log.lastStableOffset,
    log.segments.at(-1)!.baseOffset,
    firstTooYoung(log, firstDirtyOffset, nowMs)?.baseOffset ?? Number.POSITIVE_INFINITY,
  ];
  const firstUncleanableOffset = Math.max(firstDirtyOffset, Math.min(...limits));
  return { firstDirtyOffset, firstUncleanableOffset, invalidCheckpoint };
}

/** The segments of `[from, to)`: from the one that holds `from` on. */
export function segmentsBetween(log: Log, from: number, to: number): readonly Segment[] {
  if (from >= to) return [];
  return log.segments.filter(({ baseOffset }, index) => {
    const endOffset = log.segments[index + 1]?.baseOffset ?? Number.POSITIVE_INFINITY;
    return endOffset > from && baseOffset < to;
  });
}

/** Those that have records or their marker in `[from, to)`, maybe with the marker in a later segment. */
export function abortedTransactionsBetween(log: Log, from: number, to: number): readonly AbortedTransaction[] {
  const found: AbortedTransaction[] = [];
  for (const segment of segmentsBetween(log, from, Number.POSITIVE_INFINITY)) {
    const { transactions, isComplete } = segment.abortedTransactions(from, to);
    for (const transaction of transactions) found.push(transaction);
    if (isComplete) break;
  }
  return found;
}

function findInvalid(log: Log, checkpoint: number | undefined): string | undefined {
  if (checkpoint === undefined) return undefined;
  if (checkpoint > log.logEndOffset) return `it lies above the log end offset ${log.logEndOffset}`;
  if (checkpoint >= log.logStartOffset) return undefined;
  return `it lies below the log start offset ${log.logStartOffset}`;
}

/** A log that is also deleted from leaves its checkpoint behind all the time. */
export function isOverrunByRetention(log: Log, checkpoint: number): boolean {
  return checkpoint < log.logStartOffset && isCompacted(log.config) && isDeleted(log.config);
}

function firstTooYoung(log: Log, firstDirtyOffset: number, nowMs: number): Segment | undefined {
  const lagMs = log.config["min.compaction.lag.ms"];
  if (lagMs <= 0) return undefined;
  return nonActiveSegmentsFrom(log, firstDirtyOffset).find((segment) => segment.largestTimestamp > nowMs - lagMs);
}

function compactionDelay(log: Log, firstDirtyOffset: number, nowMs: number): number {
  const cleanUntilMs = nowMs - Math.max(0, log.config["max.compaction.lag.ms"]);
  if (cleanUntilMs <= 0) return 0;
  const timestamps = nonActiveSegmentsFrom(log, firstDirtyOffset)
    .map((segment) => segment.firstBatchTimestamp)
    .filter((timestamp) => timestamp > 0);
  return Math.max(0, cleanUntilMs - Math.min(...timestamps));
}

function nonActiveSegmentsFrom(log: Log, offset: number): readonly Segment[] {
  return segmentsBetween(log, offset, log.segments.at(-1)!.baseOffset);
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
