import { ErrorCode } from "../protocol/error-codes.ts";
import type { ControlRecord } from "./control-record.ts";
import { observeAnswer } from "./leader-discovery.ts";
import type { OffsetAndEpoch, RaftResponse, VoteRequest, VoteResponse } from "./raft-message.ts";
import type { Candidate, Prospective } from "./raft-role.ts";
import type { RaftState } from "./raft-state.ts";
import { isUnknownDirectory, type ReplicaKey } from "./voter-set.ts";

/** Votes asked for and given (KIP-595, KIP-996). */
export class Elections {
  readonly #state: RaftState;

  constructor(state: RaftState) {
    this.#state = state;
  }

  handleRequest(request: VoteRequest): RaftResponse {
    const state = this.#state;
    const { epoch, candidate, logEnd, preVote, voter } = request;
    const hasWrongEpoch = preVote ? logEnd.epoch > epoch : logEnd.epoch >= epoch;
    if (logEnd.offset < 0 || logEnd.epoch < 0 || hasWrongEpoch) return this.#answer(ErrorCode.INVALID_REQUEST);
    if (epoch < state.epoch) return this.#answer(ErrorCode.FENCED_LEADER_EPOCH);
    if (candidate.id < 0) return this.#answer(ErrorCode.INVALID_REQUEST);
    // Even a preliminary vote tells that the epoch exists. The candidate may be a voter that is not known here yet.
    if (epoch > state.epoch) state.becomeUnattached(epoch);
    if (voter !== undefined && !isLocal(state.local, voter)) return this.#answer(ErrorCode.INVALID_VOTER_KEY);
    const isUpToDate = compareLogs(logEnd, state.logEnd) >= 0;
    const granted = preVote ? this.#grantsPreVote(isUpToDate) : this.#grantsVote(candidate, isUpToDate);
    if (granted && !preVote) this.#recordVote(candidate);
    const answer = this.#answer(ErrorCode.NONE, granted);
    if (granted && preVote) this.#giveWay(candidate.id);
    return answer;
  }

  /** True when the peer can be asked again at once. */
  handleResponse(response: VoteResponse, voterId: number): boolean {
    const state = this.#state;
    if (observeAnswer(state, response.errorCode, response.leader) === "done") return true;
    if (response.errorCode !== ErrorCode.NONE) return false;
    const { role } = state;
    if (role.name === "prospective" || role.name === "candidate") {
      role.tally.record(voterId, response.granted);
      this.#advance(role);
    }
    return true;
  }

  /** A voter of an older version knows no preliminary votes, so that there is nothing to ask before the election. */
  preVoteUnsupported(): void {
    if (this.#state.role.name === "prospective") this.#becomeCandidate();
  }

  /** Does what time has come for; answers when there is more to do. */
  poll(): number {
    const { role, nowMs } = this.#state;
    switch (role.name) {
      case "unattached":
        if (!this.#mayStandForElection()) return Number.POSITIVE_INFINITY;
        if (nowMs >= role.electionDeadlineMs) this.startElection();
        return role.electionDeadlineMs;
      case "candidate":
        if (!this.#mayStandForElection()) return this.#askForVotes(role);
        // One that was rejected waits for the rest of its time: others may be elected meanwhile.
        if (nowMs >= role.electionDeadlineMs) this.startElection();
        return Math.min(role.electionDeadlineMs, this.#askForVotes(role));
      case "prospective":
        if (nowMs >= role.electionDeadlineMs) this.#lost(role);
        return Math.min(role.electionDeadlineMs, this.#askForVotes(role));
      default:
        return Number.POSITIVE_INFINITY;
    }
  }

  /** Asks whether it would be elected; who is alone is elected at once. */
  startElection(): void {
    const state = this.#state;
    state.becomeProspective();
    const role = state.role as Prospective;
    if (state.configuration.voters.size > 1) {
      state.tell("info", `Asking the voters for a preliminary vote after epoch ${role.epoch}: ${reasonOf(role)}`);
    }
    this.#advance(role);
  }

  #mayStandForElection(): boolean {
    return this.#state.isVoter && !this.#state.isStopping;
  }

  #askForVotes(asking: Candidate | Prospective): number {
    const state = this.#state;
    if (state.role !== asking || asking.tally.isLost()) return Number.POSITIVE_INFINITY;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { id, directoryId } of asking.tally.unanswered()) {
      const peer = state.voterPeer(id);
      if (peer === undefined) continue;
      const readyMs = state.ask(peer, () => ({
        type: "vote",
        clusterId: state.clusterId,
        voter: { id, directoryId },
        candidate: { id: state.local.id, directoryId: state.local.directoryId },
        epoch: state.epoch,
        logEnd: state.logEnd,
        preVote: asking.name === "prospective",
      }));
      nextMs = Math.min(nextMs, readyMs);
    }
    return nextMs;
  }

  #advance(role: Prospective | Candidate): void {
    if (role.tally.isWon()) {
      if (role.name === "prospective") this.#becomeCandidate();
      else this.#becomeLeader(role);
    } else if (role.name === "prospective" && role.tally.isLost()) {
      this.#lost(role);
    }
  }

  #becomeCandidate(): void {
    this.#state.becomeCandidate();
    this.#advance(this.#state.role as Candidate);
  }

