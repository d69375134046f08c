import * as RecordBatch from "../record/record-batch.ts";
import type { Checksums } from "../runtime.ts";
import { ChunkReader } from "./chunk-reader.ts";
import { isOldFormatMessage } from "./old-format.ts";
import type { ProducerState } from "./producer-state.ts";
import type { Segment } from "./segment.ts";
import type { Slices } from "./slices.ts";

export interface RecoveredSegment {
  readonly nextOffset: number;
  /** What was cut off, because it was torn or corrupt. */
  readonly truncatedBytes: number;
  readonly problem: string | undefined;
}

/** What recovery brings up to date besides the segment itself. */
export interface RecoveryBooks {
  /** Called with the leader epoch of every batch, and its base offset. */
  noteEpoch(epoch: number, offset: number): void;
  /** As of the segment's base offset before, and of its end after. */
  readonly producers: ProducerState;
  readonly checksums: Checksums;
}

/** What was on the disk is not any more what it was: to cut it off would forget what was promised. */
export class DamagedLogError extends Error {
  override readonly name = "DamagedLogError";
}

/**
 * Reads every batch of a segment, checks it, builds the indexes anew, notes the leader epochs and the producers, and cuts
 * the file off at the first batch that is not whole, or that reaches over `limitOffset`: a power cut may bring back what
 * was truncated, after the next segment has begun in its place. Throws a {@link DamagedLogError} when such a batch begins
 * within the first `flushedBytes`, which no power cut can have torn.
 */
export function* recoverSegment(
  segment: Segment,
  books: RecoveryBooks,
  limitOffset = Number.MAX_SAFE_INTEGER,
  flushedBytes = 0,
): Slices<RecoveredSegment> {
  const { producers, checksums } = books;
  const fileBytes = segment.file.size();
  const reader = new ChunkReader(segment, fileBytes);
  let nextOffset = segment.baseOffset;
  let problem: string | undefined;
  segment.startOver();
  for (let position = 0; position < fileBytes; position = segment.sizeBytes) {
    if (reader.load(position) && position > 0) yield;
    const { bytes, index } = reader;
    problem = findProblem(segment, bytes, index, nextOffset, checksums);
    if (problem === "old magic" && isOldFormatMessage(segment.file, position, fileBytes)) {
      // Cutting off a user's good records would be worse than not to start.
      throw new Error(`${segment.path} holds records of an old format (magic 0 or 1), which is not supported`);
    }
    if (problem === undefined && RecordBatch.nextOffset(bytes, index) > limitOffset)
      problem = `a batch that reaches over offset ${limitOffset}, where the next segment begins`;
    if (problem !== undefined && position < flushedBytes) {
      const where = `${segment.path} is damaged at byte ${position}, offset ${nextOffset}`;
      throw new DamagedLogError(`${where}: ${problem}, in what was flushed up to byte ${flushedBytes}`);
    }
    if (problem !== undefined) break;
    const epoch = RecordBatch.partitionLeaderEpoch(bytes, index);
    if (epoch >= 0) books.noteEpoch(epoch, RecordBatch.baseOffset(bytes, index));
    nextOffset = RecordBatch.nextOffset(bytes, index);
    const sizeInBytes = RecordBatch.sizeInBytes(bytes, index);
    segment.index(position, sizeInBytes, nextOffset - 1, RecordBatch.maxTimestamp(bytes, index));
    const aborted = producers.update(bytes, index);
    if (aborted !== undefined) segment.transactionIndex.append(aborted);
  }
  const truncatedBytes = fileBytes - segment.sizeBytes;
  if (truncatedBytes > 0) segment.truncateFileToSize();
  segment.noteMaxTimestamp();
  return { nextOffset, truncatedBytes, problem };
}

function findProblem(
  segment: Segment,
  bytes: Uint8Array,
  index: number,
  nextOffset: number,
  checksums: Checksums,
): string | undefined {
  const problem = RecordBatch.findProblem(bytes, index, checksums);
  if (problem !== undefined) return problem;
  const first = RecordBatch.baseOffset(bytes, index);
  const last = RecordBatch.lastOffset(bytes, index);
  if (first < nextOffset || last < first) return `offsets ${first} to ${last} after offset ${nextOffset - 1}`;
  return segment.offsetIndex.canAppendOffset(last) ? undefined : `offset ${last} is too far from the base offset`;
}
