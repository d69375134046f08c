/** Somebody a request is sent to. */
export interface Peer {
  /** Below 0 for an address of `controller.quorum.bootstrap.servers`, whose node is not known. */
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

export interface PeerTimeouts {
  /** `controller.quorum.request.timeout.ms` */
  readonly requestTimeoutMs: number;
  /** `controller.quorum.retry.backoff.ms` */
  readonly retryBackoffMs: number;
}

type PeerState =
  | { readonly name: "waiting"; readonly requestId: number; readonly deadlineMs: number }
  | { readonly name: "backingOff"; readonly deadlineMs: number };

/** The longest pause between two attempts to reach a peer that can't be reached; Kafka's raft client has the same. */
const UNREACHABLE_BACKOFF_MAX_MS = 500;

/**
 * Which peers can be asked now: one request at a time, and a pause after a failure, which grows while a peer can't be
 * reached at all, and is over when it is heard.
 */
export class PeerRequests {
  readonly #timeouts: PeerTimeouts;
  /** Who is not here is ready. */
  readonly #states = new Map<string, PeerState>();
  /** How long the last pause was of a peer that could not be reached. */
  readonly #unreachable = new Map<string, number>();
  #lastRequestId = 0;

  constructor(timeouts: PeerTimeouts) {
    this.#timeouts = timeouts;
  }

  isReady(peer: Peer, nowMs: number): boolean {
    return this.#current(peer, nowMs) === undefined;
  }

  isBackingOff(peer: Peer, nowMs: number): boolean {
    return this.#current(peer, nowMs)?.name === "backingOff";
  }

  /** Whether a request to the peer was given up, and nothing was sent to it since. */
  hasTimedOut(peer: Peer, nowMs: number): boolean {
    const state = this.#states.get(keyOf(peer));
    return state?.name === "waiting" && nowMs >= state.deadlineMs;
  }

  isWaitingForAny(nowMs: number): boolean {
    for (const state of this.#states.values()) if (state.name === "waiting" && nowMs < state.deadlineMs) return true;
    return false;
  }

  /** When the peer can be asked; now or earlier when it can be already. */
  readyMs(peer: Peer, nowMs: number): number {
    return this.#current(peer, nowMs)?.deadlineMs ?? nowMs;
  }

  /** When the first of those who are waited for, or pause, can be asked; infinite when there are none. */
  nextReadyMs(nowMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#states.values()) if (deadlineMs > nowMs) nextMs = Math.min(nextMs, deadlineMs);
    return nextMs;
  }

  /** Answers the request's id. */
  sent(peer: Peer, nowMs: number): number {
    const requestId = ++this.#lastRequestId;
    const deadlineMs = nowMs + Math.max(1, this.#timeouts.requestTimeoutMs);
    this.#states.set(keyOf(peer), { name: "waiting", requestId, deadlineMs });
    return requestId;
  }

  isExpected(peer: Peer, requestId: number): boolean {
    const state = this.#states.get(keyOf(peer));
    return state?.name === "waiting" && state.requestId === requestId;
  }

  /** Ignores an answer that is not expected any more. */
  answered(peer: Peer, requestId: number, isSuccess: boolean, nowMs: number): void {
    if (!this.isExpected(peer, requestId)) return;
    if (isSuccess) this.#states.delete(keyOf(peer));
    else this.backOff(peer, nowMs);
  }

  backOff(peer: Peer, nowMs: number): void {
    this.#pause(keyOf(peer), nowMs, this.#backoffMs);
  }

  /** Nothing has come of a request: the process is down, or does not answer. */
  failed(peer: Peer, requestId: number, nowMs: number): void {
    if (!this.isExpected(peer, requestId)) return;
    const key = keyOf(peer);
    const lastMs = this.#unreachable.get(key);
    const longestMs = Math.max(UNREACHABLE_BACKOFF_MAX_MS, this.#backoffMs);
    const pauseMs = lastMs === undefined ? this.#backoffMs : Math.min(2 * lastMs, longestMs);
    this.#unreachable.set(key, pauseMs);
    this.#pause(key, nowMs, pauseMs);
  }

  /** The peer has answered, or asked something itself: if it could not be reached, it can be asked at once. */
  heard(peer: Peer): void {
    const key = keyOf(peer);
    if (this.#unreachable.delete(key) && this.#states.get(key)?.name === "backingOff") this.#states.delete(key);
  }

  forget(peer: Peer): void {
    this.#states.delete(keyOf(peer));
  }

  /** A new role asks anew, once; answers to what the old one asked are not expected any more. */
  reset(): void {
    this.#states.clear();
  }

  get #backoffMs(): number {
    return Math.max(1, this.#timeouts.retryBackoffMs);
  }

  #pause(key: string, nowMs: number, pauseMs: number): void {
    this.#states.set(key, { name: "backingOff", deadlineMs: nowMs + pauseMs });
  }

  #current(peer: Peer, nowMs: number): PeerState | undefined {
    const state = this.#states.get(keyOf(peer));
    return state !== undefined && nowMs < state.deadlineMs ? state : undefined;
  }
}

function keyOf({ host, port }: Peer): string {
  return `${host}:${port}`;
}
