import * as RecordBatch from "../record/record-batch.ts";
import type { LogSegments } from "./log-segments.ts";
import type { ProducerCopy } from "./producer-history.ts";
import type { ProducerSnapshots } from "./producer-snapshots.ts";
import { ProducerState } from "./producer-state.ts";
import type { Segment } from "./segment.ts";
import { runAtOnce, type Slices } from "./slices.ts";

/** Headers are small and bodies are skipped, so this many of them are one slice. */
const BATCHES_PER_SLICE = 4096;
/** A truncation of the newest segments finds a snapshot to begin with. */
const SEGMENTS_WITH_SNAPSHOT = 2;

/**
 * Brings the producer state to `endOffset`: from the newest snapshot that can be used, or what is remembered, and the batches
 * after it. A new snapshot spares the next time the reading.
 */
export function* rebuildProducerState(
  producers: ProducerState,
  snapshots: ProducerSnapshots,
  segments: LogSegments,
  logStartOffset: number,
  endOffset: number,
  known = newestKnown(producers, snapshots, logStartOffset, endOffset),
): Slices<void> {
  const start = startOf(segments, logStartOffset, known);
  producers.reset(start, known?.entries, known?.unreplicated);
  const newest = segments.all.slice(-SEGMENTS_WITH_SNAPSHOT);
  for (const segment of start < endOffset ? segments.from(start) : []) {
    if (segment.baseOffset >= endOffset) break;
    if (segment.baseOffset > start && newest.includes(segment)) snapshots.take(segment.baseOffset, producers.entries);
    yield* readProducers(producers, segment, start, endOffset);
  }
  producers.endOffset = endOffset;
  snapshots.take(endOffset, producers.entries);
}

/** Reads what a rebuild will; answers what that begins with. */
export function readForRebuild(
  producers: ProducerState,
  snapshots: ProducerSnapshots,
  segments: LogSegments,
  logStartOffset: number,
  endOffset: number,
): KnownProducers | undefined {
  const known = newestKnown(producers, snapshots, logStartOffset, endOffset);
  const start = startOf(segments, logStartOffset, known);
  for (const segment of start < endOffset ? segments.from(start) : []) {
    if (segment.baseOffset < endOffset) runAtOnce(readProducers(new ProducerState(), segment, start, endOffset));
  }
  return known;
}

/** Of a snapshot, or of what is remembered. */
type KnownProducers = Pick<ProducerCopy, "offset" | "entries"> & Partial<ProducerCopy>;

function newestKnown(
  producers: ProducerState,
  snapshots: ProducerSnapshots,
  logStartOffset: number,
  endOffset: number,
): KnownProducers | undefined {
  const copy = producers.copyBefore(logStartOffset, endOffset);
  return snapshots.loadLatest(Math.max(logStartOffset, copy?.offset ?? 0), endOffset) ?? copy;
}

/** What lies below the log start is read too, as recovery reads it: how the log was stopped must make no difference. */
function startOf(segments: LogSegments, logStartOffset: number, known: KnownProducers | undefined): number {
  return known?.offset ?? Math.min(logStartOffset, segments.all[0]?.baseOffset ?? logStartOffset);
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
