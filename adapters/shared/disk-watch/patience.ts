/** How long the loop waits for a call: half of what an election lasts, and far longer than a thread is late by on a busy machine. */
const FIRST_MS = 500;
/** The same, for a directory that has kept it waiting lately. */
const REPEATED_MS = 250;
const LATELY_MS = 60_000;
/** The same, while another directory does: they may have the same disk, or what it hangs by. */
const ELSEWHERE_MS = 100;
/** The same, while another call is known not to come back. */
const KNOWN_MS = 50;

/** Of a process: calls that have not come back. */
export interface LateCalls {
  count: number;
}

/**
 * With the disk of one directory, however many watch it. Whoever is slow for the first time may just be slow, on a machine that is
 * busy; who is so again and again must not hold up everybody else as long each time.
 */
export class Patience {
  private readonly late: LateCalls;
  private stalled = 0;
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(late: LateCalls = { count: 0 }) {
    this.late = late;
  }

  limitMs(nowMs: number): number {
    if (this.stalled > 0) return KNOWN_MS;
    if (this.late.count > 0) return ELSEWHERE_MS;
    return nowMs - this.lastMs < LATELY_MS ? REPEATED_MS : FIRST_MS;
  }

  /**
   * The same, for what reads. While something else does not come back from this disk a frozen one answers these, and with a dead
   * one a single call finds out.
   */
  readLimitMs(nowMs: number): number {
    return this.stalled > 0 ? REPEATED_MS : this.limitMs(nowMs);
  }

  stallBegan(): void {
    this.stalled++;
    this.late.count++;
  }

  stallEnded(nowMs: number): void {
    this.stalled--;
    this.late.count--;
    this.lastMs = nowMs;
  }
}
