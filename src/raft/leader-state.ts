import { matchesReplica, type ReplicaKey, type VoterNode, type VoterSet } from "./voter-set.ts";

export interface LeaderOptions {
  readonly local: VoterNode;
  readonly voters: VoterSet;
  /** The ids of the voters that elected this leader. */
  readonly granted: ReadonlySet<number>;
  /** The offset of the epoch's LEADER_CHANGE record. */
  readonly epochStartOffset: number;
  /** `controller.quorum.fetch.timeout.ms` */
  readonly fetchTimeoutMs: number;
  readonly nowMs: number;
}

/** How far a replica is, as its fetches tell. */
export interface ReplicaProgress {
  key: ReplicaKey;
  /** Undefined before its first fetch in this epoch. */
  endOffset: number | undefined;
  /** Monotonic milliseconds; undefined: never. */
  lastFetchMs: number | undefined;
  lastCaughtUpMs: number | undefined;
  /** The leader's end when the replica last fetched. */
  lastFetchLeaderEndOffset: number;
}

/** Observers that have not fetched for so long are forgotten. */
const OBSERVER_TIMEOUT_MS = 300_000;
const CAUGHT_UP_WITHIN_MS = 3_600_000;
/** Observers identify themselves, so that anybody could make up more. */
const MAX_OBSERVERS = 10_000;

/** What a leader knows of the others: how far they are, what is committed by that, and whether a majority hears it. */
export class LeaderState {
  readonly epochStartOffset: number;
  readonly granted: ReadonlySet<number>;
  /** Undefined until a record of this epoch is committed. */
  highWatermark: number | undefined = undefined;
  /** When a majority must have fetched again, or the leader resigns. */
  checkQuorumDeadlineMs: number;
  /** When voters that do not fetch are told of this leader again. */
  beginQuorumDeadlineMs: number;
  /** Asked for by the controller, or by the removal of this voter. */
  isResignRequested = false;
  /** Under kraft.version 0: the voters with what they told of themselves, as an upgrade writes them. */
  volatileVoters: VoterSet;
  /** What an upgrade under way leads to. */
  requestedKRaftVersion: number | undefined = undefined;
  readonly #local: VoterNode;
  readonly #fetchTimeoutMs: number;
  #voters = new Map<number, ReplicaProgress>();
  readonly #observers = new Map<string, ReplicaProgress>();
  /** Voters that have fetched since the deadline was last moved. */
  readonly #fetched = new Set<number>();

  constructor({ local, voters, granted, epochStartOffset, fetchTimeoutMs, nowMs }: LeaderOptions) {
    this.#local = local;
    this.#fetchTimeoutMs = fetchTimeoutMs;
    this.epochStartOffset = epochStartOffset;
    this.granted = granted;
    this.checkQuorumDeadlineMs = nowMs + this.#checkQuorumTimeoutMs;
    this.beginQuorumDeadlineMs = nowMs;
    this.volatileVoters = voters.withReplaced(local) ?? voters;
    this.updateVoters(voters);
  }

  get voters(): IterableIterator<ReplicaProgress> {
    return this.#voters.values();
  }

