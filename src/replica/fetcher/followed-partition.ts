import type { Log } from "../../log/log.ts";
import type { Partition } from "../partition.ts";

/** What a follower asks of a partition. */
export interface FetchPosition {
  readonly currentLeaderEpoch: number;
  readonly fetchOffset: number;
  /** -1: the log knows no epoch yet. */
  readonly lastFetchedEpoch: number;
  readonly logStartOffset: number;
  readonly maxBytes: number;
}

/** A partition that is followed in one leader epoch; another epoch is another one. */
export class FollowedPartition {
  readonly partition: Partition;
  readonly leaderEpoch: number;
  /** Not resting after a failure. */
  isReady = true;
  /** What the leader was last asked; undefined when its session does not know the partition. */
  sent: FetchPosition | undefined = undefined;
  /** Records that the leader had committed and this log did not have, by the last answer. */
  lag: number | undefined = undefined;
  /** The last error code that was logged, so that each kind of failure is logged once. */
  toldErrorCode = 0;
  /** Failures in a row. */
  failureCount = 0;

  /** Monotonic milliseconds at which the broker began to follow it. */
  private readonly firstLog: Log;

  constructor(partition: Partition, log: Log) {
    this.partition = partition;
    this.firstLog = log;
    this.leaderEpoch = partition.leaderEpoch;
  }

  /** The present log: a partition may move to another log directory. */
  get log(): Log {
    return this.partition.log ?? this.firstLog;
  }

  position(maxBytes: number): FetchPosition {
    return {
      currentLeaderEpoch: this.leaderEpoch,
      fetchOffset: this.log.logEndOffset,
      lastFetchedEpoch: this.log.latestEpoch,
      logStartOffset: this.log.logStartOffset,
      maxBytes,
    };
  }

  succeeded(): void {
    this.failureCount = 0;
    this.toldErrorCode = 0;
  }
}

export function samePosition(a: FetchPosition, b: FetchPosition): boolean {
  return (
    a.fetchOffset === b.fetchOffset &&
    a.currentLeaderEpoch === b.currentLeaderEpoch &&
    a.lastFetchedEpoch === b.lastFetchedEpoch &&
    a.logStartOffset === b.logStartOffset &&
    a.maxBytes === b.maxBytes
  );
}
