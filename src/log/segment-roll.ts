import { isCompacted, type LogConfig } from "./log-config.ts";
import type { LogState } from "./log-state.ts";
import { drawRollJitter } from "./roll-jitter.ts";
import { type RollParameters, Segment } from "./segment.ts";

/** Whether the batches to be appended belong into a new segment. */
export function shouldRollSegment({ segments, config, rollJitterMs }: LogState, next: RollParameters): boolean {
  return segments.active.shouldRoll(next, config, maxSegmentMs(config) - rollJitterMs);
}

/** KIP-354: the active segment is never compacted, so one that stayed active for longer would break the promise. */
function maxSegmentMs(config: LogConfig): number {
  const maxLagMs = config["max.compaction.lag.ms"];
  return isCompacted(config) && maxLagMs > 0 ? Math.min(maxLagMs, config["segment.ms"]) : config["segment.ms"];
}

/** Starts a new segment; false when the active one is empty and does as well. The old one is to be flushed then. */
export function rollSegment(log: LogState, baseOffset: number): boolean {
  const { segments, producers, snapshots } = log;
  if (segments.active.sizeBytes === 0 && segments.active.baseOffset === baseOffset) return false;
  log.storage.run(() => {
    segments.active.becomeInactive();
    addActiveSegment(log, baseOffset);
    // Below it are offsets, maybe, that no batch has any more.
    log.logEndOffset = Math.max(log.logEndOffset, baseOffset);
    producers.endOffset = baseOffset;
    // Recovery of the new segment can then begin with this snapshot and the segment's own batches.
    snapshots.take(baseOffset, producers.entries);
  });
  return true;
}

/** An empty segment behind all others. */
export function addActiveSegment(log: LogState, baseOffset: number): void {
  const { runtime, directory, config } = log;
  log.segments.add(Segment.create(runtime, directory, baseOffset, config, runtime.clock.now()));
  log.rollJitterMs = drawRollJitter(config, runtime.random);
  log.isDirectoryUnsynced = true;
}
