import { ErrorCode } from "../protocol/error-codes.ts";
import { Elections } from "./elections.ts";
import { FetchServing, leaderProblem } from "./fetch-serving.ts";
import { Fetching } from "./fetching.ts";
import { Leadership } from "./leadership.ts";
import { OwnVoter } from "./own-voter.ts";
import type { Peer } from "./peer-requests.ts";
import type { QuorumConfiguration } from "./quorum-history.ts";
import type { ControlBatch, Instant, RaftEffect, RaftEvent } from "./raft-event.ts";
import {
  type KnownLeader,
  type RaftRequest,
  type RaftResponse,
  type RefusedResponse,
  senderOf,
} from "./raft-message.ts";
import type { RaftOptions } from "./raft-options.ts";
import type { RaftRole } from "./raft-role.ts";
import { RaftState } from "./raft-state.ts";
import { serveSnapshot } from "./snapshot-serving.ts";
import { VoterChanges } from "./voter-changes.ts";

/** What one step may lead to by itself; the rest has to wait for the next one. */
const MAX_ROUNDS = 16;

/**
 * The Raft state machine of the metadata log (KIP-595, KIP-853, KIP-996): it never reads a clock, chance, a file or a
 * socket. The driver feeds it events, each with its time and a random number, and performs the effects it answers, in
 * order, before the next event from outside. It sees the log through {@link RaftLogView}.
 */
export class Raft {
  readonly #state: RaftState;
  readonly #elections: Elections;
  readonly #leadership: Leadership;
  readonly #serving: FetchServing;
  readonly #fetching: Fetching;
  readonly #voterChanges: VoterChanges;
  readonly #ownVoter: OwnVoter;
  #isStarted = false;
  #stopDeadlineMs = Number.POSITIVE_INFINITY;
  #deadlineMs = Number.POSITIVE_INFINITY;

