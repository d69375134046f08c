import type { ControlRecord } from "./control-record.ts";
import type { ElectionState } from "./election-state.ts";
import { LeaderState } from "./leader-state.ts";
import { type Peer, PeerRequests } from "./peer-requests.ts";
import type { QuorumConfiguration, QuorumHistory } from "./quorum-history.ts";
import type { Instant, RaftEffect } from "./raft-event.ts";
import type { KnownLeader, OffsetAndEpoch, RaftRequest, RaftResponse } from "./raft-message.ts";
import type { RaftLogView, RaftOptions, RaftTimeouts } from "./raft-options.ts";
import { electionStateOf, type Follower, type Leader, type RaftRole } from "./raft-role.ts";
import { VoteTally } from "./vote-tally.ts";
import { endpointNamed, type ReplicaKey, type VoterEndpoint, type VoterNode } from "./voter-set.ts";

/**
 * What all parts of the state machine share: the role and how one becomes another, the quorum, the requests under way,
 * and the effects of the present step.
 */
export class RaftState {
  readonly clusterId: string;
  readonly local: VoterNode;
  readonly listenerName: string;
  readonly canBecomeVoter: boolean;
  readonly autoJoin: boolean;
  readonly timeouts: RaftTimeouts;
  readonly quorum: QuorumHistory;
  readonly log: RaftLogView;
  readonly peers: PeerRequests;
  readonly bootstrapPeers: readonly Peer[];
  role: RaftRole;
  /** Everything below it is committed; undefined as long as no leader has told. */
  highWatermark: number | undefined = undefined;
  /** The local log is on disk up to here. */
  flushedEndOffset = 0;
  /** The log is about to change by an effect that is not done yet: what is decided by its end has to wait. */
  isLogChanging = false;
  isStopping = false;
  nowMs = 0;
  #chance = 0;
  #effects: RaftEffect[] = [];
  #persisted: ElectionState;
  #announced = { leaderId: -1, epoch: -1 };
  readonly #onLeadershipLost: () => void;

  constructor(options: RaftOptions, onLeadershipLost: () => void) {
    this.clusterId = options.clusterId;
    this.local = options.local;
    this.listenerName = options.listenerName;
    this.canBecomeVoter = options.canBecomeVoter;
    this.autoJoin = options.autoJoin;
    this.timeouts = options.timeouts;
    this.quorum = options.quorum;
    this.log = options.log;
    this.peers = new PeerRequests(options.timeouts);
    this.bootstrapPeers = options.bootstrapServers.map(({ host, port }, index) => ({ id: -2 - index, host, port }));
    this.#onLeadershipLost = onLeadershipLost;
    this.#persisted = options.electionState ?? { epoch: 0, leaderId: -1, voted: undefined };
    this.role = this.#initialRole(this.#persisted);
  }