  /** Who fetches and does not vote, without those that were last heard of long ago. */
  observers(nowMs: number): ReplicaProgress[] {
    for (const [name, { lastFetchMs }] of this.#observers) {
      if (nowMs - (lastFetchMs ?? Number.NEGATIVE_INFINITY) >= OBSERVER_TIMEOUT_MS) this.#observers.delete(name);
    }
    return [...this.#observers.values()];
  }

  /** A VotersRecord was appended, or taken back: who is new starts as what is known of it, who is gone observes. */
  updateVoters(voters: VoterSet): void {
    const after = new Map<number, ReplicaProgress>();
    for (const { id, directoryId } of voters.voters) {
      const key = { id, directoryId };
      const progress = this.#progressOf(key) ?? newProgress(key);
      progress.key = key;
      this.#observers.delete(nameOf(key));
      after.set(id, progress);
    }
    for (const [id, progress] of this.#voters) {
      if (after.get(id) !== progress) this.#observers.set(nameOf(progress.key), progress);
    }
    this.#voters = after;
  }

  /** The local log is on disk up to here. */
  localFlushed(endOffset: number): void {
    const local = this.#voters.get(this.#local.id);
    if (local !== undefined && matchesReplica(local.key, this.#local)) local.endOffset = endOffset;
  }

  /** A replica has asked for what follows `fetchOffset`, so it has everything before on its disk. */
  fetched(key: ReplicaKey, fetchOffset: number, logEndOffset: number, nowMs: number): void {
    if (key.id < 0) return;
    const progress = this.#progressOf(key) ?? this.#newObserver(key, nowMs);
    if (progress === undefined) return;
    if (fetchOffset >= logEndOffset) progress.lastCaughtUpMs = nowMs;
    else if (progress.lastFetchLeaderEndOffset > 0 && fetchOffset >= progress.lastFetchLeaderEndOffset) {
      progress.lastCaughtUpMs = Math.max(progress.lastCaughtUpMs ?? 0, progress.lastFetchMs ?? 0);
    }
    progress.lastFetchLeaderEndOffset = logEndOffset;
    progress.lastFetchMs = nowMs;
    progress.endOffset = fetchOffset;
    this.heardFrom(key, nowMs);
  }

  /** For check-quorum: a voter follows this leader. */
  heardFrom(key: ReplicaKey, nowMs: number): void {
    const voter = this.#voters.get(key.id);
    if (voter !== undefined && matchesReplica(voter.key, key)) this.#fetched.add(key.id);
    const others = Math.floor(this.#voters.size / 2) + (this.#voters.has(this.#local.id) ? 0 : 1);
    if (this.#fetched.size < others) return;
    this.#fetched.clear();
    this.checkQuorumDeadlineMs = nowMs + this.#checkQuorumTimeoutMs;
  }

  /** False for the only voter, which nobody has to follow. */
  get needsQuorumCheck(): boolean {
    return this.#voters.size > 1;
  }

  /**
   * Moves the high watermark to what a majority of the voters has on disk. True when it has moved. A record of an earlier
   * epoch counts as committed only together with one of this epoch (Raft paper, section 5.4.2).
   */
  advanceHighWatermark(): boolean {
    const offsets = [...this.#voters.values()].map(({ endOffset }) => endOffset ?? -1).sort((a, b) => b - a);
    const offset = offsets[Math.floor(offsets.length / 2)] ?? -1;
    if (offset <= this.epochStartOffset || offset <= (this.highWatermark ?? -1)) return false;
    this.highWatermark = offset;
    return true;
  }

  /** KIP-853: a replica must have followed before it may vote. */
  isCaughtUp(key: ReplicaKey, nowMs: number): boolean {
    const observer = this.#observers.get(nameOf(key));
    const { lastCaughtUpMs, lastFetchMs } = observer ?? {};
    return lastCaughtUpMs !== undefined && lastFetchMs !== undefined && lastFetchMs > nowMs - CAUGHT_UP_WITHIN_MS;
  }

  /** Voters that have not been heard of for half the fetch timeout: they may not know who leads. */
  silentVoters(nowMs: number): ReplicaKey[] {
    return [...this.#voters.values()]
      .filter(({ key }) => key.id !== this.#local.id)
      .filter(({ lastFetchMs }) => lastFetchMs === undefined || nowMs - lastFetchMs >= this.#beginQuorumPeriodMs)
      .map(({ key }) => key);
  }

  toldOfLeader(nowMs: number): void {
    this.beginQuorumDeadlineMs = nowMs + this.#beginQuorumPeriodMs;
  }

  /** The most advanced voters first: who would lose nothing should lead next. */
  successors(): ReplicaKey[] {
    return [...this.#voters.values()]
      .filter(({ key }) => !matchesReplica(key, this.#local))
      .sort((a, b) => (b.endOffset ?? -1) - (a.endOffset ?? -1) || a.key.id - b.key.id)
      .map(({ key }) => key);
  }

  get #checkQuorumTimeoutMs(): number {
    return Math.floor(this.#fetchTimeoutMs * 1.5);
  }

  get #beginQuorumPeriodMs(): number {
    return Math.floor(this.#fetchTimeoutMs / 2);
  }

  #progressOf(key: ReplicaKey): ReplicaProgress | undefined {
    const voter = this.#voters.get(key.id);
    if (voter !== undefined && matchesReplica(voter.key, key)) return voter;
    return this.#observers.get(nameOf(key));
  }

  #newObserver(key: ReplicaKey, nowMs: number): ReplicaProgress | undefined {
    if (this.#observers.size >= MAX_OBSERVERS && this.observers(nowMs).length >= MAX_OBSERVERS) return undefined;
    const progress = newProgress(key);
    this.#observers.set(nameOf(key), progress);
    return progress;
  }
}

function newProgress(key: ReplicaKey): ReplicaProgress {
  return { key, endOffset: undefined, lastFetchMs: undefined, lastCaughtUpMs: undefined, lastFetchLeaderEndOffset: -1 };
}

function nameOf({ id, directoryId }: ReplicaKey): string {
  return `${id}:${directoryId}`;
}
