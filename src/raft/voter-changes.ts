import { ErrorCode } from "../protocol/error-codes.ts";
import type { ControlRecord } from "./control-record.ts";
import type { LeaderState } from "./leader-state.ts";
import type { Peer } from "./peer-requests.ts";
import type { ControlBatch } from "./raft-event.ts";
import type {
  AddVoterRequest,
  ApiVersionsResponse,
  RemoveVoterRequest,
  UpdateVoterRequest,
  VoterChangeResponse,
} from "./raft-message.ts";
import type { RaftState } from "./raft-state.ts";
import { endpointNamed, isUnknownDirectory, replicaKeyText, type VoterNode, type VoterSet } from "./voter-set.ts";

/** One at a time: what the leader has promised to answer. */
interface PendingChange {
  readonly type: "addVoter" | "removeVoter";
  readonly requestId: number;
  readonly deadlineMs: number;
  /** The replica to add, as long as its versions are not known. */
  asked: { readonly peer: Peer; readonly request: AddVoterRequest } | undefined;
  /** Of the VotersRecord, once it is in the log. */
  votersOffset: number | undefined;
  isAnswered: boolean;
}

/** Changes of the voter set, as the leader decides and commits them (KIP-853). */
export class VoterChanges {
  readonly #state: RaftState;
  #pending: PendingChange | undefined = undefined;

  constructor(state: RaftState) {
    this.#state = state;
  }

