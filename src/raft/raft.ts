import type { ControlRecord } from "./control-record.ts";
import type { ElectionState } from "./election-state.ts";
import type { Leader, RaftRole } from "./raft-role.ts";
import type { QuorumConfiguration, ReplicaKey, VoterNode } from "./voter-set.ts";

/** What can happen to a replica of the metadata log. */
export type RaftEvent =
  | { readonly type: "started" }
  /** The election state of an earlier "persist" effect is on disk. */
  | { readonly type: "persisted"; readonly state: ElectionState }
  /** The local log is on disk up to `endOffset`. */
  | { readonly type: "flushed"; readonly endOffset: number }
  | { readonly type: "stopping" };

/** What the driver has to do, in this order. */
export type RaftEffect =
  /** Write the quorum-state file and wait for the disk; then answer with a "persisted" event. */
  | { readonly type: "persist"; readonly state: ElectionState }
  /** Append these records at the log's end as one control batch of `epoch`, then flush. */
  | { readonly type: "appendControl"; readonly epoch: number; readonly records: readonly ControlRecord[] }
  /** Everything below `offset` is committed. */
  | { readonly type: "commit"; readonly offset: number }
  /** `leaderId` is -1 when nobody leads. */
  | { readonly type: "leader"; readonly leaderId: number; readonly epoch: number };

export interface RaftOptions {
  /** This replica, with the endpoints and versions it offers now. */
  readonly local: VoterNode;
  readonly quorum: QuorumConfiguration;
  /** What the quorum-state file holds; undefined when there is none. */
  readonly electionState: ElectionState | undefined;
  readonly logEndOffset: number;
  /** The epoch of the last record in the log, 0 for an empty log. */
  readonly lastEpoch: number;
}

/**
 * The Raft state machine of the metadata log: it never reads a clock, a file or a socket. The driver feeds it events and
 * performs the effects it answers. It serves quorums of one voter, where the only vote is this node's own.
 */
export class Raft {
  readonly #local: VoterNode;
  #quorum: QuorumConfiguration;
  #role: RaftRole;
  #logEndOffset: number;
  #highWatermark: number | undefined;

  constructor(options: RaftOptions) {
    this.#local = options.local;
    this.#quorum = options.quorum;
    this.#logEndOffset = options.logEndOffset;
    this.#role = initialRole(options);
  }

  get role(): RaftRole {
    return this.#role;
  }

  get epoch(): number {
    return this.#role.epoch;
  }

