import type { Log } from "../../log/log.ts";
import { isSystemError } from "../../log/storage-guard.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from "../../protocol/list-offsets-timestamps.ts";
import type { LogSink } from "../../runtime.ts";
import type { Partition } from "../partition.ts";
import type { FollowedPartition } from "./followed-partition.ts";
import type { LeaderConnection } from "./leader-connection.ts";

export interface LeaderHistoryOptions {
  readonly log: LogSink;
  readonly sourceId: number;
  readonly connection: Pick<LeaderConnection, "listOffset">;
}

/** Finds where the logs of a follower diverge from those of their leader, and truncates them to a prefix of these. */
export class LeaderHistory {
  readonly #options: LeaderHistoryOptions;

  constructor(options: LeaderHistoryOptions) {
    this.#options = options;
  }

  /**
   * Without epochs nobody can find out where logs diverge, so only what is committed is kept. False when the disk has not allowed
   * it: it has stalled, or failed, in which case the partition is out of use with its directory.
   */
  keepCommitted(partition: Partition, log: Log): boolean {
    if (log.latestEpoch >= 0 || log.logEndOffset <= log.highWatermark) return true;
    try {
      partition.truncateTo(log.highWatermark);
      return true;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return false;
    }
  }

  /** The leader has another history from `offset` on. */
  truncate({ partition, log, leaderEpoch }: FollowedPartition, offset: number): void {
    const isCommitted = offset < log.highWatermark;
    this.#options.log.write(
      isCommitted ? "warn" : "info",
      `Truncating ${nameOf(partition)} from ${log.logEndOffset} to ${offset}, as leader ${this.#options.sourceId} ` +
        `in epoch ${leaderEpoch} has another history${isCommitted ? `; the high watermark was ${log.highWatermark}` : ""}`,
    );
    partition.truncateTo(offset);
  }

  /**
   * The leader's log does not contain our end: it has lost its own end in an unclean election, or its start to retention. Returns
   * the error code with which the partition has to pause; OFFSET_OUT_OF_RANGE even if what the leader tells contradicts that.
   */
  async startInRange(followed: FollowedPartition, isOvertaken: () => boolean): Promise<number> {
    const { connection } = this.#options;
    const latest = await connection.listOffset(followed, LATEST_TIMESTAMP);
    if (isOvertaken() || latest.errorCode !== ErrorCode.NONE) return latest.errorCode;
    if (latest.offset < followed.log.logEndOffset) {
      this.truncate(followed, latest.offset);
      return ErrorCode.NONE;
    }
    const earliest = await connection.listOffset(followed, EARLIEST_TIMESTAMP);
    if (isOvertaken() || earliest.errorCode !== ErrorCode.NONE) return earliest.errorCode;
    if (earliest.offset <= followed.log.logEndOffset) return ErrorCode.OFFSET_OUT_OF_RANGE;
    this.#startAt(followed, earliest.offset);
    return ErrorCode.NONE;
  }

  #startAt({ partition, log }: FollowedPartition, leaderStartOffset: number): void {
    const leader = `leader ${this.#options.sourceId}'s starts at ${leaderStartOffset}`;
    this.#options.log.write(
      "warn",
      `The log of ${nameOf(partition)} ends at ${log.logEndOffset} and ${leader}: starting anew there`,
    );
    partition.truncateFullyAndStartAt(leaderStartOffset);
  }
}

function nameOf({ topic, index }: Partition): string {
  return `${topic}-${index}`;
}
