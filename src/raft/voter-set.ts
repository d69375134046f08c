/** A replica of the metadata log: the same node with another directory is another replica (KIP-853). */
export interface ReplicaKey {
  readonly id: number;
  /** The directory id of the metadata log directory; the zero uuid when unknown (static quorums). */
  readonly directoryId: string;
}

export interface VoterNode extends ReplicaKey {
  /** By listener name. */
  readonly endpoints: readonly VoterEndpoint[];
  readonly supportedKRaftVersion: { readonly min: number; readonly max: number };
}

export interface VoterEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Who takes part in elections. */
export class VoterSet {
  readonly voters: readonly VoterNode[];

  constructor(voters: readonly VoterNode[]) {
    this.voters = voters;
  }

  /**
   * True for a replica that votes. Without a directory id in the set (kraft.version 0) the node id decides alone.
   */
  isVoter(key: ReplicaKey): boolean {
    const voter = this.voters.find((candidate) => candidate.id === key.id);
    return voter !== undefined && (isUnknown(voter.directoryId) || voter.directoryId === key.directoryId);
  }

  isOnlyVoter(key: ReplicaKey): boolean {
    return this.voters.length === 1 && this.isVoter(key);
  }

  /** How many votes, or replicas of an offset, make a majority. */
  majority(): number {
    return Math.floor(this.voters.length / 2) + 1;
  }

  /** The same set with the voter of this id replaced. */
  withVoter(node: VoterNode): VoterSet {
    return new VoterSet(this.voters.map((voter) => (voter.id === node.id ? node : voter)));
  }
}

const UNKNOWN_DIRECTORY = "AAAAAAAAAAAAAAAAAAAAAA";

function isUnknown(directoryId: string): boolean {
  return directoryId === UNKNOWN_DIRECTORY;
}

/** What the latest control records of the log or its snapshot say about the quorum. */
export interface QuorumConfiguration {
  readonly voters: VoterSet;
  /** The offset of the VotersRecord; undefined when no log record holds it yet (a bootstrap snapshot, or a static quorum). */
  readonly votersOffset: number | undefined;
  readonly kraftVersion: number;
}
