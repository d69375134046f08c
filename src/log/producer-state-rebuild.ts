import * as RecordBatch from "../record/record-batch.ts";
import type { LogSegments } from "./log-segments.ts";
import type { ProducerSnapshots } from "./producer-snapshots.ts";
import { ProducerState } from "./producer-state.ts";
import type { Segment } from "./segment.ts";
import { runAtOnce, type Slices } from "./slices.ts";

/** Headers are small and bodies are skipped, so this many of them are one slice. */
const BATCHES_PER_SLICE = 4096;
/** A truncation of the newest segments finds a snapshot to begin with. */
const SEGMENTS_WITH_SNAPSHOT = 2;

/**
 * Brings the producer state to `endOffset`: from the newest snapshot that can be used, and the batches after it. A new
 * snapshot spares the next time the reading.
 */
export function* rebuildProducerState(
  producers: ProducerState,
  snapshots: ProducerSnapshots,
  segments: LogSegments,
  logStartOffset: number,
  endOffset: number,
  snapshot = snapshots.loadLatest(logStartOffset, endOffset),
): Slices<void> {
  const start = startOf(segments, logStartOffset, snapshot);
  producers.reset(start, snapshot?.entries);
  const newest = segments.all.slice(-SEGMENTS_WITH_SNAPSHOT);
  for (const segment of start < endOffset ? segments.from(start) : []) {
    if (segment.baseOffset >= endOffset) break;
    if (segment.baseOffset > start && newest.includes(segment)) snapshots.take(segment.baseOffset, producers.entries);
    yield* readProducers(producers, segment, start, endOffset);
  }
  producers.endOffset = endOffset;
  snapshots.take(endOffset, producers.entries);
}

/** Reads what a rebuild will; answers the snapshot that it begins with. */
export function readForRebuild(
  snapshots: ProducerSnapshots,
  segments: LogSegments,
  logStartOffset: number,
  endOffset: number,
): LoadedSnapshot {
  const snapshot = snapshots.loadLatest(logStartOffset, endOffset);
  const start = startOf(segments, logStartOffset, snapshot);
  for (const segment of start < endOffset ? segments.from(start) : []) {
    if (segment.baseOffset < endOffset) runAtOnce(readProducers(new ProducerState(), segment, start, endOffset));
  }
  return snapshot;
}

type LoadedSnapshot = ReturnType<ProducerSnapshots["loadLatest"]>;

/** What lies below the log start is read too, as recovery reads it: how the log was stopped must make no difference. */
function startOf(segments: LogSegments, logStartOffset: number, snapshot: LoadedSnapshot): number {
  return snapshot?.offset ?? Math.min(logStartOffset, segments.all[0]?.baseOffset ?? logStartOffset);
}

function* readProducers(
  producers: ProducerState,
  segment: Segment,
  startOffset: number,
  endOffset: number,
): Slices<void> {
  const scanner = segment.translate(startOffset);
  let batches = 0;
  for (let found = scanner !== undefined; found; found = scanner!.next()) {
    const { bytes, index } = scanner!;
    if (RecordBatch.baseOffset(bytes, index) >= endOffset) return;
    // A marker is in the record, not in the header.
    if (RecordBatch.isControlBatch(bytes, index)) producers.update(scanner!.readBatch(), 0);
    else producers.update(bytes, index);
    if (++batches % BATCHES_PER_SLICE === 0) yield;
  }
}
