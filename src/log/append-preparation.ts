import * as RecordBatch from "../record/record-batch.ts";
import { isRejected } from "../record/record-validation.ts";
import type { Checksums } from "../runtime.ts";
import { type BatchSummary, summarize } from "./batch-summary.ts";
import { type CodecRuntime, checkClientBatch } from "./client-batch.ts";
import { appendedBefore, appendFailed, type LogAppendInfo } from "./log-append-info.ts";
import type { LogConfig } from "./log-config.ts";
import type { AppendAsLeaderOptions } from "./log-options.ts";
import { assignOffsets } from "./offset-assignment.ts";
import type { ProducerState } from "./producer-state.ts";

/** What an append has to fit: a log. */
export interface AppendTarget {
  readonly topic: string;
  readonly partition: number;
  readonly config: LogConfig;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly producers: ProducerState;
}

/** Batches that can go into the log as they are. */
export interface PreparedAppend {
  readonly errorCode?: undefined;
  readonly summary: BatchSummary;
  readonly nowMs: number;
  /** -1 under CreateTime. */
  readonly logAppendTimeMs: number;
}

/** Assigns offsets and the leader epoch in place, unless Raft has done it; the answer when nothing is to be appended. */
export function prepareAsLeader(
  log: AppendTarget,
  records: Uint8Array,
  options: AppendAsLeaderOptions,
  runtime: CodecRuntime,
): PreparedAppend | LogAppendInfo {
  const { leaderEpoch, nowMs, origin = "client" } = options;
  if (origin === "raft") return prepareGiven(log, records, nowMs, leaderEpoch, runtime);
  if (origin === "coordinator") return prepareAssigned(log, records, options, runtime);
  const { checked = checkClientBatch(records, log.config, nowMs, runtime) } = options;
  const { result } = checked;
  if (!isRejected(result)) return prepareAssigned(log, result.batch, { ...options, nowMs: checked.nowMs }, runtime);
  return appendFailed(result.error, result.message, log.logStartOffset, result.recordErrors);
}

/** Offsets, epochs and checksums are in the batches; a Raft leader's are all of its own epoch. */
export function prepareGiven(
  log: AppendTarget,
  records: Uint8Array,
  nowMs: number,
  raftEpoch: number | undefined,
  runtime: CodecRuntime,
): PreparedAppend | LogAppendInfo {
  const summary = summarize(records, runtime.checksums, true);
  if (summary.problem !== undefined) return appendFailed("CORRUPT_MESSAGE", summary.problem, log.logStartOffset);
  if (summary.recordCount > 0 && raftEpoch !== undefined && summary.epochs.some(({ epoch }) => epoch !== raftEpoch)) {
    throw new Error(`A batch for ${log.topic}-${log.partition} is not of the leader's epoch ${raftEpoch}`);
  }
  if (summary.records.length > 0 && summary.firstOffset < log.logEndOffset) {
    const message = `The first offset ${summary.firstOffset} is below the log end offset ${log.logEndOffset}`;
    return appendFailed("OFFSET_OUT_OF_RANGE", message, log.logStartOffset);
  }
  return fitted(log, { summary, nowMs, logAppendTimeMs: RecordBatch.NO_TIMESTAMP });
}

function prepareAssigned(
  log: AppendTarget,
  records: Uint8Array,
  { leaderEpoch, nowMs, origin = "client", transactionVersion = 0 }: AppendAsLeaderOptions,
  runtime: CodecRuntime,
): PreparedAppend | LogAppendInfo {
  const { logStartOffset, logEndOffset, producers } = log;
  const fromClient = origin === "client";
  const obstacle = assignOffsets(records, {
    nextOffset: logEndOffset,
    leaderEpoch,
    producers,
    fromClient,
    transactionVersion,
  });
  if (obstacle?.rejection !== undefined) {
    return appendFailed(obstacle.rejection.error, obstacle.rejection.message, logStartOffset);
  }
  if (obstacle !== undefined) return appendedBefore(obstacle.duplicate, logStartOffset);
  // A client's batch has been stamped while it was checked, by the settings of that time.
  const stamped = fromClient
    ? RecordBatch.isLogAppendTime(records, 0)
    : log.config["message.timestamp.type"] === "LogAppendTime";
  if (stamped && !fromClient) stampLogAppendTime(records, nowMs, runtime.checksums);
  const summary = summarize(records, runtime.checksums, false);
  return fitted(log, { summary, nowMs, logAppendTimeMs: stamped ? nowMs : RecordBatch.NO_TIMESTAMP });
}

function stampLogAppendTime(records: Uint8Array, nowMs: number, checksums: Checksums): void {
  for (const position of RecordBatch.batchPositions(records)) {
    RecordBatch.setLogAppendTime(records, position, nowMs);
    RecordBatch.writeChecksum(records, position, checksums);
  }
}

function fitted(log: AppendTarget, prepared: PreparedAppend): PreparedAppend | LogAppendInfo {
  const sizeBytes = prepared.summary.records.length;
  const limitBytes = log.config["segment.bytes"];
  if (sizeBytes <= limitBytes) return prepared;
  const message = `${sizeBytes} bytes of batches, segment.bytes is ${limitBytes}`;
  return appendFailed("RECORD_LIST_TOO_LARGE", message, log.logStartOffset);
}
