import type { ReplicaKey } from "./voter-set.ts";

/** What this node is in its current epoch (KIP-595, KIP-996). */
export type RaftRole = Unattached | Resigned | Candidate | Leader;

/** Knows the epoch, but no leader to fetch from. */
export interface Unattached {
  readonly name: "unattached";
  readonly epoch: number;
  readonly leaderId: number;
  readonly voted: ReplicaKey | undefined;
}

/** Was the leader of this epoch and must not lead it again: unflushed records may be gone. */
export interface Resigned {
  readonly name: "resigned";
  readonly epoch: number;
}

/** Asks for votes in an epoch of its own. */
export interface Candidate {
  readonly name: "candidate";
  readonly epoch: number;
  /** Ids of the voters that granted their vote, this node included once its own vote is on disk. */
  readonly granted: ReadonlySet<number>;
}

export interface Leader {
  readonly name: "leader";
  readonly epoch: number;
  readonly granted: ReadonlySet<number>;
  /** The offset of the epoch's LEADER_CHANGE record; nothing is committed before this record is. */
  readonly epochStartOffset: number;
  /** By voter id: the end of what that voter is known to have on disk. */
  readonly voterEndOffsets: ReadonlyMap<number, number>;
}
