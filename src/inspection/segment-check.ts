import { MAX_RELATIVE_OFFSET } from "../log/offset-index.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { Runtime } from "../runtime.ts";
import { findContentProblem } from "./batch-check.ts";
import { type BatchObserver, takeFindings } from "./batch-observer.ts";
import { BatchReader, describeProblem } from "./batch-reader.ts";
import type { Finding, Inspection } from "./finding.ts";
import type { FindingBuffer } from "./finding-buffer.ts";

const BATCHES_PER_TURN = 1024;
const BYTES_PER_TURN = 1024 * 1024;

export type InspectionRuntime = Pick<Runtime, "files" | "checksums" | "compression">;

/** Something in a segment that a reader would stumble over. */
export interface SegmentProblem {
  /**
   * - `torn`: bytes at the end that were never finished, as a kill leaves them.
   * - `old format`: records of magic 0 or 1.
   * - `framing`: nothing from here on can be read as batches.
   * - `batch`: one batch that recovery would not take.
   * - `content`: a batch that recovery takes, and a reader does not.
   * - `overlap`: a batch, and maybe more, whose offsets are those of the next segment.
   */
  readonly kind: "torn" | "old format" | "framing" | "batch" | "content" | "overlap";
  readonly position: number;
  /** The next offset, which a reader would ask for there. */
  readonly offset: number;
  readonly problem: string;
}

export interface SegmentSummary {
  /** Of what can be read as batches. */
  readonly sizeBytes: number;
  /** After the last good batch. */
  readonly nextOffset: number;
  readonly batches: number;
  readonly isGood: boolean;
  /** Offsets are missing inside: compaction has been here. */
  readonly hasGaps: boolean;
}

export interface SegmentCheckOptions {
  readonly path: string;
  readonly baseOffset: number;
  /** Where the next segment begins. */
  readonly endOffset: number;
  readonly findings: FindingBuffer;
  readonly observers: readonly BatchObserver[];
  /** What the problem means for the next start. */
  readonly judge: (problem: SegmentProblem) => Pick<Finding, "severity" | "atStart">;
  /** Told of the bytes looked at since the last time. */
  readonly progress: (bytes: number) => void;
}

/** Reads all the batches of a segment, and into each of them. */
export function* checkSegment(runtime: InspectionRuntime, options: SegmentCheckOptions): Inspection<SegmentSummary> {
  const file = runtime.files.open(options.path, "read");
  try {
    return yield* checkBatches(new BatchReader(file, runtime.checksums), runtime, options);
  } finally {
    file.close();
  }
}

function* checkBatches(
  reader: BatchReader,
  runtime: InspectionRuntime,
  options: SegmentCheckOptions,
): Inspection<SegmentSummary> {
  const { baseOffset, findings, observers, progress } = options;
  const report = (problem: SegmentProblem): void =>
    findings.add(problem.problem, { position: problem.position, offset: problem.offset, ...options.judge(problem) });
  let nextOffset = baseOffset;
  let batches = 0;
  let hasGaps = false;
  let isGood = true;
  let told = 0;
  while (reader.next()) {
    const { bytes, index, position } = reader;
    const problem = findBatchProblem(reader, nextOffset, options, runtime);
    if (problem !== undefined && (problem.kind !== "overlap" || isGood)) {
      report({ ...problem, position, offset: nextOffset });
      isGood = false;
    }
    if (problem === undefined || problem.kind === "content") {
      hasGaps ||= isGood && (RecordBatch.baseOffset(bytes, index) > nextOffset || hasMissingRecords(bytes, index));
      nextOffset = RecordBatch.nextOffset(bytes, index);
    }
    // What observers would say behind a bad batch is only what is wrong with that one.
    if (isGood) for (const observer of observers) observer.batch(reader);
    if (++batches % BATCHES_PER_TURN !== 0 && position - told < BYTES_PER_TURN) continue;
    progress(position - told);
    told = position;
    yield* findings.take();
    yield* takeFindings(observers);
    yield;
  }
  for (const bytes of reader.named()) {
    progress(bytes);
    told += bytes;
    yield;
  }
  const { position, problem } = reader;
  if (problem !== undefined)
    report({ kind: kindOf(problem), position, offset: nextOffset, problem: describeProblem(reader) });
  progress(reader.sizeBytes - told);
  if (isGood && (problem === undefined || kindOf(problem) === "torn")) {
    for (const observer of observers) observer.end?.(position, nextOffset);
  } else isGood = false;
  return { sizeBytes: position, nextOffset, batches, isGood, hasGaps };
}

function kindOf(problem: NonNullable<BatchReader["problem"]>): SegmentProblem["kind"] {
  switch (problem) {
    case "zeros":
    case "incomplete":
      return "torn";
    case "old magic":
      return "old format";
    default:
      return "framing";
  }
}

function findBatchProblem(
  reader: BatchReader,
  nextOffset: number,
  { baseOffset, endOffset }: SegmentCheckOptions,
  runtime: InspectionRuntime,
): Pick<SegmentProblem, "kind" | "problem"> | undefined {
  const { bytes, index } = reader;
  const bad = (problem: string) => ({ kind: "batch", problem }) as const;
  if (!reader.isChecksumRight()) return bad("the checksum of the batch does not match its bytes");
  const first = RecordBatch.baseOffset(bytes, index);
  const last = RecordBatch.lastOffset(bytes, index);
  if (first < nextOffset || last < first) {
    return bad(`the batch has the offsets ${first} to ${last}, the next one is ${nextOffset}`);
  }
  if (last - baseOffset > MAX_RELATIVE_OFFSET) {
    return bad(`offset ${last} is too far from the segment's base offset ${baseOffset}`);
  }
  if (last >= endOffset) {
    // Offsets are outside of the checksum.
    return {
      kind: "overlap",
      problem: `the batch has the offsets ${first} to ${last}, the next segment begins at ${endOffset}`,
    };
  }
  const problem = reader.isWhole ? findContentProblem(bytes, index, runtime.compression) : undefined;
  return problem === undefined ? undefined : { kind: "content", problem };
}

function hasMissingRecords(bytes: Uint8Array, index: number): boolean {
  return RecordBatch.recordCount(bytes, index) !== RecordBatch.lastOffsetDelta(bytes, index) + 1;
}
