import type { DelayedFetch } from "./delayed-fetch.ts";
import type { FetchPartitionTable } from "./fetch-partition-table.ts";

/** No session; also what a request sends to ask for one. */
export const INVALID_SESSION_ID = 0;
/** A full fetch that may open a session. */
export const INITIAL_EPOCH = 0;
/** A full fetch that wants none, and closes the one it names. */
export const FINAL_EPOCH = -1;

/** KIP-227: what a client fetches, remembered, so that its requests and our answers carry only changes. */
export class FetchSession {
  readonly id: number;
  /** A follower's. It can push out consumers' sessions, never the other way round. */
  readonly isPrivileged: boolean;
  readonly usesTopicIds: boolean;
  readonly partitions: FetchPartitionTable;
  readonly createdMs: number;
  lastUsedMs: number;
  /** Which the next request must carry. */
  epoch = nextEpoch(INITIAL_EPOCH);
  /** The session's request that waits for data now. */
  waiting: DelayedFetch | undefined = undefined;

  constructor(
    id: number,
    isPrivileged: boolean,
    usesTopicIds: boolean,
    partitions: FetchPartitionTable,
    nowMs: number,
  ) {
    this.id = id;
    this.isPrivileged = isPrivileged;
    this.usesTopicIds = usesTopicIds;
    this.partitions = partitions;
    this.createdMs = nowMs;
    this.lastUsedMs = nowMs;
  }
}

/** Wraps to 1: 0 means a new session. */
export function nextEpoch(epoch: number): number {
  if (epoch < 0) return FINAL_EPOCH;
  return epoch === 0x7fffffff ? 1 : epoch + 1;
}
