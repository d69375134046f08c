import * as RecordBatch from "../record/record-batch.ts";
import type { BatchSummary } from "./batch-summary.ts";
import type { LogState } from "./log-state.ts";
import type { AbortedTransaction } from "./transaction-index.ts";

/** Writes batches that have passed all checks at the end of the active segment, and takes them into the log's books. */
export function appendToActiveSegment(log: LogState, summary: BatchSummary): void {
  const { records, lastOffset } = summary;
  for (const { epoch, startOffset } of summary.epochs) if (epoch >= 0) log.epochs.assign(epoch, startOffset);
  log.segments.active.append(records);
  log.logEndOffset = lastOffset + 1;
  for (let position = 0; position < records.length; position += RecordBatch.sizeInBytes(records, position)) {
    const aborted = log.producers.update(records, position);
    if (aborted !== undefined) indexAborted(log, aborted);
  }
}

function indexAborted(log: LogState, transaction: AbortedTransaction): void {
  const { transactionIndex } = log.segments.active;
  // The first one creates the file.
  if (transactionIndex.entries === 0) log.isDirectoryUnsynced = true;
  transactionIndex.append(transaction);
}
