import * as RecordBatch from "../record/record-batch.ts";
import type { PreparedAppend } from "./append-preparation.ts";
import type { BatchSummary } from "./batch-summary.ts";
import { appendFailed, appendSucceeded, type LogAppendInfo } from "./log-append-info.ts";
import type { LogFlusher } from "./log-flusher.ts";
import type { LogState } from "./log-state.ts";
import type { Segment } from "./segment.ts";
import { rollSegment, shouldRollSegment } from "./segment-roll.ts";
import type { AbortedTransaction } from "./transaction-index.ts";

/** Writes batches that have passed all checks, in a new segment when they do not fit into the active one. */
export function appendPrepared(
  log: LogState,
  flusher: LogFlusher,
  prepared: PreparedAppend | LogAppendInfo,
): LogAppendInfo {
  if (prepared.errorCode !== undefined) return prepared;
  const { summary, nowMs, logAppendTimeMs } = prepared;
  const { records, firstOffset, lastOffset, maxTimestamp, recordCount } = summary;
  const { storage, logStartOffset } = log;
  if (storage.failure === undefined && records.length > 0) {
    if (storage.isStalled) return refusedByDisk(log);
    const next = { nowMs, sizeBytes: records.length, maxTimestamp, lastOffset };
    // Reads all that is to be known of the active segment.
    const isToRoll = storage.attemptRead(() => {
      if (!log.segments.active.isOpen && !storage.answers()) return undefined;
      return shouldRollSegment(log, next);
    });
    const isWritten =
      isToRoll !== undefined &&
      storage.attempt(() => {
        if (isToRoll && !storage.answers()) return false;
        if (isToRoll && rollSegment(log, firstOffset)) flusher.flushInBackground();
        return appendToActiveSegment(log, summary);
      });
    if (isWritten === false && storage.failure === undefined) return refusedByDisk(log);
  }
  if (storage.failure !== undefined) {
    return appendFailed("KAFKA_STORAGE_ERROR", storage.failure.message, logStartOffset);
  }
  flusher.appended(firstOffset, recordCount);
  const sizeBytes = records.length;
  return appendSucceeded({
    firstOffset,
    lastOffset,
    maxTimestamp,
    logAppendTimeMs,
    logStartOffset,
    sizeBytes,
    recordCount,
  });
}

/** It may be tried again: nothing has changed. */
export function refusedByDisk({ directory, logStartOffset }: LogState): LogAppendInfo {
  return appendFailed("KAFKA_STORAGE_ERROR", `The file system of ${directory} does not answer`, logStartOffset);
}

/** One write, and what follows from it in the log's books. False when the disk has stalled, and nothing has changed. */
function appendToActiveSegment(log: LogState, summary: BatchSummary): boolean {
  const { records, lastOffset } = summary;
  const { active } = log.segments;
  log.isWritten = true;
  if (!writeInTime(log, active, records)) return false;
  for (const { epoch, startOffset } of summary.epochs) if (epoch >= 0) log.epochs.assign(epoch, startOffset);
  active.appended(records);
  log.logEndOffset = lastOffset + 1;
  for (let position = 0; position < records.length; position += RecordBatch.sizeInBytes(records, position)) {
    const aborted = log.producers.update(records, position);
    if (aborted !== undefined) indexAborted(log, aborted);
  }
  return true;
}

function writeInTime({ storage }: LogState, active: Segment, records: Uint8Array): boolean {
  try {
    active.write(records);
    return true;
  } catch (error) {
    if (!storage.isStalled) throw error;
    // What is written late belongs to no batch of the log.
    storage.afterStall(() => active.truncateFileToSize());
    return false;
  }
}

function indexAborted(log: LogState, transaction: AbortedTransaction): void {
  const { transactionIndex } = log.segments.active;
  // The first one creates the file.
  if (transactionIndex.entries === 0) log.isDirectoryUnsynced = true;
  transactionIndex.append(transaction);
}