  /** -1 when nobody is known to lead. */
  get leaderId(): number {
    if (this.#role.name === "leader") return this.#local.id;
    return this.#role.name === "unattached" ? this.#role.leaderId : -1;
  }

  /** Undefined until a record of this leader's epoch is committed. */
  get highWatermark(): number | undefined {
    return this.#highWatermark;
  }

  get quorum(): QuorumConfiguration {
    return this.#quorum;
  }

  step(event: RaftEvent): RaftEffect[] {
    switch (event.type) {
      case "started":
        return this.#quorum.voters.isOnlyVoter(this.#local) ? this.#becomeCandidate() : [];
      case "persisted":
        return this.#persisted(event.state);
      case "flushed":
        return this.#flushed(event.endOffset);
      case "stopping":
        return this.#resign();
    }
  }

  /** The driver appended a batch; a VotersRecord in it counts from now on, committed or not. */
  appended(endOffset: number, quorum: QuorumConfiguration = this.#quorum): void {
    this.#logEndOffset = endOffset;
    this.#quorum = quorum;
  }

  #becomeCandidate(): RaftEffect[] {
    const epoch = this.#role.epoch + 1;
    this.#role = { name: "candidate", epoch, granted: new Set() };
    return [{ type: "persist", state: { epoch, leaderId: -1, voted: key(this.#local) } }];
  }

  /** A vote counts only once it is on disk, this node's own included. */
  #persisted(state: ElectionState): RaftEffect[] {
    if (this.#role.name !== "candidate" || state.epoch !== this.#role.epoch) return [];
    const granted = new Set([...this.#role.granted, this.#local.id]);
    this.#role = { ...this.#role, granted };
    return granted.size >= this.#quorum.voters.majority() ? this.#becomeLeader(granted) : [];
  }

  #becomeLeader(granted: ReadonlySet<number>): RaftEffect[] {
    const epoch = this.#role.epoch;
    this.#role = {
      name: "leader",
      epoch,
      granted,
      epochStartOffset: this.#logEndOffset,
      voterEndOffsets: new Map(),
    };
    return [
      { type: "persist", state: { epoch, leaderId: this.#local.id, voted: undefined } },
      { type: "appendControl", epoch, records: this.#epochStartRecords(granted) },
      { type: "leader", leaderId: this.#local.id, epoch },
    ];
  }

  /**
   * The first leader of a dynamic quorum copies the version and the voters from the bootstrap snapshot into the log, where
   * observers find them; a later one writes them again when its own endpoints have changed.
   */
  #epochStartRecords(granted: ReadonlySet<number>): ControlRecord[] {
    const { voters, votersOffset, kraftVersion } = this.#quorum;
    const records: ControlRecord[] = [
      {
        type: "leaderChange",
        leaderId: this.#local.id,
        voters: voters.voters.map((voter) => voter.id),
        grantingVoters: [...granted],
      },
    ];
    if (kraftVersion > 0 && (votersOffset === undefined || this.#localVoterChanged())) {
      records.push(
        { type: "kraftVersion", kraftVersion },
        { type: "voters", voters: voters.withVoter(this.#local).voters },
      );
    }
    return records;
  }

  #localVoterChanged(): boolean {
    const known = this.#quorum.voters.voters.find((voter) => voter.id === this.#local.id);
    return known === undefined || JSON.stringify(describe(known)) !== JSON.stringify(describe(this.#local));
  }

  #flushed(endOffset: number): RaftEffect[] {
    if (this.#role.name !== "leader") return [];
    const voterEndOffsets = new Map(this.#role.voterEndOffsets).set(this.#local.id, endOffset);
    this.#role = { ...this.#role, voterEndOffsets };
    const offset = majorityOffset(this.#role, this.#quorum);
    // A record of an earlier epoch counts as committed only together with one of this epoch (Raft paper, section 5.4.2).
    if (offset <= this.#role.epochStartOffset || offset <= (this.#highWatermark ?? -1)) return [];
    this.#highWatermark = offset;
    return [{ type: "commit", offset }];
  }

  #resign(): RaftEffect[] {
    if (this.#role.name !== "leader") return [];
    const epoch = this.#role.epoch;
    this.#role = { name: "resigned", epoch };
    return [{ type: "leader", leaderId: -1, epoch }];
  }
}

/** A node never leads an epoch twice: a restart may have lost records that others already have. */
function initialRole({ local, electionState, lastEpoch }: RaftOptions): RaftRole {
  const state = electionState ?? { epoch: 0, leaderId: -1, voted: undefined };
  if (state.epoch < lastEpoch) return { name: "unattached", epoch: lastEpoch, leaderId: -1, voted: undefined };
  if (state.leaderId === local.id) return { name: "resigned", epoch: state.epoch };
  return { name: "unattached", epoch: state.epoch, leaderId: state.leaderId, voted: state.voted };
}

/** The highest offset that a majority of the voters has on disk. */
function majorityOffset(leader: Leader, { voters }: QuorumConfiguration): number {
  const offsets = voters.voters.map((voter) => leader.voterEndOffsets.get(voter.id) ?? 0);
  offsets.sort((a, b) => b - a);
  return offsets[Math.floor(offsets.length / 2)] ?? 0;
}

function key(node: VoterNode): ReplicaKey {
  return { id: node.id, directoryId: node.directoryId };
}

function describe(node: VoterNode): unknown {
  const endpoints = [...node.endpoints].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    node.directoryId,
    node.supportedKRaftVersion.min,
    node.supportedKRaftVersion.max,
    endpoints.map((endpoint) => [endpoint.name, endpoint.host, endpoint.port]),
  ];
}
