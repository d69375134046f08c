import { ErrorCode } from "../protocol/error-codes.ts";
import { observeAnswer } from "./leader-discovery.ts";
import type { RaftRequest, UpdateVoterResponse, VoterChangeResponse } from "./raft-message.ts";
import type { Follower } from "./raft-role.ts";
import type { RaftState } from "./raft-state.ts";

/**
 * What a follower does to be the voter it should be: tells the leader of its new endpoints and versions, and, with
 * `controller.quorum.auto.join.enable`, joins the voters by itself (KIP-853, KIP-1186).
 */
export class OwnVoter {
  readonly #state: RaftState;

  constructor(state: RaftState) {
    this.#state = state;
  }

  handleUpdateResponse(response: UpdateVoterResponse): boolean {
    if (observeAnswer(this.#state, response.errorCode, response.leader) === "done") return true;
    const { errorCode } = response;
    if (errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.UNSUPPORTED_VERSION) return false;
    const { follower } = this.#state;
    if (follower === undefined) return true;
    follower.hasUpdatedLeader = true;
    follower.hasFetched = true;
    follower.fetchDeadlineMs = this.#state.fetchDeadlineMs();
    return true;
  }

  handleChangeResponse({ type, errorCode }: VoterChangeResponse): boolean {
    const alreadyDone = type === "addVoter" ? ErrorCode.DUPLICATE_VOTER : ErrorCode.VOTER_NOT_FOUND;
    const isFine =
      errorCode === ErrorCode.NONE || errorCode === ErrorCode.REQUEST_TIMED_OUT || errorCode === alreadyDone;
    if (isFine && this.#state.follower !== undefined) this.#look(this.#state.follower);
    return isFine;
  }

  /** Asks the leader, when there is something to ask for and the time has come; then nothing else is asked meanwhile. */
  poll(): number {
    const { follower, nowMs, isStopping } = this.#state;
    if (follower === undefined || isStopping) return Number.POSITIVE_INFINITY;
    if (nowMs < follower.updateVoterDeadlineMs) return follower.updateVoterDeadlineMs;
    const request = this.#wanted(follower);
    if (request === undefined) {
      this.#look(follower);
      return follower.updateVoterDeadlineMs;
    }
    const leader = this.#state.peerOf(follower.leaderId, follower.leaderEndpoints);
    if (leader === undefined) return Number.POSITIVE_INFINITY;
    if (this.#state.peers.isReady(leader, nowMs)) this.#look(follower);
    return this.#state.ask(leader, () => request);
  }

  #look(follower: Follower): void {
    follower.updateVoterDeadlineMs = this.#state.nowMs + this.#state.timeouts.fetchTimeoutMs;
  }

  #wanted({ hasUpdatedLeader, epoch }: Follower): RaftRequest | undefined {
    const { clusterId, local, configuration, canBecomeVoter, autoJoin, timeouts, isVoter } = this.#state;
    const { voters, kraftVersion } = configuration;
    const voter = { id: local.id, directoryId: local.directoryId };
    if (isVoter) {
      const isNews = kraftVersion > 0 ? voters.needsUpdate(local) : !hasUpdatedLeader;
      if (!isNews) return undefined;
      const { endpoints, supportedKRaftVersion } = local;
      return { type: "updateVoter", clusterId, currentLeaderEpoch: epoch, voter, endpoints, supportedKRaftVersion };
    }
    if (kraftVersion === 0 || !canBecomeVoter || !autoJoin) return undefined;
    // The same node with another directory: what it voted for as that replica nobody knows any more.
    const earlier = voters.voter(local.id);
    if (earlier !== undefined) {
      return { type: "removeVoter", clusterId, voter: { id: earlier.id, directoryId: earlier.directoryId } };
    }
    const { endpoints } = local;
    const timeoutMs = timeouts.requestTimeoutMs;
    return { type: "addVoter", clusterId, voter, endpoints, ackWhenCommitted: false, timeoutMs };
  }
}
