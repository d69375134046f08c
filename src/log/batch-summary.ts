import * as RecordBatch from "../record/record-batch.ts";
import type { Checksums } from "../runtime.ts";
import type { EpochEntry } from "./leader-epoch-checkpoint.ts";
import { MAX_RELATIVE_OFFSET } from "./offset-index.ts";

/** What a log needs to know of batches to append them. */
export interface BatchSummary {
  /** The whole batches; a partial one at the end is cut off. */
  readonly records: Uint8Array;
  /** -1 when there are none. */
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  readonly recordCount: number;
  /** Where the leader epoch changes, and the first. */
  readonly epochs: readonly EpochEntry[];
  /** What makes them unfit for the log. */
  readonly problem: string | undefined;
}

export function summarize(bytes: Uint8Array, checksums: Checksums, verify: boolean): BatchSummary {
  let firstOffset = -1;
  let lastOffset = -1;
  let maxTimestamp = RecordBatch.NO_TIMESTAMP;
  let recordCount = 0;
  let position = 0;
  let problem: string | undefined;
  const epochs: EpochEntry[] = [];
  while (position < bytes.length) {
    const found = verify ? RecordBatch.findProblem(bytes, position, checksums) : undefined;
    if (found === "incomplete") break;
    if (found !== undefined) {
      problem = `The batch at byte ${position} has a problem: ${found}`;
      break;
    }
    const baseOffset = RecordBatch.baseOffset(bytes, position);
    if (verify && baseOffset <= lastOffset) problem = `Offset ${baseOffset} follows offset ${lastOffset}`;
    if (firstOffset < 0) firstOffset = baseOffset;
    lastOffset = RecordBatch.lastOffset(bytes, position);
    maxTimestamp = Math.max(maxTimestamp, RecordBatch.maxTimestamp(bytes, position));
    recordCount += RecordBatch.recordCount(bytes, position);
    const epoch = RecordBatch.partitionLeaderEpoch(bytes, position);
    if (epochs.at(-1)?.epoch !== epoch) epochs.push({ epoch, startOffset: baseOffset });
    position += RecordBatch.sizeInBytes(bytes, position);
  }
  const records = position === bytes.length ? bytes : bytes.subarray(0, position);
  return { records, firstOffset, lastOffset, maxTimestamp, recordCount, epochs, problem };
}

export function fitsOneSegment({ firstOffset, lastOffset }: BatchSummary): boolean {
  return lastOffset - firstOffset <= MAX_RELATIVE_OFFSET;
}