  constructor(options: RaftOptions) {
    this.#state = new RaftState(options, () => {
      this.#serving.failAll();
      this.#voterChanges.failAll();
    });
    this.#elections = new Elections(this.#state);
    this.#leadership = new Leadership(this.#state);
    this.#serving = new FetchServing(this.#state, () => this.#voterChanges.committed());
    this.#fetching = new Fetching(this.#state);
    this.#voterChanges = new VoterChanges(this.#state);
    this.#ownVoter = new OwnVoter(this.#state);
  }

  get role(): RaftRole {
    return this.#state.role;
  }

  get epoch(): number {
    return this.#state.epoch;
  }

  /** -1 when nobody is known to lead. */
  get leaderId(): number {
    return this.#state.leaderId;
  }

  get knownLeader(): KnownLeader {
    return this.#state.knownLeader;
  }

  /** Undefined until it is known that something is committed. */
  get highWatermark(): number | undefined {
    return this.#state.leader === undefined ? this.#state.highWatermark : this.#state.leader.state.highWatermark;
  }

  get quorum(): QuorumConfiguration {
    return this.#state.configuration;
  }

  /** With an upgrade that is under way. */
  get kraftVersion(): number {
    return this.#state.leader?.state.requestedKRaftVersion ?? this.quorum.kraftVersion;
  }

  /** When the next "tick" is needed, in monotonic milliseconds. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** After "stopping": nothing depends on this node any more, or it has waited long enough. */
  get hasHandedOver(): boolean {
    const { configuration, local, isVoter, leaderId, nowMs } = this.#state;
    const hasRemoteLeader = leaderId >= 0 && leaderId !== local.id;
    return !isVoter || configuration.voters.isOnlyVoter(local) || hasRemoteLeader || nowMs >= this.#stopDeadlineMs;
  }

  step(event: RaftEvent, instant: Instant): RaftEffect[] {
    return this.#state.collect(instant, () => {
      this.#handle(event);
      if (this.#isStarted) this.#poll();
    });
  }

  /** Why the voters cannot go on at this kraft.version; undefined when they can, or are there already. */
  kraftVersionProblem(version: number): string | undefined {
    const { kraftVersion } = this;
    const { leader } = this.#state;
    if (version === kraftVersion) return undefined;
    if (leader === undefined) return "This node does not lead the metadata quorum.";
    if (leader.state.requestedKRaftVersion !== undefined) {
      return `Invalid concurrent upgrade of kraft.version to ${version}: an upgrade to ${kraftVersion} is under way`;
    }
    if (version < kraftVersion) {
      return `Invalid upgrade of kraft.version from version ${kraftVersion} to ${version} because the new version is a downgrade`;
    }
    const isSupported = leader.state.volatileVoters.voters.every(
      ({ supportedKRaftVersion: { min, max } }) => version >= min && version <= max,
    );
    if (isSupported) return undefined;
    return `Invalid upgrade of kraft.version to ${version} because not all of the voters support it`;
  }

  #handle(event: RaftEvent): void {
    const state = this.#state;
    switch (event.type) {
      case "started":
        this.#isStarted = true;
        state.start();
        if (state.role.name === "prospective") this.#elections.startElection();
        break;
      case "tick":
        break;
      case "request":
        this.#handleRequest(event.id, event.request);
        break;
      case "response":
        this.#handleResponse(event.id, event.peer, event.response);
        break;
      case "broken":
        this.#handleBroken(event.nodeId);
        break;
      case "gone":
        this.#handleGone(event.nodeId);
        break;
      case "appended":
        this.#appended(event.control);
        break;
      case "refused":
        state.isLogChanging = false;
        this.#backOffFromLeader();
        break;
      case "flushed":
        state.flushedEndOffset = Math.min(Math.max(state.flushedEndOffset, event.endOffset), state.log.endOffset);
        state.leader?.state.localFlushed(state.flushedEndOffset);
        this.#serving.advanceHighWatermark();
        break;
      case "truncated":
        state.isLogChanging = false;
        state.flushedEndOffset = Math.min(state.flushedEndOffset, state.log.endOffset);
        state.quorum.truncateTo(state.log.endOffset);
        break;
      case "snapshotFlushed":
        this.#fetching.snapshotFlushed(event.id);
        break;
      case "snapshotInstalled":
        state.isLogChanging = false;
        state.flushedEndOffset = event.id.endOffset;
        state.quorum.restart(event.id.endOffset, event.quorum);
        state.commit(event.id.endOffset);
        // Whether it votes, the snapshot may have told.
        if (state.role.name === "unattached") state.becomeUnattached(state.epoch, state.leaderId);
        break;
      case "upgradeKRaftVersion":
        this.#upgradeKRaftVersion(event.version);
        break;
      case "resign":
        if (state.leader?.epoch === event.epoch) state.leader.state.isResignRequested = true;
        break;
      case "stopping":
        state.isStopping = true;
        this.#stopDeadlineMs = state.nowMs + event.timeoutMs;
        break;
    }
  }

  #handleRequest(id: number, request: RaftRequest): void {
    const state = this.#state;
    this.#heard(senderOf(request));
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      state.reply(id, refusal);
      return;
    }
    switch (request.type) {
      case "vote":
        state.reply(id, this.#elections.handleRequest(request));
        break;
      case "beginQuorumEpoch":
        state.reply(id, this.#leadership.handleBegin(request));
        break;
      case "endQuorumEpoch":
        state.reply(id, this.#leadership.handleEnd(request));
        break;
      case "fetch":
        this.#serving.handleRequest(id, request);
        break;
      case "fetchSnapshot":
        state.reply(id, serveSnapshot(state, request));
        break;
      case "addVoter":
        this.#whenLeading(id, request.type, () => this.#voterChanges.handleAdd(id, request));
        break;
      case "removeVoter":
        this.#whenLeading(id, request.type, () => this.#voterChanges.handleRemove(id, request));
        break;
      case "updateVoter": {
        const problem = leaderProblem(state, request.currentLeaderEpoch);
        const errorCode = problem === ErrorCode.NONE ? this.#voterChanges.handleUpdate(request) : problem;
        state.reply(id, { type: "updateVoter", errorCode, leader: state.knownLeader });
        break;
      }
      case "apiVersions":
        throw new Error("ApiVersions is no request to the metadata log");
    }
  }

  #refusal(request: RaftRequest): RefusedResponse | RaftResponse | undefined {
    const { clusterId, knownLeader } = this.#state;
    if (!("clusterId" in request) || request.clusterId === null || request.clusterId === clusterId) return undefined;
    const errorCode = ErrorCode.INCONSISTENT_CLUSTER_ID;
    const message = `The given id "${request.clusterId}" doesn't match the cluster id "${clusterId}"`;
    if (request.type === "updateVoter") return { type: "updateVoter", errorCode, leader: knownLeader };
    return { type: "refused", errorCode, message };
  }

  #whenLeading(id: number, type: "addVoter" | "removeVoter", handle: () => void): void {
    const errorCode = leaderProblem(this.#state, this.#state.epoch);
    if (errorCode === ErrorCode.NONE) handle();
    else this.#state.reply(id, { type, errorCode, message: null });
  }

  #handleResponse(id: number, peer: Peer, response: RaftResponse | undefined): void {
    const state = this.#state;
    if (!state.peers.isExpected(peer, id)) return;
    if (response === undefined) {
      this.#voterChanges.handleApiVersionsFailed(peer);
      state.peers.failed(peer, id, state.nowMs);
      return;
    }
    state.peers.heard(peer);
    const isSuccess = this.#handleAnswer(peer, response);
    state.peers.answered(peer, id, isSuccess, state.nowMs);
  }

  #heard(voterId: number): void {
    const peer = this.#state.voterPeer(voterId);
    if (peer !== undefined) this.#state.peers.heard(peer);
  }

  /** False when the peer should not be asked again at once. */
  #handleAnswer(peer: Peer, response: RaftResponse): boolean {
    switch (response.type) {
      case "refused":
        return this.#handleRefusal(peer, response);
      case "vote":
        return this.#elections.handleResponse(response, peer.id);
      case "beginQuorumEpoch":
      case "endQuorumEpoch":
        return this.#leadership.handleResponse(response, peer.id);
      case "fetch":
        return this.#fetching.handleFetchResponse(response);
      case "fetchSnapshot":
        return this.#fetching.handleSnapshotResponse(response);
      case "updateVoter":
        return this.#ownVoter.handleUpdateResponse(response);
      case "addVoter":
      case "removeVoter":
        return this.#ownVoter.handleChangeResponse(response);
      case "apiVersions":
        return this.#voterChanges.handleApiVersions(peer, response);
    }
  }

  #handleRefusal(peer: Peer, { errorCode, message }: RefusedResponse): boolean {
    if (errorCode === ErrorCode.UNSUPPORTED_VERSION && this.#state.role.name === "prospective") {
      this.#elections.preVoteUnsupported();
      return true;
    }
    const { host, port } = peer;
    this.#state.tell("error", `${host}:${port} refuses a request of the metadata quorum: ${message ?? errorCode}`);
    return false;
  }

  #appended(control: readonly ControlBatch[]): void {
    const state = this.#state;
    state.isLogChanging = false;
    for (const { baseOffset, records } of control) state.quorum.append(baseOffset, records);
    const { leader } = state;
    if (leader === undefined) {
      this.#fetching.advanceHighWatermark();
      return;
    }
    if (control.length > 0) {
      leader.state.updateVoters(state.configuration.voters);
      leader.state.localFlushed(state.flushedEndOffset);
      this.#voterChanges.appended(control);
    }
    this.#serving.advanceHighWatermark();
    this.#serving.wake();
  }

  #backOffFromLeader(): void {
    const { follower, peers, nowMs } = this.#state;
    const leader = follower && this.#state.peerOf(follower.leaderId, follower.leaderEndpoints);
    if (leader !== undefined) peers.backOff(leader, nowMs);
  }

  /** Until the leader is heard again, others may be right that it has to be replaced. */
  #handleBroken(nodeId: number): void {
    const { follower } = this.#state;
    if (follower?.leaderId === nodeId) follower.hasFetched = false;
  }

  /**
   * A voter's process has ended: its followers need not wait until they have missed it for long enough. They tend to know
   * together, so that they stand for election in turn: two that ask for votes at once would both have to wait.
   */
  #handleGone(nodeId: number): void {
    const { follower, isVoter, configuration, local, nowMs, timeouts } = this.#state;
    if (follower?.leaderId !== nodeId || !isVoter) return;
    const place = configuration.voters.ids.filter((id) => id < local.id && id !== nodeId).length;
    const deadlineMs = nowMs + (place * timeouts.electionTimeoutMs) / 5;
    follower.fetchDeadlineMs = Math.max(deadlineMs, follower.standsBackUntilMs);
    follower.hasFetched = false;
    follower.isLeaderGone = true;
  }

  #upgradeKRaftVersion(version: number): void {
    const { leader, configuration } = this.#state;
    if (leader === undefined || version === this.kraftVersion || this.kraftVersionProblem(version) !== undefined)
      return;
    leader.state.requestedKRaftVersion = version;
    this.#state.appendControl(leader.epoch, [
      { type: "kraftVersion", kraftVersion: version },
      ...(leader.state.volatileVoters === configuration.voters
        ? []
        : [{ type: "voters", voters: leader.state.volatileVoters.voters } as const]),
    ]);
  }

  /** Does all that time has come for, until nothing more happens by itself. */
  #poll(): void {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const { role } = this.#state;
      const { follower, isVoter, nowMs, isStopping } = this.#state;
      if (follower !== undefined && isVoter && !isStopping && nowMs >= follower.fetchDeadlineMs) {
        this.#elections.startElection();
      }
      const deadlines = [
        this.#elections.poll(),
        this.#leadership.poll(),
        this.#voterChanges.poll(),
        this.#ownVoter.poll(),
        this.#fetching.poll(),
        this.#serving.poll(),
        this.#stopDeadlineMs > nowMs ? this.#stopDeadlineMs : Number.POSITIVE_INFINITY,
      ];
      const current = this.#state.follower;
      if (current !== undefined && isVoter && !isStopping) deadlines.push(current.fetchDeadlineMs);
      this.#deadlineMs = Math.min(...deadlines);
      if (this.#state.role === role && this.#deadlineMs > nowMs) return;
    }
    this.#deadlineMs = this.#state.nowMs + 1;
  }
}
