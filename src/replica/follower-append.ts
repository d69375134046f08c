import type { Log } from "../log/log.ts";
import type { LogAppendInfo } from "../log/log-append-info.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import * as RecordBatch from "../record/record-batch.ts";

/** What a leader tells of its log with the records. */
export interface LeaderOffsets {
  readonly highWatermark: number;
  readonly logStartOffset: number;
}

/** Appends batches as the leader wrote them, and moves high watermark and log start to where the leader's are. */
export function appendFromLeader(
  log: Log,
  records: Uint8Array,
  leaderEpoch: number,
  leader: LeaderOffsets,
): LogAppendInfo {
  const batches = untilNewerEpoch(records, leaderEpoch);
  startAtFirstBatch(log, batches);
  const info = appendBatches(log, batches);
  if (info.errorCode !== ErrorCode.NONE) return info;
  if (leader.highWatermark > log.highWatermark) log.updateHighWatermark(leader.highWatermark);
  const logStartOffset = Math.min(leader.logStartOffset, log.highWatermark);
  if (logStartOffset > log.logStartOffset) log.incrementLogStartOffset(logStartOffset);
  return info;
}

/** DeleteRecords can move a leader's log start into a batch: an empty log that begins there has to begin with the batch. */
function startAtFirstBatch(log: Log, records: Uint8Array): void {
  const { logStartOffset, logEndOffset } = log;
  if (logStartOffset !== logEndOffset || RecordBatch.findFramingProblem(records, 0) !== undefined) return;
  const baseOffset = RecordBatch.baseOffset(records, 0);
  if (baseOffset < logEndOffset && RecordBatch.lastOffset(records, 0) >= logEndOffset) {
    log.truncateFullyAndStartAt(baseOffset);
  }
}

/** In one write, or, when together they do not fit a segment, in one for each batch. */
function appendBatches(log: Log, records: Uint8Array): LogAppendInfo {
  let info = log.appendAsFollower(records);
  if (info.errorCode !== ErrorCode.RECORD_LIST_TOO_LARGE) return info;
  for (const position of RecordBatch.batchPositions(records)) {
    const end = position + RecordBatch.sizeInBytes(records, position);
    info = log.appendAsFollower(records.subarray(position, end));
    if (info.errorCode !== ErrorCode.NONE) return info;
  }
  return info;
}

/**
 * A leader that has been deposed in the meantime may send what it has fetched from its own successor. Whether that belongs
 * here is for the successor to tell.
 */
function untilNewerEpoch(records: Uint8Array, leaderEpoch: number): Uint8Array {
  let position = 0;
  while (RecordBatch.findFramingProblem(records, position) === undefined) {
    if (RecordBatch.partitionLeaderEpoch(records, position) > leaderEpoch) return records.subarray(0, position);
    position += RecordBatch.sizeInBytes(records, position);
  }
  return records;
}