  handleAdd(requestId: number, request: AddVoterRequest): void {
    const { voter, endpoints } = request;
    const fail = (errorCode: number, message: string) => this.#answer("addVoter", requestId, errorCode, message);
    const endpoint = endpointNamed(endpoints, this.#state.listenerName);
    if (voter.id < 0 || isUnknownDirectory(voter.directoryId)) {
      fail(ErrorCode.INVALID_REQUEST, "Add voter request didn't include a valid voter");
      return;
    }
    if (endpoint === undefined) {
      const { listenerName } = this.#state;
      fail(ErrorCode.INVALID_REQUEST, `Add voter request didn't include an endpoint of the listener ${listenerName}`);
      return;
    }
    const problem = this.#changeProblem("adding");
    if (problem !== undefined) {
      fail(problem.errorCode, problem.message);
      return;
    }
    const { voters } = this.#state.configuration;
    if (voters.voter(voter.id) !== undefined) {
      const message = `The voter id for ${replicaKeyText(voter)} is already part of the set of voters ${textOf(voters)}.`;
      fail(ErrorCode.DUPLICATE_VOTER, message);
      return;
    }
    const peer = { id: voter.id, host: endpoint.host, port: endpoint.port };
    if (!this.#state.peers.isReady(peer, this.#state.nowMs)) {
      fail(ErrorCode.REQUEST_TIMED_OUT, `New voter ${replicaKeyText(voter)} is not ready to receive requests`);
      return;
    }
    this.#state.ask(peer, () => ({ type: "apiVersions" }));
    this.#pending = this.#newPending("addVoter", requestId, { peer, request });
  }

  handleRemove(requestId: number, { voter }: RemoveVoterRequest): void {
    const fail = (errorCode: number, message: string) => this.#answer("removeVoter", requestId, errorCode, message);
    if (voter.id < 0 || isUnknownDirectory(voter.directoryId)) {
      fail(ErrorCode.INVALID_REQUEST, "Remove voter request didn't include a valid voter");
      return;
    }
    const problem = this.#changeProblem("removing");
    if (problem !== undefined) {
      fail(problem.errorCode, problem.message);
      return;
    }
    const { voters } = this.#state.configuration;
    const remaining = voters.without(voter);
    if (remaining === undefined) {
      const message = `Cannot remove voter ${replicaKeyText(voter)} from the set of voters ${textOf(voters)}`;
      fail(ErrorCode.VOTER_NOT_FOUND, message);
      return;
    }
    this.#pending = this.#newPending("removeVoter", requestId);
    this.#append([{ type: "voters", voters: remaining.voters }]);
  }

  /** Answers the error code at once: a voter that is not heard of any more asks again. */
  handleUpdate({ voter, endpoints, supportedKRaftVersion }: UpdateVoterRequest): number {
    const state = this.#state;
    const { min, max } = supportedKRaftVersion;
    const { kraftVersion } = state.configuration;
    const leader = state.leader!.state;
    if (voter.id < 0 || isUnknownDirectory(voter.directoryId)) return ErrorCode.INVALID_REQUEST;
    if (endpointNamed(endpoints, state.listenerName) === undefined) return ErrorCode.INVALID_REQUEST;
    if (min < 0 || max < min) return ErrorCode.INVALID_REQUEST;
    if (this.#pending !== undefined || leader.highWatermark === undefined) return ErrorCode.REQUEST_TIMED_OUT;
    if (kraftVersion > 0 && !this.#areVotersCommitted()) return ErrorCode.REQUEST_TIMED_OUT;
    if (kraftVersion < min || kraftVersion > max) return ErrorCode.INVALID_REQUEST;
    const isStored = this.#storeVoter(leader, { ...voter, endpoints, supportedKRaftVersion });
    if (!isStored) return ErrorCode.VOTER_NOT_FOUND;
    leader.heardFrom(voter, state.nowMs);
    return ErrorCode.NONE;
  }

  /** The replica that is to be added has told what it supports. */
  handleApiVersions(peer: Peer, { errorCode, supportedKRaftVersion }: ApiVersionsResponse): boolean {
    const pending = this.#pending;
    const asked = pending?.asked;
    if (asked === undefined || asked.peer.id !== peer.id) return true;
    const { voter, endpoints, ackWhenCommitted } = asked.request;
    if (errorCode !== ErrorCode.NONE || supportedKRaftVersion === undefined) {
      if (errorCode !== ErrorCode.NONE) {
        this.#complete(ErrorCode.REQUEST_TIMED_OUT, `The versions of voter ${voter.id} could not be asked for`);
        return false;
      }
      this.#complete(ErrorCode.INVALID_REQUEST, `Voter ${voter.id} does not support kraft.version`);
      return true;
    }
    const { kraftVersion, voters } = this.#state.configuration;
    const { min, max } = supportedKRaftVersion;
    const added = voters.withAdded({ ...voter, endpoints, supportedKRaftVersion });
    if (kraftVersion < min || kraftVersion > max) {
      const message = `Voter ${voter.id} supports kraft.version ${min} to ${max}, and the cluster is at ${kraftVersion}`;
      this.#complete(ErrorCode.INVALID_REQUEST, message);
    } else if (!this.#state.leader!.state.isCaughtUp(voter, this.#state.nowMs) || added === undefined) {
      const message = `Aborted add voter operation for ${voter.id} since it is lagging behind`;
      this.#complete(ErrorCode.REQUEST_TIMED_OUT, message);
    } else {
      pending!.asked = undefined;
      this.#append([{ type: "voters", voters: added.voters }]);
      if (!ackWhenCommitted) this.#answerPending(ErrorCode.NONE, null);
    }
    return true;
  }

  /** The address of a replica that is to be added does not answer. */
  handleApiVersionsFailed(peer: Peer): void {
    const asked = this.#pending?.asked;
    if (asked === undefined || asked.peer.id !== peer.id) return;
    const { host, port } = peer;
    this.#complete(ErrorCode.REQUEST_TIMED_OUT, `Voter ${peer.id} does not answer at ${host}:${port}`);
  }

  appended(control: readonly ControlBatch[]): void {
    const pending = this.#pending;
    if (pending === undefined || pending.votersOffset !== undefined) return;
    for (const { baseOffset, records } of control) {
      const index = records.findIndex(({ type }) => type === "voters");
      if (index >= 0) pending.votersOffset = baseOffset + index;
    }
  }

  /** The high watermark has moved. */
  committed(): void {
    const { leader, configuration, local } = this.#state;
    if (leader === undefined || !this.#areVotersCommitted()) return;
    if (this.#pending?.votersOffset !== undefined) this.#complete(ErrorCode.NONE, null);
    // Whoever asked for its removal may have given up long ago.
    if (!configuration.voters.isVoter(local)) leader.state.isResignRequested = true;
  }

  /** This node leads no more. */
  failAll(): void {
    this.#complete(ErrorCode.NOT_LEADER_OR_FOLLOWER, null);
  }

  poll(): number {
    if (this.#pending === undefined) return Number.POSITIVE_INFINITY;
    const { deadlineMs } = this.#pending;
    if (this.#state.nowMs >= deadlineMs) this.#complete(ErrorCode.REQUEST_TIMED_OUT, null);
    return this.#pending === undefined ? Number.POSITIVE_INFINITY : deadlineMs;
  }

  #changeProblem(doing: string): { errorCode: number; message: string } | undefined {
    const { configuration, leader } = this.#state;
    const { REQUEST_TIMED_OUT, UNSUPPORTED_VERSION } = ErrorCode;
    if (this.#pending !== undefined) {
      return timedOut("Request timed out waiting for leader to handle previous voter change request");
    }
    if (leader!.state.highWatermark === undefined) {
      return timedOut("Request timed out waiting for leader to establish HWM and fence previous voter changes");
    }
    if (configuration.kraftVersion === 0) {
      const message = `Cluster doesn't support ${doing} voter because the kraft.version feature is 0`;
      return { errorCode: UNSUPPORTED_VERSION, message };
    }
    if (this.#areVotersCommitted()) return undefined;
    return timedOut(
      `Request timed out waiting for voters to commit the latest voter change at ${configuration.votersOffset} with HWM ${leader!.state.highWatermark}`,
    );

    function timedOut(message: string) {
      return { errorCode: REQUEST_TIMED_OUT, message };
    }
  }

  #areVotersCommitted(): boolean {
    const { configuration, leader } = this.#state;
    const { votersOffset } = configuration;
    return votersOffset !== undefined && votersOffset < (leader!.state.highWatermark ?? -1);
  }

  #storeVoter(leader: LeaderState, voter: VoterNode): boolean {
    const { kraftVersion, voters } = this.#state.configuration;
    if (kraftVersion === 0) {
      const updated = leader.volatileVoters.withReplaced(voter);
      if (updated !== undefined) leader.volatileVoters = updated;
      return updated !== undefined;
    }
    const updated: VoterSet | undefined = voters.withUpdated(voter);
    if (updated === undefined) return false;
    this.#append([{ type: "voters", voters: updated.voters }]);
    return true;
  }

  #append(records: readonly ControlRecord[]): void {
    this.#state.appendControl(this.#state.epoch, records);
  }

  #newPending(
    type: PendingChange["type"],
    requestId: number,
    asked?: { readonly peer: Peer; readonly request: AddVoterRequest },
  ): PendingChange {
    const deadlineMs = this.#state.nowMs + this.#state.timeouts.requestTimeoutMs;
    return { type, requestId, deadlineMs, asked, votersOffset: undefined, isAnswered: false };
  }

  #complete(errorCode: number, message: string | null): void {
    this.#answerPending(errorCode, message);
    this.#pending = undefined;
  }

  #answerPending(errorCode: number, message: string | null): void {
    const pending = this.#pending;
    if (pending === undefined || pending.isAnswered) return;
    pending.isAnswered = true;
    this.#answer(pending.type, pending.requestId, errorCode, message);
  }

  #answer(type: VoterChangeResponse["type"], requestId: number, errorCode: number, message: string | null): void {
    this.#state.reply(requestId, { type, errorCode, message });
  }
}

function textOf({ voters }: VoterSet): string {
  return `[${voters.map(replicaKeyText).join(", ")}]`;
}
