import { ErrorCode } from "../protocol/error-codes.ts";
import { NO_TIMESTAMP } from "../record/record-batch.ts";
import type { BatchMetadata } from "./producer-entry.ts";

/** Who appends decides what is checked. */
export type AppendOrigin =
  /** A Produce request: everything is checked. */
  | "client"
  /** Batches a coordinator of this broker built: no sequence checks, control batches allowed. */
  | "coordinator"
  /** Batches of the Raft leader: offsets and epoch are already in them. */
  | "raft";

/** What became of an append. `errorCode` is Kafka's; when it is not 0 nothing was written. */
export interface LogAppendInfo {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  /** The records that are to blame, by their index in the batch; empty when the batch as a whole is. */
  readonly recordErrors: readonly RecordError[];
  /** Of the first batch; -1 after an error. For a duplicate, the offset it got the first time. */
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  /** The time the broker stamped on the records; -1 under CreateTime. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  /** The producer had sent these records before: nothing was written, the offsets are the old ones. */
  readonly duplicate: boolean;
  readonly sizeBytes: number;
  readonly recordCount: number;
}

export interface RecordError {
  readonly batchIndex: number;
  readonly message: string;
}

/** The error is given by the name of its code. */
export function appendFailed(
  error: keyof typeof ErrorCode,
  errorMessage: string,
  logStartOffset: number,
  recordErrors: readonly RecordError[] = [],
): LogAppendInfo {
  return { ...appendRefused(ErrorCode[error], logStartOffset), errorMessage, recordErrors };
}

/** An append that does not come to the log at all. */
export function appendRefused(errorCode: number, logStartOffset = -1): LogAppendInfo {
  return {
    errorCode,
    errorMessage: null,
    recordErrors: [],
    firstOffset: -1,
    lastOffset: -1,
    maxTimestamp: -1,
    logAppendTimeMs: -1,
    logStartOffset,
    duplicate: false,
    sizeBytes: 0,
    recordCount: 0,
  };
}

export function appendSucceeded(
  info: Pick<LogAppendInfo, "firstOffset" | "lastOffset" | "maxTimestamp" | "logStartOffset"> & Partial<LogAppendInfo>,
): LogAppendInfo {
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    recordErrors: [],
    logAppendTimeMs: -1,
    duplicate: false,
    sizeBytes: 0,
    recordCount: 0,
    ...info,
  };
}

/** A retry gets the answer that its first attempt got. */
export function appendedBefore(batch: BatchMetadata, logStartOffset: number): LogAppendInfo {
  return appendSucceeded({
    firstOffset: batch.lastOffset - batch.offsetDelta,
    lastOffset: batch.lastOffset,
    maxTimestamp: batch.timestamp,
    // A producer's time may take all 64 bits.
    logAppendTimeMs: Number.isSafeInteger(batch.timestamp) ? batch.timestamp : NO_TIMESTAMP,
    logStartOffset,
    duplicate: true,
  });
}