  #lost({ epoch, leaderId, leaderEndpoints, isLeaderGone }: Prospective): void {
    const state = this.#state;
    if (leaderId < 0 || leaderEndpoints.length === 0) {
      state.becomeUnattached(epoch, leaderId);
      return;
    }
    state.becomeFollower({ leaderId, epoch, endpoints: leaderEndpoints });
    const { follower } = state;
    if (!isLeaderGone || follower === undefined) return;
    // For a moment it asks whether there is another leader by now, and then for votes again.
    follower.isLeaderGone = true;
    follower.fetchDeadlineMs = state.nowMs + state.timeouts.electionTimeoutMs / 5;
  }

  /**
   * Whoever has promised its vote stands back while the other one is elected: two candidates of one epoch would refuse each
   * other, and both wait for another election. Of two that have promised it to each other the one with the higher id does.
   */
  #giveWay(candidateId: number): void {
    const state = this.#state;
    const { role, local, nowMs, timeouts } = state;
    if (role.name === "prospective" && candidateId < local.id) {
      state.tell("info", `Giving way to controller ${candidateId}, which asks for votes, too`);
      this.#lost(role);
    }
    const { follower } = state;
    if (follower === undefined) return;
    follower.standsBackUntilMs = nowMs + timeouts.electionTimeoutMs / 2;
    follower.fetchDeadlineMs = Math.max(follower.fetchDeadlineMs, follower.standsBackUntilMs);
  }

  #becomeLeader({ epoch, tally }: Candidate): void {
    const state = this.#state;
    const records = this.#epochStartRecords(tally.granted);
    state.becomeLeader(tally.granted);
    state.appendControl(epoch, records);
    state.announceLeader();
    const voters = [...tally.granted].sort((a, b) => a - b).join(", ");
    if (tally.granted.size > 1) {
      state.tell("info", `Elected to lead the metadata quorum in epoch ${epoch}, by voters ${voters}`);
    }
  }

  /**
   * The first leader of a dynamic quorum copies the version and the voters from the bootstrap snapshot into the log, where
   * observers find them; a later one writes them again when its own endpoints have changed.
   */
  #epochStartRecords(granted: ReadonlySet<number>): ControlRecord[] {
    const { local, configuration } = this.#state;
    const { voters, votersOffset, kraftVersion } = configuration;
    const grantingVoters = [...granted].sort((a, b) => a - b);
    const records: ControlRecord[] = [{ type: "leaderChange", leaderId: local.id, voters: voters.ids, grantingVoters }];
    if (kraftVersion > 0 && (votersOffset === undefined || voters.needsUpdate(local))) {
      records.push(
        { type: "kraftVersion", kraftVersion },
        { type: "voters", voters: (voters.withUpdated(local) ?? voters).voters },
      );
    }
    return records;
  }

  /** A node that hears its leader keeps to it: a replica that was cut off must not disturb the others. */
  #grantsPreVote(isUpToDate: boolean): boolean {
    const { role } = this.#state;
    if (role.name === "leader" || (role.name === "follower" && role.hasFetched)) return false;
    return isUpToDate;
  }

  #grantsVote(candidate: ReplicaKey, isUpToDate: boolean): boolean {
    const { role } = this.#state;
    if (role.name !== "unattached" && role.name !== "prospective") return false;
    if (role.voted !== undefined) return matchesVote(role.voted, candidate);
    return role.leaderId < 0 && isUpToDate;
  }

  #recordVote(candidate: ReplicaKey): void {
    const { role } = this.#state;
    const isRepeated = "voted" in role && role.voted !== undefined;
    if (!isRepeated) this.#state.grantVote({ id: candidate.id, directoryId: candidate.directoryId });
  }

  #answer(errorCode: number, granted = false): VoteResponse {
    return { type: "vote", errorCode, leader: this.#state.knownLeader, granted };
  }
}

function reasonOf({ leaderId, isLeaderGone }: Prospective): string {
  if (leaderId < 0) return "nobody is known to lead";
  return isLeaderGone
    ? `the process of leader ${leaderId} is gone`
    : `leader ${leaderId} has not been heard for too long`;
}

/** Whether the key that a request names as its receiver is this replica. */
export function isLocal(local: ReplicaKey, named: ReplicaKey): boolean {
  return named.id === local.id && (isUnknownDirectory(named.directoryId) || named.directoryId === local.directoryId);
}

/** The log whose last record has the higher epoch is ahead, else the longer one (Raft paper, section 5.4.1). */
function compareLogs(a: OffsetAndEpoch, b: OffsetAndEpoch): number {
  return a.epoch - b.epoch || a.offset - b.offset;
}

function matchesVote(voted: ReplicaKey, candidate: ReplicaKey): boolean {
  return (
    voted.id === candidate.id && (isUnknownDirectory(voted.directoryId) || voted.directoryId === candidate.directoryId)
  );
}
