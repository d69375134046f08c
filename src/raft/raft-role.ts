import type { LeaderState } from "./leader-state.ts";
import type { SnapshotId } from "./raft-message.ts";
import type { VoteTally } from "./vote-tally.ts";
import type { ReplicaKey, VoterEndpoint } from "./voter-set.ts";

/** What this node is in its current epoch (KIP-595, KIP-996). A replica that is no voter is unattached or a follower. */
export type RaftRole = Unattached | Prospective | Candidate | Leader | Follower | Resigned;

/** Knows the epoch, and nobody to fetch from. */
export interface Unattached {
  readonly name: "unattached";
  readonly epoch: number;
  /** The leader of the epoch may be known without its address; -1 when it is not known. */
  readonly leaderId: number;
  readonly voted: ReplicaKey | undefined;
  /** When a voter tries to be elected itself. */
  readonly electionDeadlineMs: number;
}

/** Asks whether it would be elected, in the epoch that it has (KIP-996). */
export interface Prospective {
  readonly name: "prospective";
  readonly epoch: number;
  readonly leaderId: number;
  readonly leaderEndpoints: readonly VoterEndpoint[];
  readonly voted: ReplicaKey | undefined;
  readonly tally: VoteTally;
  readonly electionDeadlineMs: number;
  /** See {@link Follower.isLeaderGone}. */
  readonly isLeaderGone: boolean;
}

/** Asks for votes in an epoch of its own. */
export interface Candidate {
  readonly name: "candidate";
  readonly epoch: number;
  readonly tally: VoteTally;
  readonly electionDeadlineMs: number;
}

export interface Leader {
  readonly name: "leader";
  readonly epoch: number;
  readonly state: LeaderState;
}

export interface Follower {
  readonly name: "follower";
  readonly epoch: number;
  readonly leaderId: number;
  readonly leaderEndpoints: readonly VoterEndpoint[];
  readonly voted: ReplicaKey | undefined;
  /** When the leader is given up, unless a fetch succeeds before. */
  fetchDeadlineMs: number;
  /** When it is looked at again whether the voters should know this node differently. */
  updateVoterDeadlineMs: number;
  /** A node that hears its leader grants no preliminary vote. */
  hasFetched: boolean;
  /** The leader's process was found to be gone, and nothing was fetched from it since. */
  isLeaderGone: boolean;
  /** It has promised its vote: until then it does not stand for election itself. */
  standsBackUntilMs: number;
  /** Under kraft.version 0 each leader is told once what this voter supports. */
  hasUpdatedLeader: boolean;
  /** As the leader told last, -1 before; the own log may end before it. */
  leaderHighWatermark: number;
  fetchingSnapshot: FetchingSnapshot | undefined;
}

export interface FetchingSnapshot {
  readonly id: SnapshotId;
  position: number;
}

/** Was the leader of this epoch and must not lead it again: unflushed records may be gone. */
export interface Resigned {
  readonly name: "resigned";
  readonly epoch: number;
  readonly preferredSuccessors: readonly ReplicaKey[];
  /** Voters that have not heard of the resignation. */
  readonly unacknowledged: Set<number>;
  readonly electionDeadlineMs: number;
}

/** What survives of a role: who the node believes to lead, and whom it has voted for. */
export function electionStateOf(role: RaftRole, local: ReplicaKey) {
  switch (role.name) {
    case "candidate":
      return { epoch: role.epoch, leaderId: -1, voted: { id: local.id, directoryId: local.directoryId } };
    case "leader":
    case "resigned":
      return { epoch: role.epoch, leaderId: local.id, voted: undefined };
    default:
      return { epoch: role.epoch, leaderId: role.leaderId, voted: role.voted };
  }
}
