import type { LogState } from "./log-state.ts";
import { readForRebuild, rebuildProducerState } from "./producer-state-rebuild.ts";
import type { Segment } from "./segment.ts";
import { deleteSegments, findFiles, type SegmentFiles } from "./segment-deletion.ts";
import { addActiveSegment } from "./segment-roll.ts";
import { runAtOnce } from "./slices.ts";

/** Drops everything at or above `offset`; false when there is nothing. Throws EAGAIN, and nothing has changed, when the disk does not answer. */
export function truncateTo(log: LogState, offset: number): boolean {
  const { segments, epochs, producers, snapshots } = log;
  if (offset >= log.logEndOffset) {
    // An epoch may have been assigned and nothing appended in it.
    epochs.truncateFromEnd(log.logEndOffset);
    return false;
  }
  if (offset < segments.first.baseOffset) {
    truncateFullyAndStartAt(log, offset, offset);
    return true;
  }
  const floor = segments.all[segments.floorIndex(offset)]!;
  const isGone = (segment: Segment) => segment.baseOffset > floor.baseOffset;
  const { known, filesOf } = log.storage.read(() => {
    const filesOf = findFiles(log, segments.all.filter(isGone));
    const logStartOffset = Math.min(log.logStartOffset, offset);
    // In the middle of what follows a disk may hang.
    if (log.runtime.files.watched === undefined) return { filesOf, known: undefined };
    readSegment(floor, offset);
    return { filesOf, known: readForRebuild(producers, snapshots, segments, logStartOffset, offset) };
  });
  log.truncations++;
  log.storage.run(() => {
    deleteFromEnd(log, isGone, filesOf);
    floor.truncateTo(offset, log.runtime.clock.now());
    log.logEndOffset = offset;
    log.logStartOffset = Math.min(log.logStartOffset, offset);
    // The segment must be recovered even if the next one begins at the offset: the disk may bring back what was cut off.
    log.truncated(Math.max(floor.baseOffset, offset - 1), floor);
    epochs.truncateFromEnd(offset);
    snapshots.keepBetween(log.logStartOffset, offset);
    runAtOnce(rebuildProducerState(producers, snapshots, segments, log.logStartOffset, offset, known));
    // Last, as it closes files that have just been read.
    floor.becomeActive(log.config);
    log.updateHighWatermark(log.highWatermark);
  });
  return true;
}

/** Drops everything; the log goes on at `offset`. */
export function truncateFullyAndStartAt(log: LogState, offset: number, logStartOffset: number): void {
  const { epochs, producers, snapshots, segments } = log;
  const filesOf = log.storage.read(() => findFiles(log, segments.all));
  log.truncations++;
  log.storage.run(() => {
    deleteFromEnd(log, () => true, filesOf);
    for (const snapshot of snapshots.offsets) snapshots.remove(snapshot);
    addActiveSegment(log, offset);
    epochs.clear();
    producers.reset(offset);
    log.logEndOffset = offset;
    log.logStartOffset = logStartOffset;
    log.truncated(offset, segments.active);
    log.updateHighWatermark(offset);
  });
}

/** The newest first: whatever ends the process in between, there is no gap in what is left. */
function deleteFromEnd(log: LogState, isGone: (segment: Segment) => boolean, filesOf: SegmentFiles): void {
  deleteSegments(log, log.segments.remove(isGone).toReversed(), filesOf);
}

/** What cutting a segment there reads: it is found in memory then, whatever becomes of the disk. */
function readSegment(segment: Segment, offset: number): void {
  const { offsetIndex, timeIndex, transactionIndex } = segment;
  const end = segment.translate(offset)?.position ?? segment.sizeBytes;
  for (const index of [offsetIndex, timeIndex, transactionIndex]) index.readForTruncation(offset);
  const scanner = segment.scan(offsetIndex.lookup(timeIndex.lastBelow(offset).offset).position);
  for (let found = scanner !== undefined; found && scanner!.position < end; ) found = scanner!.next();
}
