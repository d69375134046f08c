const periodMs = 2;

/** A timer of a process that does nothing else: how late it is, the machine itself makes everyone. */
export class IdleTimer {
  private readonly timer: NodeJS.Timeout;
  private dueMs = performance.now() + periodMs;
  private latestMs = 0;

  constructor() {
    this.timer = setInterval(() => {
      const nowMs = performance.now();
      this.latestMs = Math.max(this.latestMs, nowMs - this.dueMs);
      this.dueMs = nowMs + periodMs;
    }, periodMs);
  }

  /** Returns the greatest delay. */
  stop(): number {
    clearInterval(this.timer);
    return this.latestMs;
  }
}
