/** What is in memory is read in a fraction of it, whatever its size is. */
const slowReadMs = 2;

/** How long a file that kept the loop waiting is not trusted. */
const slowForMs = 1_000;

/**
 * How fast the reads of a file are, where the system does not tell what is in its page cache: after one that had to wait
 * for the disk the next ones of that file are left to another thread for a while.
 */
export class ReadPace {
  private slowUntilMs = Number.NEGATIVE_INFINITY;

  took(durationMs: number, nowMs: number): void {
    if (durationMs > slowReadMs) this.slowUntilMs = nowMs + slowForMs;
  }

  forget(): void {
    this.slowUntilMs = Number.NEGATIVE_INFINITY;
  }

  isSlow(nowMs: number): boolean {
    return nowMs < this.slowUntilMs;
  }
}
