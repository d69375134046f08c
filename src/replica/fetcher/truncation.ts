import type { OffsetAndEpoch } from "../../log/log-read-info.ts";

/** What truncation needs to know of the follower's log. */
export interface EpochHistory {
  readonly logEndOffset: number;
  endOffsetForEpoch(epoch: number): OffsetAndEpoch | undefined;
}

/**
 * Where a follower's log is to end after the leader has told that the two diverge, and where the leader's largest common
 * candidate epoch ends (KIP-279, KIP-595). When the follower does not know that epoch either, several rounds may follow.
 */
export function divergenceOffset(log: EpochHistory, leader: OffsetAndEpoch): number {
  const { logEndOffset } = log;
  // A leader without epochs can only say where its log ends.
  const own = leader.epoch < 0 ? undefined : log.endOffsetForEpoch(leader.epoch);
  if (own === undefined) return Math.min(leader.offset, logEndOffset);
  if (own.epoch < leader.epoch) return Math.min(own.offset, logEndOffset);
  return Math.min(own.offset, leader.offset, logEndOffset);
}
