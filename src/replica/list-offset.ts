import { isRefusal } from "../log/storage-guard.ts";
import type { LookupDone, TimestampLookup } from "../log/timestamp-lookup.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import {
  EARLIEST_LOCAL_TIMESTAMP,
  EARLIEST_PENDING_UPLOAD_TIMESTAMP,
  EARLIEST_TIMESTAMP,
  LATEST_TIERED_TIMESTAMP,
  LATEST_TIMESTAMP,
  MAX_TIMESTAMP,
} from "../protocol/list-offsets-timestamps.ts";
import type { FetchIsolation } from "./fetch-params.ts";
import type { Partition } from "./partition.ts";
import { readLimit } from "./read-partition.ts";

/** The first version of ListOffsets that knows each of the special timestamps. */
const SINCE_VERSION = new Map([
  [LATEST_TIMESTAMP, 1],
  [EARLIEST_TIMESTAMP, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL_TIMESTAMP, 8],
  [LATEST_TIERED_TIMESTAMP, 9],
  [EARLIEST_PENDING_UPLOAD_TIMESTAMP, 11],
]);

export function isTimestampSupported(timestamp: number | bigint, apiVersion: number): boolean {
  return timestamp >= 0 || apiVersion >= (SINCE_VERSION.get(Number(timestamp)) ?? Number.POSITIVE_INFINITY);
}

export interface ListedOffset {
  readonly errorCode: number;
  /** A bigint beyond 2^53. */
  readonly timestamp: number | bigint;
  readonly offset: number;
  readonly leaderEpoch: number;
}

export interface ListOffsetQuery {
  readonly timestamp: number | bigint;
  readonly currentLeaderEpoch: number;
  /** A consumer must not learn of offsets that it could not fetch. */
  readonly isolation: FetchIsolation;
  readonly requireLeader: boolean;
}

/** Finds an offset by time, or by one of the special timestamps. May call `done` at once. */
export function listOffset(
  partition: Partition,
  query: ListOffsetQuery,
  lookup: TimestampLookup,
  done: (listed: ListedOffset) => void,
): void {
  const known = withoutLookup(partition, query);
  if (known !== undefined) {
    done(known);
    return;
  }
  const lastFetchable = readLimit(partition, query.isolation);
  const lagging = isLagging(partition, query);
  const log = partition.log!;
  const finish: LookupDone = (match, error) => {
    if (log.failure !== undefined || isRefusal(error)) done(failedLookup(outOfUseErrorCode(partition, query)));
    else if (error !== undefined) done(failedLookup(errorCodeOf(error)));
    else if (match !== undefined && match.offset < lastFetchable) done(found(match));
    else done(lagging ? failedLookup(ErrorCode.OFFSET_NOT_AVAILABLE) : NOT_FOUND);
  };
  if (query.timestamp === MAX_TIMESTAMP) lookup.findMax(log, finish);
  else lookup.find(log, query.timestamp, finish);
}

/** Undefined when records have to be looked at. */
function withoutLookup(partition: Partition, query: ListOffsetQuery): ListedOffset | undefined {
  const accessError = partition.checkAccess(query.currentLeaderEpoch, query.requireLeader);
  const { log, leaderEpoch } = partition;
  if (accessError !== ErrorCode.NONE || log === null) return failedLookup(accessError);
  switch (query.timestamp) {
    case LATEST_TIMESTAMP:
      return isLagging(partition, query)
        ? failedLookup(ErrorCode.OFFSET_NOT_AVAILABLE)
        : found({ timestamp: -1, offset: readLimit(partition, query.isolation), leaderEpoch });
    case EARLIEST_TIMESTAMP:
    case EARLIEST_LOCAL_TIMESTAMP:
      return found(log.earliestOffset());
    case LATEST_TIERED_TIMESTAMP:
    case EARLIEST_PENDING_UPLOAD_TIMESTAMP:
      // No remote storage, nothing in it, nothing on its way there.
      return NOT_FOUND;
    default:
      return undefined;
  }
}

/** A new leader does not yet know how much of what it has is committed: better no answer than one that goes back. */
function isLagging({ leaderEpochStartOffset, highWatermark }: Partition, { isolation }: ListOffsetQuery): boolean {
  return isolation !== "log-end" && leaderEpochStartOffset > highWatermark;
}

/** The log's disk has failed, or does not answer; or the partition is gone, or in another directory: whoever asks again finds it there. */
function outOfUseErrorCode(partition: Partition, { currentLeaderEpoch, requireLeader }: ListOffsetQuery): number {
  return partition.checkAccess(currentLeaderEpoch, requireLeader) || ErrorCode.KAFKA_STORAGE_ERROR;
}

/** Records that cannot be read are told as Apache Kafka does: those that break a rule by name, a broken codec by nothing. */
function errorCodeOf(error: Error): number {
  return error.name === "CorruptRecordError" ? ErrorCode.INVALID_RECORD : ErrorCode.UNKNOWN_SERVER_ERROR;
}

export function failedLookup(errorCode: number): ListedOffset {
  return { errorCode, timestamp: -1, offset: -1, leaderEpoch: -1 };
}

const NOT_FOUND = failedLookup(ErrorCode.NONE);

function found(match: Omit<ListedOffset, "errorCode">): ListedOffset {
  const { timestamp, offset, leaderEpoch } = match;
  return { errorCode: ErrorCode.NONE, timestamp, offset, leaderEpoch };
}
