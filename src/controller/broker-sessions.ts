/**
 * When the controller last heard of each broker and how far the broker has followed the metadata. None of it is in the
 * log: a new active controller starts all over, and gives every broker a whole session.
 */
export class BrokerSessions {
  readonly sessionTimeoutMs: number;
  readonly #sessions = new Map<number, Session>();

  constructor(sessionTimeoutMs: number) {
    this.sessionTimeoutMs = sessionTimeoutMs;
  }

  clear(): void {
    this.#sessions.clear();
  }

  touch(brokerId: number, nowMs: number, metadataOffset = -1): void {
    const controlledShutdownOffset = this.#sessions.get(brokerId)?.controlledShutdownOffset ?? -1;
    this.#sessions.set(brokerId, { lastContactMs: nowMs, metadataOffset, controlledShutdownOffset });
  }

  /** Each lasts as long again: what the controller was told meanwhile it may not have answered. */
  renew(nowMs: number): void {
    for (const [id, session] of this.#sessions) this.#sessions.set(id, { ...session, lastContactMs: nowMs });
  }

  remove(brokerId: number): void {
    this.#sessions.delete(brokerId);
  }

  isValid(brokerId: number, nowMs: number): boolean {
    const session = this.#sessions.get(brokerId);
    return session !== undefined && nowMs - session.lastContactMs < this.sessionTimeoutMs;
  }

  /** When the session runs out; undefined when the broker has none. */
  expiryMs(brokerId: number): number | undefined {
    const session = this.#sessions.get(brokerId);
    return session && session.lastContactMs + this.sessionTimeoutMs;
  }

  /** The broker may stop once all others have seen the records up to `offset`. */
  enterControlledShutdown(brokerId: number, offset: number): void {
    const session = this.#sessions.get(brokerId);
    if (session !== undefined) this.#sessions.set(brokerId, { ...session, controlledShutdownOffset: offset });
  }

  controlledShutdownOffset(brokerId: number): number {
    return this.#sessions.get(brokerId)?.controlledShutdownOffset ?? -1;
  }

  metadataOffset(brokerId: number): number {
    return this.#sessions.get(brokerId)?.metadataOffset ?? -1;
  }
}

interface Session {
  readonly lastContactMs: number;
  readonly metadataOffset: number;
  readonly controlledShutdownOffset: number;
}
