import * as RecordBatch from "../record/record-batch.ts";
import type { BatchSummary } from "./batch-summary.ts";
import type { LogState } from "./log-state.ts";

/** Writes batches that have passed all checks at the end of the active segment, and takes them into the log's books. */
export function appendToActiveSegment(log: LogState, summary: BatchSummary): void {
  const { records, lastOffset } = summary;
  for (const { epoch, startOffset } of summary.epochs) if (epoch >= 0) log.epochs.assign(epoch, startOffset);
  log.segments.active.append(records);
  log.logEndOffset = lastOffset + 1;
  for (let position = 0; position < records.length; position += RecordBatch.sizeInBytes(records, position)) {
    log.producers.update(records, position);
  }
}
