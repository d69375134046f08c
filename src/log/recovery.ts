import * as RecordBatch from "../record/record-batch.ts";
import type { Checksums, File } from "../runtime.ts";
import type { LeaderEpochCheckpoint } from "./leader-epoch-checkpoint.ts";
import type { LogSegments } from "./log-segments.ts";
import type { ProducerSnapshots } from "./producer-snapshots.ts";
import type { ProducerState } from "./producer-state.ts";
import type { Segment } from "./segment.ts";
import type { Slices } from "./slices.ts";

const CHUNK_BYTES = 1024 * 1024;
/** Headers are small and bodies are skipped, so this many of them are one slice. */
const BATCHES_PER_SLICE = 4096;

export interface RecoveredSegment {
  readonly nextOffset: number;
  /** What was cut off, because it was torn or corrupt. */
  readonly truncatedBytes: number;
  readonly problem: string | undefined;
}

/**
 * Reads every batch of a segment, checks it, builds the indexes anew, notes the leader epochs, and cuts the file off at
 * the first batch that is not whole.
 */
export function* recoverSegment(
  segment: Segment,
  epochs: LeaderEpochCheckpoint,
  checksums: Checksums,
): Slices<RecoveredSegment> {
  const fileBytes = segment.file.size();
  const reader = new ChunkReader(segment.file, fileBytes);
  let nextOffset = segment.baseOffset;
  let problem: string | undefined;
  segment.startOver();
  for (let position = 0; position < fileBytes; position = segment.sizeBytes) {
    if (reader.load(position)) yield;
    const { bytes, index } = reader;
    problem = findProblem(segment, bytes, index, nextOffset, checksums);
    if (problem !== undefined) break;
    const epoch = RecordBatch.partitionLeaderEpoch(bytes, index);
    if (epoch > epochs.latestEpoch) epochs.assign(epoch, RecordBatch.baseOffset(bytes, index));
    nextOffset = RecordBatch.nextOffset(bytes, index);
    const sizeInBytes = RecordBatch.sizeInBytes(bytes, index);
    segment.index(position, sizeInBytes, nextOffset - 1, RecordBatch.maxTimestamp(bytes, index));
  }
  const truncatedBytes = fileBytes - segment.sizeBytes;
  if (truncatedBytes > 0) segment.truncateFileToSize();
  segment.becomeInactive();
  return { nextOffset, truncatedBytes, problem };
}

/** Brings the producer state to `endOffset`: from the newest snapshot that can be used, and the batches after it. */
export function* rebuildProducerState(
  producers: ProducerState,
  snapshots: ProducerSnapshots,
  segments: LogSegments,
  logStartOffset: number,
  endOffset: number,
): Slices<void> {
  snapshots.removeAbove(endOffset);
  const snapshot = snapshots.loadLatest(logStartOffset, endOffset);
  const start = snapshot?.offset ?? logStartOffset;
  producers.reset(start, snapshot?.entries);
  for (const segment of start < endOffset ? segments.from(start) : []) {
    const scanner = segment.translate(start);
    let batches = 0;
    for (let found = scanner !== undefined; found; found = scanner!.next()) {
      const { bytes, index } = scanner!;
      if (RecordBatch.baseOffset(bytes, index) >= endOffset) break;
      // A marker is in the record, not in the header.
      if (RecordBatch.isControlBatch(bytes, index)) producers.update(scanner!.readBatch(), 0);
      else producers.update(bytes, index);
      if (++batches % BATCHES_PER_SLICE === 0) yield;
    }
  }
  producers.endOffset = endOffset;
}

function findProblem(
  segment: Segment,
  bytes: Uint8Array,
  index: number,
  nextOffset: number,
  checksums: Checksums,
): string | undefined {
  const problem = RecordBatch.findProblem(bytes, index, checksums);
  if (problem === "old magic") {
    // Cutting off a user's good records would be worse than not to start.
    throw new Error(`${segment.path} holds records of an old format (magic 0 or 1), which is not supported`);
  }
  if (problem !== undefined) return problem;
  const first = RecordBatch.baseOffset(bytes, index);
  const last = RecordBatch.lastOffset(bytes, index);
  if (first < nextOffset || last < first) return `offsets ${first} to ${last} after offset ${nextOffset - 1}`;
  return segment.offsetIndex.canAppendOffset(last) ? undefined : `offset ${last} is too far from the base offset`;
}

/** A window on a file that always holds the whole batch asked for, if the file does. */
class ChunkReader {
  readonly #file: File;
  readonly #fileBytes: number;
  #chunk = new Uint8Array(0);
  #start = 0;
  bytes = new Uint8Array(0);
  index = 0;

  constructor(file: File, fileBytes: number) {
    this.#file = file;
    this.#fileBytes = fileBytes;
  }

  /** Whether the file was read for it. */
  load(position: number): boolean {
    this.index = position - this.#start;
    if (RecordBatch.findFramingProblem(this.bytes, this.index) !== "incomplete") return false;
    this.#read(position, CHUNK_BYTES);
    if (
      RecordBatch.findFramingProblem(this.bytes, 0) === "incomplete" &&
      this.bytes.length >= RecordBatch.LOG_OVERHEAD
    ) {
      const sizeInBytes = RecordBatch.sizeInBytes(this.bytes, 0);
      if (sizeInBytes > this.bytes.length && sizeInBytes <= this.#fileBytes - position)
        this.#read(position, sizeInBytes);
    }
    return true;
  }

  #read(position: number, length: number): void {
    const wanted = Math.min(length, this.#fileBytes - position);
    if (this.#chunk.length < wanted) this.#chunk = new Uint8Array(wanted);
    const read = this.#file.read(this.#chunk.subarray(0, wanted), position);
    this.bytes = this.#chunk.subarray(0, read);
    this.#start = position;
    this.index = 0;
  }
}
