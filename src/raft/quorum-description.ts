import type { ReplicaProgress } from "./leader-state.ts";
import type { Raft } from "./raft.ts";
import type { RaftLogView } from "./raft-options.ts";
import type { VoterNode } from "./voter-set.ts";

/** What DescribeQuorum tells; how far others are, only the leader knows. */
export interface QuorumDescription {
  /** -1 when nobody is known to lead. */
  readonly leaderId: number;
  readonly epoch: number;
  /** -1 while unknown. */
  readonly highWatermark: number;
  readonly voters: readonly DescribedReplica[];
  readonly observers: readonly DescribedReplica[];
  readonly nodes: readonly VoterNode[];
}

export interface DescribedReplica {
  readonly id: number;
  readonly directoryId: string;
  /** -1 while unknown, as the times are. */
  readonly logEndOffset: number;
  /** Wall-clock milliseconds. */
  readonly lastFetchTimestampMs: number;
  readonly lastCaughtUpTimestampMs: number;
}

export interface DescriptionTime {
  readonly log: RaftLogView;
  /** Monotonic and wall-clock milliseconds of the same moment. */
  readonly nowMs: number;
  readonly wallMs: number;
}

export function describeQuorum(raft: Raft, { log, nowMs, wallMs }: DescriptionTime): QuorumDescription {
  const { role, leaderId, epoch, highWatermark, quorum } = raft;
  const wallClock = (elapsedMs: number | undefined) =>
    elapsedMs === undefined ? -1 : Math.floor(wallMs - (nowMs - elapsedMs));
  const described = ({ key, endOffset, lastFetchMs, lastCaughtUpMs }: ReplicaProgress): DescribedReplica =>
    key.id === leaderId
      ? { ...key, logEndOffset: log.endOffset, lastFetchTimestampMs: wallMs, lastCaughtUpTimestampMs: wallMs }
      : {
          ...key,
          logEndOffset: endOffset ?? -1,
          lastFetchTimestampMs: wallClock(lastFetchMs),
          lastCaughtUpTimestampMs: wallClock(lastCaughtUpMs),
        };
  const leader = role.name === "leader" ? role.state : undefined;
  return {
    leaderId,
    epoch,
    highWatermark: highWatermark ?? -1,
    voters: leader === undefined ? [] : [...leader.voters].map(described),
    observers: leader === undefined ? [] : leader.observers(nowMs).map(described),
    nodes: quorum.voters.voters,
  };
}
