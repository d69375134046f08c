import type { Clock, Random } from "../runtime.ts";
import type { FetchPartitionTable } from "./fetch-partition-table.ts";
import { FetchSession, INVALID_SESSION_ID } from "./fetch-session.ts";

/** For this long a session cannot be pushed out by a larger one, nor does it count as abandoned. */
const EVICTION_MS = 120_000;

export interface FetchSessionShardOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly slots: number;
  /** The ids of its sessions, up to but without the highest; 0 is nobody's. */
  readonly ids: { readonly lowest: number; readonly below: number };
}

/** A part of the broker's fetch sessions, bounded in number: a new one can push out an old one of the same part. */
export class FetchSessionShard {
  /** Least recently used first. */
  private readonly sessions = new Map<number, FetchSession>();
  private readonly options: FetchSessionShardOptions;

  constructor(options: FetchSessionShardOptions) {
    this.options = options;
  }

  get size(): number {
    return this.sessions.size;
  }

  get(id: number): FetchSession | undefined {
    return this.sessions.get(id);
  }

  /** Undefined when there is no room: the client then goes on with full fetches. */
  maybeCreate(isPrivileged: boolean, usesTopicIds: boolean, partitions: FetchPartitionTable): FetchSession | undefined {
    const nowMs = this.options.clock.elapsed();
    if (this.sessions.size >= this.options.slots && !this.tryEvict(isPrivileged, partitions.size, nowMs)) {
      return undefined;
    }
    const session = new FetchSession(this.newSessionId(), isPrivileged, usesTopicIds, partitions, nowMs);
    this.sessions.set(session.id, session);
    return session;
  }

  touch(session: FetchSession): void {
    session.lastUsedMs = this.options.clock.elapsed();
    this.sessions.delete(session.id);
    this.sessions.set(session.id, session);
  }

  remove(id: number): void {
    this.sessions.get(id)?.close();
    this.sessions.delete(id);
  }

  /**
   * A new session takes the slot of one that has not been used for long; else of the least valuable one, when that is
   * worth less than itself: consumers before followers, small before large, and none that is still young, except that a
   * follower may always take a consumer's.
   */
  private tryEvict(isPrivileged: boolean, size: number, nowMs: number): boolean {
    const [oldest] = this.sessions.values();
    if (oldest !== undefined && nowMs - oldest.lastUsedMs > EVICTION_MS) return this.evict(oldest);
    let victim: FetchSession | undefined;
    for (const session of this.sessions.values()) {
      const isEvictable = nowMs - session.createdMs > EVICTION_MS || (isPrivileged && !session.isPrivileged);
      if (!isEvictable) continue;
      if (victim === undefined || compareValue(session, victim.isPrivileged, victim.partitions.size) < 0)
        victim = session;
    }
    if (victim === undefined || compareValue(victim, isPrivileged, size) >= 0) return false;
    return this.evict(victim);
  }

  private evict(session: FetchSession): boolean {
    this.remove(session.id);
    return true;
  }

  private newSessionId(): number {
    const { random, ids } = this.options;
    let id = INVALID_SESSION_ID;
    while (id === INVALID_SESSION_ID || this.sessions.has(id)) {
      id = ids.lowest + random.integer(ids.below - ids.lowest);
    }
    return id;
  }
}

/** Negative when `session` is worth less than one of these properties. */
function compareValue(session: FetchSession, isPrivileged: boolean, size: number): number {
  if (session.isPrivileged !== isPrivileged) return session.isPrivileged ? 1 : -1;
  return session.partitions.size - size;
}
