import { ErrorCode } from "../protocol/error-codes.ts";
import type { FetchIsolation } from "./fetch-params.ts";
import type { Partition } from "./partition.ts";
import { readLimit } from "./read-partition.ts";

/** Timestamps that stand for something else, and the first version of ListOffsets that knows each. */
export const LATEST_TIMESTAMP = -1;
export const EARLIEST_TIMESTAMP = -2;
/** KIP-734: the record with the largest timestamp. */
export const MAX_TIMESTAMP = -3;
/** KIP-405: the earliest that is on this broker's own disk. */
export const EARLIEST_LOCAL_TIMESTAMP = -4;
/** KIP-1005: the last that is in remote storage. */
export const LATEST_TIERED_TIMESTAMP = -5;
/** KIP-1023: the first that is still to be copied to remote storage. */
export const EARLIEST_PENDING_UPLOAD_TIMESTAMP = -6;

const SINCE_VERSION = new Map([
  [LATEST_TIMESTAMP, 1],
  [EARLIEST_TIMESTAMP, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL_TIMESTAMP, 8],
  [LATEST_TIERED_TIMESTAMP, 9],
  [EARLIEST_PENDING_UPLOAD_TIMESTAMP, 11],
]);

export function isTimestampSupported(timestamp: number, apiVersion: number): boolean {
  return timestamp >= 0 || apiVersion >= (SINCE_VERSION.get(timestamp) ?? Number.POSITIVE_INFINITY);
}

export interface ListedOffset {
  readonly errorCode: number;
  readonly timestamp: number;
  readonly offset: number;
  readonly leaderEpoch: number;
}

export interface ListOffsetQuery {
  readonly timestamp: number;
  readonly currentLeaderEpoch: number;
  /** A consumer must not learn of offsets that it could not fetch. */
  readonly isolation: FetchIsolation;
  readonly requireLeader: boolean;
}

/** Finds an offset by time, or by one of the special timestamps above. */
export function listOffset(partition: Partition, query: ListOffsetQuery): ListedOffset {
  const accessError = partition.checkAccess(query.currentLeaderEpoch, query.requireLeader);
  const log = partition.log;
  if (accessError !== ErrorCode.NONE || log === null) return failedLookup(accessError);
  const { timestamp, isolation } = query;
  const lastFetchable = readLimit(partition, isolation);
  // A new leader does not yet know how much of what it has is committed: better no answer than one that goes back.
  const isLagging = isolation !== "log-end" && partition.leaderEpochStartOffset > log.highWatermark;
  switch (timestamp) {
    case LATEST_TIMESTAMP:
      if (isLagging) return failedLookup(ErrorCode.OFFSET_NOT_AVAILABLE);
      return found({ timestamp: -1, offset: lastFetchable, leaderEpoch: partition.leaderEpoch });
    case EARLIEST_TIMESTAMP:
    case EARLIEST_LOCAL_TIMESTAMP:
      return found(log.earliestOffset());
    case LATEST_TIERED_TIMESTAMP:
    case EARLIEST_PENDING_UPLOAD_TIMESTAMP:
      // No remote storage, nothing in it, nothing on its way there.
      return NOT_FOUND;
    default: {
      const match = timestamp === MAX_TIMESTAMP ? log.maxTimestampOffset() : log.offsetForTimestamp(timestamp);
      if (match !== undefined && match.offset < lastFetchable) return found(match);
      return isLagging ? failedLookup(ErrorCode.OFFSET_NOT_AVAILABLE) : NOT_FOUND;
    }
  }
}

export function failedLookup(errorCode: number): ListedOffset {
  return { errorCode, timestamp: -1, offset: -1, leaderEpoch: -1 };
}

const NOT_FOUND = failedLookup(ErrorCode.NONE);

function found(match: { timestamp: number; offset: number; leaderEpoch: number }): ListedOffset {
  const { timestamp, offset, leaderEpoch } = match;
  return { errorCode: ErrorCode.NONE, timestamp, offset, leaderEpoch };
}
