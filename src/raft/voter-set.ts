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

  get size(): number {
    return this.voters.length;
  }

  get ids(): readonly number[] {
    return this.voters.map((voter) => voter.id);
  }

  voter(id: number): VoterNode | undefined {
    return this.voters.find((voter) => voter.id === id);
  }

  /**
   * True for a replica that votes. Without a directory id in the set (kraft.version 0) the node id decides alone.
   */
  isVoter(key: ReplicaKey): boolean {
    const voter = this.voter(key.id);
    return voter !== undefined && matchesReplica(voter, key);
  }

  isOnlyVoter(key: ReplicaKey): boolean {
    return this.voters.length === 1 && this.isVoter(key);
  }

  /** How many votes, or replicas of an offset, make a majority. */
  majority(): number {
    return Math.floor(this.voters.length / 2) + 1;
  }

  /** Empty for a node that is not in the set. */
  endpointsOf(id: number): readonly VoterEndpoint[] {
    return this.voter(id)?.endpoints ?? [];
  }

  /** With one more voter; undefined when its id is in the set. */
  withAdded(node: VoterNode): VoterSet | undefined {
    return this.voter(node.id) === undefined ? new VoterSet([...this.voters, node]) : undefined;
  }

  /** Undefined when the replica is not in the set, or would leave it empty. */
  without(key: ReplicaKey): VoterSet | undefined {
    const voter = this.voter(key.id);
    if (voter === undefined || voter.directoryId !== key.directoryId || this.voters.length === 1) return undefined;
    return new VoterSet(this.voters.filter((other) => other !== voter));
  }

  /** The same set with the voter replaced; undefined when it is not in the set. */
  withUpdated(node: VoterNode): VoterSet | undefined {
    return this.isVoter(node) ? this.withReplaced(node) : undefined;
  }

  /** The same set with the voter of this id replaced, whatever its directory is; undefined when there is none. */
  withReplaced(node: VoterNode): VoterSet | undefined {
    if (this.voter(node.id) === undefined) return undefined;
    return new VoterSet(this.voters.map((voter) => (voter.id === node.id ? node : voter)));
  }

  /** True when the set has the voter with other endpoints or versions than it has now. */
  needsUpdate(node: VoterNode): boolean {
    const known = this.voter(node.id);
    return known !== undefined && matchesReplica(known, node) && described(known) !== described(node);
  }
}

/** Where replicas are looked for by the name of one listener; undefined when there is no such endpoint. */
export function endpointNamed(endpoints: readonly VoterEndpoint[], name: string): VoterEndpoint | undefined {
  return endpoints.find((endpoint) => endpoint.name === name);
}

/** Whether it is this replica; a `known` one without a directory id stands for any directory of the node. */
export function matchesReplica(known: ReplicaKey, key: ReplicaKey): boolean {
  return known.id === key.id && (isUnknownDirectory(known.directoryId) || known.directoryId === key.directoryId);
}

const UNKNOWN_DIRECTORY = "AAAAAAAAAAAAAAAAAAAAAA";

/** As Kafka writes it in its answers. */
export function replicaKeyText({ id, directoryId }: ReplicaKey): string {
  return `ReplicaKey(id=${id}, directoryId=${directoryId})`;
}

export function isUnknownDirectory(directoryId: string): boolean {
  return directoryId === UNKNOWN_DIRECTORY;
}

function described({ directoryId, supportedKRaftVersion: { min, max }, endpoints }: VoterNode): string {
  const sorted = endpoints.map(({ name, host, port }) => [name, host, port]).sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
  return JSON.stringify([directoryId, min, max, sorted]);
}
