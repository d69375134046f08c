import type { LogState } from "./log-state.ts";
import { rebuildProducerState } from "./producer-state-rebuild.ts";
import type { Segment } from "./segment.ts";
import { deleteSegments } from "./segment-deletion.ts";
import { addActiveSegment } from "./segment-roll.ts";
import { runAtOnce } from "./slices.ts";

/** Drops everything at or above `offset`; false when there is nothing. */
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
  log.truncations++;
  log.storage.run(() => {
    const floor = segments.all[segments.floorIndex(offset)]!;
    deleteFromEnd(log, (segment) => segment.baseOffset > floor.baseOffset);
    floor.truncateTo(offset, log.runtime.clock.now());
    floor.becomeActive(log.config);
    log.logEndOffset = offset;
    log.logStartOffset = Math.min(log.logStartOffset, offset);
    // The segment must be recovered even if the next one begins at the offset: the disk may bring back what was cut off.
    log.truncated(Math.max(floor.baseOffset, offset - 1));
    epochs.truncateFromEnd(offset);
    snapshots.keepBetween(log.logStartOffset, offset);
    runAtOnce(rebuildProducerState(producers, snapshots, segments, log.logStartOffset, offset));
    log.updateHighWatermark(log.highWatermark);
  });
  return true;
}

/** Drops everything; the log goes on at `offset`. */
export function truncateFullyAndStartAt(log: LogState, offset: number, logStartOffset: number): void {
  const { epochs, producers, snapshots } = log;
  log.truncations++;
  log.storage.run(() => {
    deleteFromEnd(log, () => true);
    for (const snapshot of snapshots.offsets) snapshots.remove(snapshot);
    addActiveSegment(log, offset);
    epochs.clear();
    producers.reset(offset);
    log.logEndOffset = offset;
    log.logStartOffset = logStartOffset;
    log.truncated(offset);
    log.updateHighWatermark(offset);
  });
}

/** The newest first: whatever ends the process in between, there is no gap in what is left. */
function deleteFromEnd(log: LogState, isGone: (segment: Segment) => boolean): void {
  deleteSegments(log, log.segments.remove(isGone).toReversed());
}
