/** How long the loop waits for a call: half the time of an election, and far longer than a thread is late by on a busy machine. */
const FIRST_MS = 500;
/** How long it waits for a directory that has stalled within the last {@link LATELY_MS}. */
const REPEATED_MS = 250;
const LATELY_MS = 60_000;
/** How long it waits while another directory is stalled: the two may share a disk, or a controller. */
const ELSEWHERE_MS = 100;
/** How long it waits while another call to this directory has not come back. */
const KNOWN_MS = 50;

/** The calls of a process that have not come back. */
export interface LateCalls {
  count: number;
}

/**
 * How long the loop waits for the disk of one directory, whoever watches it. A disk that is slow for the first time may just be
 * slow, on a busy machine; one that is slow again and again must not hold up everybody for as long each time.
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

  /** As {@link limitMs}, for reads. While a change has not come back, a frozen disk still answers reads; a dead one costs this once. */
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
