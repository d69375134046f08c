import { ErrorCode } from "../protocol/error-codes.ts";
import type { FetchRequest, FetchResponse, OffsetAndEpoch, SnapshotId } from "./raft-message.ts";
import type { Leader } from "./raft-role.ts";
import type { RaftState } from "./raft-state.ts";

interface ParkedFetch {
  readonly id: number;
  readonly request: FetchRequest;
  readonly deadlineMs: number;
}

/** Who waits for records beyond this number is answered at once, and asks again. */
const MAX_PARKED = 10_000;

/** The leader's side of replication: answers fetches of the metadata log, and learns from them what is committed. */
export class FetchServing {
  readonly #state: RaftState;
  readonly #onCommitted: () => void;
  #parked: ParkedFetch[] = [];

  constructor(state: RaftState, onCommitted: () => void) {
    this.#state = state;
    this.#onCommitted = onCommitted;
  }

  handleRequest(id: number, request: FetchRequest): void {
    const { nowMs, local } = this.#state;
    const { maxWaitMs, fetchOffset, lastFetchedEpoch, currentLeaderEpoch, replica } = request;
    if (maxWaitMs < 0 || fetchOffset < 0 || lastFetchedEpoch < 0 || lastFetchedEpoch > currentLeaderEpoch) {
      this.#state.reply(id, this.#failed(ErrorCode.INVALID_REQUEST));
      return;
    }
    if (replica.id === local.id) {
      this.#state.reply(id, this.#failed(ErrorCode.UNKNOWN_SERVER_ERROR));
      return;
    }
    const answer = this.#answer(request);
    if (maxWaitMs === 0 || this.#parked.length >= MAX_PARKED || hasNews(answer, request)) {
      this.#state.reply(id, answer);
    } else {
      this.#parked.push({ id, request, deadlineMs: nowMs + maxWaitMs });
    }
  }

  /** Records were appended, or the high watermark has moved: answers everybody for whom that is news. */
  wake(): void {
    const parked = this.#parked;
    this.#parked = [];
    for (const fetch of parked) {
      const answer = this.#answer(fetch.request);
      if (hasNews(answer, fetch.request)) this.#state.reply(fetch.id, answer);
      else this.#parked.push(fetch);
    }
  }

  /** This node leads no more. */
  failAll(): void {
    const parked = this.#parked;
    this.#parked = [];
    for (const { id } of parked) this.#state.reply(id, this.#failed(ErrorCode.NOT_LEADER_OR_FOLLOWER));
  }

  /** Answers who has waited long enough. */
  poll(): number {
    const { nowMs } = this.#state;
    const due = this.#parked.filter(({ deadlineMs }) => deadlineMs <= nowMs);
    if (due.length > 0) this.#parked = this.#parked.filter(({ deadlineMs }) => deadlineMs > nowMs);
    for (const { id, request } of due) this.#state.reply(id, this.#answer(request));
    return this.#parked.reduce((nextMs, { deadlineMs }) => Math.min(nextMs, deadlineMs), Number.POSITIVE_INFINITY);
  }

  /** What is on disk here, or a change of the voters, may have committed something. */
  advanceHighWatermark(): void {
    const { leader } = this.#state;
    if (leader === undefined || !leader.state.advanceHighWatermark()) return;
    this.#state.commit(leader.state.highWatermark!);
    this.#onCommitted();
    this.wake();
  }

  #answer(request: FetchRequest): FetchResponse {
    const problem = leaderProblem(this.#state, request.currentLeaderEpoch);
    if (problem !== ErrorCode.NONE) return this.#failed(problem);
    const leader = this.#state.leader!;
    const elsewhere = this.#elsewhere(request);
    if (elsewhere !== undefined) return { ...this.#response(leader), ...elsewhere };
    const { log, nowMs } = this.#state;
    leader.state.fetched(request.replica, request.fetchOffset, log.endOffset, nowMs);
    this.advanceHighWatermark();
    const hasMore = request.fetchOffset < log.endOffset;
    const records = hasMore ? { startOffset: request.fetchOffset, maxBytes: request.maxBytes } : undefined;
    return { ...this.#response(leader), records };
  }

  /** Where a replica must go on when its end is no place in this log. */
  #elsewhere({ fetchOffset, lastFetchedEpoch }: FetchRequest): Partial<FetchResponse> | undefined {
    const { log } = this.#state;
    const { latestSnapshot, earliestSnapshot } = log;
    // An empty replica takes the snapshot rather than everything that led to it.
    if (fetchOffset === 0 && latestSnapshot !== undefined) return { snapshotId: latestSnapshot };
    if (fetchOffset === 0 && log.startOffset === 0) return undefined;
    if (isBehindStart(log.startOffset, earliestSnapshot, fetchOffset, lastFetchedEpoch)) {
      return { snapshotId: latestSnapshot };
    }
    const end: OffsetAndEpoch = log.endOffsetForEpoch(lastFetchedEpoch);
    const isValid = end.epoch === lastFetchedEpoch && end.offset >= fetchOffset;
    return isValid ? undefined : { diverging: end };
  }

  #response({ state: { highWatermark } }: Leader): FetchResponse {
    return { ...this.#failed(ErrorCode.NONE), highWatermark: highWatermark ?? -1 };
  }

  #failed(errorCode: number): FetchResponse {
    return {
      type: "fetch",
      errorCode,
      leader: this.#state.knownLeader,
      highWatermark: -1,
      logStartOffset: this.#state.log.startOffset,
      diverging: undefined,
      snapshotId: undefined,
      records: undefined,
    };
  }
}

/** What is wrong with a request to the leader of `epoch`, sent to this node. */
export function leaderProblem(state: RaftState, epoch: number): number {
  if (epoch < state.epoch) return ErrorCode.FENCED_LEADER_EPOCH;
  if (epoch > state.epoch) return ErrorCode.UNKNOWN_LEADER_EPOCH;
  if (state.role.name !== "leader") return ErrorCode.NOT_LEADER_OR_FOLLOWER;
  return state.isStopping ? ErrorCode.BROKER_NOT_AVAILABLE : ErrorCode.NONE;
}

/** True when the log has no record any more by which the replica's end could be checked. */
function isBehindStart(
  startOffset: number,
  earliestSnapshot: SnapshotId | undefined,
  fetchOffset: number,
  lastFetchedEpoch: number,
): boolean {
  if (earliestSnapshot === undefined) return false;
  if (fetchOffset < startOffset) return true;
  const isAtStart = fetchOffset === startOffset && lastFetchedEpoch !== earliestSnapshot.epoch;
  return isAtStart || lastFetchedEpoch < earliestSnapshot.epoch;
}

/** KIP-1166: a follower learns at once what is committed. */
function hasNews({ errorCode, records, diverging, snapshotId, highWatermark }: FetchResponse, request: FetchRequest) {
  if (errorCode !== ErrorCode.NONE || records !== undefined) return true;
  return diverging !== undefined || snapshotId !== undefined || highWatermark > request.highWatermark;
}
