import { ErrorCode } from "../protocol/error-codes.ts";
import { isLocal } from "./elections.ts";
import { observeAnswer, observeLeader } from "./leader-discovery.ts";
import type { BeginQuorumEpochRequest, EndQuorumEpochRequest, EpochResponse, RaftResponse } from "./raft-message.ts";
import type { Leader, Resigned } from "./raft-role.ts";
import type { RaftState } from "./raft-state.ts";
import type { ReplicaKey } from "./voter-set.ts";

/** How leadership is made known, held and given up: BeginQuorumEpoch, check-quorum, EndQuorumEpoch (KIP-595). */
export class Leadership {
  readonly #state: RaftState;

  constructor(state: RaftState) {
    this.#state = state;
  }

  handleBegin({ leader, voter }: BeginQuorumEpochRequest): RaftResponse {
    const state = this.#state;
    const problem = this.#problem(leader.leaderId, leader.epoch);
    if (problem !== ErrorCode.NONE) return this.#answer("beginQuorumEpoch", problem);
    observeLeader(state, leader);
    const isMeant = voter === undefined || isLocal(state.local, voter);
    return this.#answer("beginQuorumEpoch", isMeant ? ErrorCode.NONE : ErrorCode.INVALID_VOTER_KEY);
  }

  /** The leader gives up: the first of the successors it names starts an election at once, the others some time later. */
  handleEnd({ leader, preferredSuccessors }: EndQuorumEpochRequest): RaftResponse {
    const state = this.#state;
    const problem = this.#problem(leader.leaderId, leader.epoch);
    if (problem !== ErrorCode.NONE) return this.#answer("endQuorumEpoch", problem);
    observeLeader(state, leader);
    const { follower } = state;
    if (follower?.leaderId === leader.leaderId) {
      follower.fetchDeadlineMs = state.nowMs + this.#electionBackoffMs(preferredSuccessors);
      // It is no leader any more that others should not disturb.
      follower.hasFetched = false;
    }
    return this.#answer("endQuorumEpoch", ErrorCode.NONE);
  }

  handleResponse(response: EpochResponse, voterId: number): boolean {
    const state = this.#state;
    if (observeAnswer(state, response.errorCode, response.leader) === "done") return true;
    if (response.errorCode !== ErrorCode.NONE) return false;
    if (response.type === "endQuorumEpoch" && state.role.name === "resigned") {
      state.role.unacknowledged.delete(voterId);
    }
    return true;
  }

  poll(): number {
    const { role } = this.#state;
    if (role.name === "leader") return this.#pollLeader(role);
    return role.name === "resigned" ? this.#pollResigned(role) : Number.POSITIVE_INFINITY;
  }

  #pollLeader({ epoch, state: leader }: Leader): number {
    const state = this.#state;
    const { nowMs } = state;
    const hasLostQuorum = leader.needsQuorumCheck && nowMs >= leader.checkQuorumDeadlineMs;
    if (hasLostQuorum) {
      state.tell("warn", `No majority of the voters has fetched from this leader of epoch ${epoch} for too long`);
    }
    if (state.isStopping || leader.isResignRequested || hasLostQuorum) {
      state.becomeResigned(leader.successors());
      return nowMs;
    }
    if (nowMs >= leader.beginQuorumDeadlineMs) {
      for (const voter of leader.silentVoters(nowMs)) this.#sendBegin(voter);
      leader.toldOfLeader(nowMs);
    }
    if (!leader.needsQuorumCheck) return Number.POSITIVE_INFINITY;
    return Math.min(leader.checkQuorumDeadlineMs, leader.beginQuorumDeadlineMs);
  }

  #pollResigned(role: Resigned): number {
    const state = this.#state;
    if (state.nowMs >= role.electionDeadlineMs && !state.isStopping) {
      // What this epoch's leader may have lost, it must not lead again.
      state.becomeUnattached(role.epoch + 1);
      return state.nowMs;
    }
    let nextMs = state.isStopping ? Number.POSITIVE_INFINITY : role.electionDeadlineMs;
    for (const id of role.unacknowledged) nextMs = Math.min(nextMs, this.#sendEnd(id, role));
    return nextMs;
  }

  #sendBegin(voter: ReplicaKey): void {
    const state = this.#state;
    const peer = state.voterPeer(voter.id);
    if (peer === undefined) return;
    state.ask(peer, () => ({
      type: "beginQuorumEpoch",
      clusterId: state.clusterId,
      voter,
      leader: state.knownLeader,
    }));
  }

  #sendEnd(voterId: number, { preferredSuccessors }: Resigned): number {
    const state = this.#state;
    const peer = state.voterPeer(voterId);
    if (peer === undefined) return Number.POSITIVE_INFINITY;
    return state.ask(peer, () => ({
      type: "endQuorumEpoch",
      clusterId: state.clusterId,
      leader: state.knownLeader,
      preferredSuccessors,
    }));
  }

  #problem(leaderId: number, epoch: number): number {
    if (epoch < this.#state.epoch) return ErrorCode.FENCED_LEADER_EPOCH;
    return leaderId < 0 ? ErrorCode.INVALID_REQUEST : ErrorCode.NONE;
  }

  /** Twice as long for each place in the line, so that those in front are done before the next one starts. */
  #electionBackoffMs(successors: readonly ReplicaKey[]): number {
    const { local, timeouts } = this.#state;
    const maxMs = timeouts.electionBackoffMaxMs;
    const place = successors.findIndex((successor) => isLocal(local, successor));
    if (place === 0) return 0;
    if (place < 0) return maxMs;
    return Math.min(maxMs, Math.floor(maxMs / 2 ** (successors.length - 1)) * 2 ** (place - 1));
  }

  #answer(type: EpochResponse["type"], errorCode: number): EpochResponse {
    return { type, errorCode, leader: this.#state.knownLeader };
  }
}