  /** Runs one step at a time, and answers its effects. */
  collect({ nowMs, chance }: Instant, run: () => void): RaftEffect[] {
    this.nowMs = nowMs;
    this.#chance = chance;
    run();
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  get epoch(): number {
    return this.role.epoch;
  }

  /** -1 when nobody is known to lead. */
  get leaderId(): number {
    switch (this.role.name) {
      case "leader":
        return this.local.id;
      case "candidate":
      case "resigned":
        return -1;
      default:
        return this.role.leaderId;
    }
  }

  get leaderEndpoints(): readonly VoterEndpoint[] {
    if (this.role.name === "leader") return this.local.endpoints;
    return this.role.name === "follower" || this.role.name === "prospective" ? this.role.leaderEndpoints : [];
  }

  /** What answers tell of the leader. A leader that has resigned still names itself, as its epoch has no other. */
  get knownLeader(): KnownLeader {
    if (this.role.name === "resigned") {
      return { leaderId: this.local.id, epoch: this.epoch, endpoints: this.local.endpoints };
    }
    return { leaderId: this.leaderId, epoch: this.epoch, endpoints: this.leaderEndpoints };
  }

  get configuration(): QuorumConfiguration {
    return this.quorum.latest;
  }

  get isVoter(): boolean {
    return this.configuration.voters.isVoter(this.local);
  }

  get logEnd(): OffsetAndEpoch {
    return { offset: this.log.endOffset, epoch: this.log.lastEpoch };
  }

  get leader(): Leader | undefined {
    return this.role.name === "leader" ? this.role : undefined;
  }

  get follower(): Follower | undefined {
    return this.role.name === "follower" ? this.role : undefined;
  }

  /** Undefined when the node offers no endpoint of the listener by which replicas reach each other. */
  peerOf(id: number, endpoints: readonly VoterEndpoint[]): Peer | undefined {
    const endpoint = endpointNamed(endpoints, this.listenerName);
    return endpoint && { id, host: endpoint.host, port: endpoint.port };
  }

  voterPeer(id: number): Peer | undefined {
    return this.peerOf(id, this.configuration.voters.endpointsOf(id));
  }

  /** Between once and twice the election timeout. */
  randomElectionDeadlineMs(): number {
    return this.nowMs + Math.max(1, this.timeouts.electionTimeoutMs) * (1 + this.#chance);
  }

  /**
   * When a follower gives its leader up. Followers tend to hear their leader for the last time together, and would then
   * ask for each other's votes together: a tenth of an election's time is enough to keep them apart.
   */
  fetchDeadlineMs(): number {
    return this.nowMs + this.timeouts.fetchTimeoutMs + (this.#chance * this.timeouts.electionTimeoutMs) / 10;
  }

  /** Who refused knew no better yet: the leader that everybody will have missed in a moment need not be waited for. */
  #soonAgainMs(): number {
    return this.nowMs + (this.timeouts.electionTimeoutMs * (1 + this.#chance)) / 4;
  }

  /** An integer in [0, below). */
  pick(below: number): number {
    return Math.floor(this.#chance * below);
  }

  emit(effect: RaftEffect): void {
    this.#effects.push(effect);
  }

  tell(level: "info" | "warn" | "error", line: string): void {
    this.emit({ type: "log", level, line });
  }

  reply(id: number, response: RaftResponse): void {
    this.emit({ type: "reply", id, response });
  }

  /** Sends the request when the peer can be asked now; answers when the next one can be. */
  ask(peer: Peer, request: () => RaftRequest): number {
    if (this.peers.isReady(peer, this.nowMs)) {
      const id = this.peers.sent(peer, this.nowMs);
      this.emit({ type: "send", id, peer, request: request() });
    }
    return this.peers.readyMs(peer, this.nowMs);
  }

  appendControl(epoch: number, records: readonly ControlRecord[]): void {
    this.isLogChanging = true;
    this.emit({ type: "appendControl", epoch, records });
  }

  commit(offset: number): void {
    if (offset <= (this.highWatermark ?? -1)) return;
    this.highWatermark = offset;
    this.emit({ type: "commit", offset });
  }

  becomeUnattached(epoch: number, leaderId = -1): void {
    const electionDeadlineMs = this.#unattachedDeadlineMs();
    this.#enter({ name: "unattached", epoch, leaderId, voted: this.#votedIn(epoch), electionDeadlineMs });
  }

  /** The vote is on disk before the answer leaves. */
  grantVote(candidate: ReplicaKey): void {
    const { role } = this;
    if (role.name !== "unattached" && role.name !== "prospective") throw new Error(`Voted as ${role.name}`);
    const electionDeadlineMs = this.randomElectionDeadlineMs();
    if (role.name === "unattached") this.#enter({ ...role, voted: candidate, electionDeadlineMs });
    else this.#enter({ ...role, voted: candidate, tally: this.#newTally(), electionDeadlineMs });
  }

  becomeFollower({ leaderId, epoch, endpoints }: KnownLeader): void {
    if (leaderId === this.local.id) throw new Error(`Node ${leaderId} cannot follow itself in epoch ${epoch}`);
    this.#enter({
      name: "follower",
      epoch,
      leaderId,
      leaderEndpoints: endpoints,
      voted: this.#votedIn(epoch),
      fetchDeadlineMs: this.fetchDeadlineMs(),
      updateVoterDeadlineMs: this.nowMs + this.timeouts.fetchTimeoutMs,
      hasFetched: false,
      isLeaderGone: false,
      standsBackUntilMs: 0,
      hasUpdatedLeader: false,
      leaderHighWatermark: -1,
      fetchingSnapshot: undefined,
    });
  }

  becomeProspective(): void {
    const { role, follower } = this;
    const leader = role.name === "resigned" ? undefined : this.knownLeader;
    const isLeaderGone = follower?.isLeaderGone ?? false;
    this.#enter({
      name: "prospective",
      epoch: role.epoch,
      leaderId: leader?.leaderId ?? -1,
      leaderEndpoints: leader?.endpoints ?? [],
      voted: this.#votedIn(role.epoch),
      tally: this.#newTally(),
      electionDeadlineMs: isLeaderGone ? this.#soonAgainMs() : this.randomElectionDeadlineMs(),
      isLeaderGone,
    });
  }

  becomeCandidate(): void {
    const electionDeadlineMs = this.randomElectionDeadlineMs();
    this.#enter({ name: "candidate", epoch: this.epoch + 1, tally: this.#newTally(), electionDeadlineMs });
  }

  becomeLeader(granted: ReadonlySet<number>): LeaderState {
    const { local, nowMs } = this;
    const { voters } = this.configuration;
    const { fetchTimeoutMs } = this.timeouts;
    const epochStartOffset = this.log.endOffset;
    const state = new LeaderState({ local, voters, granted, epochStartOffset, fetchTimeoutMs, nowMs });
    state.localFlushed(this.flushedEndOffset);
    this.#enter({ name: "leader", epoch: this.epoch, state });
    return state;
  }

  becomeResigned(preferredSuccessors: readonly ReplicaKey[]): void {
    const { ids } = this.configuration.voters;
    this.#enter({
      name: "resigned",
      epoch: this.epoch,
      preferredSuccessors,
      unacknowledged: new Set(ids.filter((id) => id !== this.local.id)),
      electionDeadlineMs: this.randomElectionDeadlineMs(),
    });
  }

  #enter(role: RaftRole): void {
    const before = this.role;
    this.role = role;
    if (before.name === "leader" && role.name !== "leader") this.#onLeadershipLost();
    if (before.name !== role.name || before.epoch !== role.epoch) this.peers.reset();
    this.#persist();
    this.#announce();
  }

  /** Two in a row are one: nothing leaves the node in between. */
  #persist(): void {
    const state = electionStateOf(this.role, this.local);
    if (isSameState(state, this.#persisted)) return;
    this.#persisted = state;
    if (this.#effects.at(-1)?.type === "persist") this.#effects.pop();
    this.emit({ type: "persist", state });
  }

  /** Who goes on without a leader has nothing to tell; this node's own leadership is told when its epoch has begun. */
  #announce(): void {
    const { leaderId, epoch } = this;
    const before = this.#announced;
    this.#announced = { leaderId, epoch };
    const isNews = leaderId !== before.leaderId || (leaderId >= 0 && epoch !== before.epoch);
    if (isNews && this.role.name !== "leader") this.announceLeader();
  }

  announceLeader(): void {
    const { leaderId, epoch } = this;
    this.emit({ type: "leader", leaderId, epoch });
    if (leaderId === this.local.id) return;
    const leader = leaderId < 0 ? "Nobody is known to lead" : `Controller ${leaderId} leads`;
    this.tell("info", `${leader} the metadata quorum in epoch ${epoch}`);
  }

  /** From here on time counts. Nobody else has to be asked by the only voter. */
  start(): void {
    const { role } = this;
    if (this.configuration.voters.isOnlyVoter(this.local)) {
      this.becomeProspective();
      return;
    }
    const endpoints = this.configuration.voters.endpointsOf(this.leaderId);
    if (endpoints.length > 0) this.becomeFollower({ leaderId: this.leaderId, epoch: role.epoch, endpoints });
    else if (role.name === "resigned") this.#enter({ ...role, electionDeadlineMs: this.randomElectionDeadlineMs() });
    else this.becomeUnattached(role.epoch, this.leaderId);
  }

  /** An election that was waited for is still waited for; a replica without a vote waits for a leader only. */
  #unattachedDeadlineMs(): number {
    const { role } = this;
    if (!this.isVoter) return Number.POSITIVE_INFINITY;
    if (role.name === "prospective" && role.tally.isLost()) return this.randomElectionDeadlineMs();
    const deadlineMs = "electionDeadlineMs" in role ? role.electionDeadlineMs : 0;
    if (deadlineMs > this.nowMs && deadlineMs < Number.POSITIVE_INFINITY) return deadlineMs;
    return this.randomElectionDeadlineMs();
  }

  #votedIn(epoch: number): ReplicaKey | undefined {
    const { role, local } = this;
    if (epoch !== role.epoch) return undefined;
    if (role.name === "candidate") return { id: local.id, directoryId: local.directoryId };
    return "voted" in role ? role.voted : undefined;
  }

  #newTally(): VoteTally {
    return new VoteTally(this.configuration.voters, this.local.id);
  }

  /**
   * A node never leads an epoch twice, as a restart may have lost records that others already have: neither when it has
   * led it, nor when it has only asked for votes in it.
   */
  #initialRole({ epoch, leaderId, voted }: ElectionState): RaftRole {
    const electionDeadlineMs = Number.POSITIVE_INFINITY;
    const { lastEpoch } = this.log;
    if (epoch < lastEpoch) {
      return { name: "unattached", epoch: lastEpoch, leaderId: -1, voted: undefined, electionDeadlineMs };
    }
    if (leaderId === this.local.id) {
      const { ids } = this.configuration.voters;
      const unacknowledged = new Set(ids.filter((id) => id !== this.local.id));
      return { name: "resigned", epoch, preferredSuccessors: [], unacknowledged, electionDeadlineMs };
    }
    return { name: "unattached", epoch, leaderId, voted, electionDeadlineMs };
  }
}

function isSameState(a: ElectionState, b: ElectionState): boolean {
  return (
    a.epoch === b.epoch &&
    a.leaderId === b.leaderId &&
    a.voted?.id === b.voted?.id &&
    a.voted?.directoryId === b.voted?.directoryId
  );
}
