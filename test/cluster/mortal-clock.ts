import type { Cancel, Clock } from "../../src/runtime.ts";

/** The clock of one process: nothing of what it has planned happens after it was killed. */
export class MortalClock implements Clock {
  private readonly clock: Clock;
  private isDead = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  now(): number {
    return this.clock.now();
  }

  elapsed(): number {
    return this.clock.elapsed();
  }

  schedule(delayMs: number, task: () => void): Cancel {
    return this.clock.schedule(delayMs, () => this.run(task));
  }

  defer(task: () => void): void {
    this.clock.defer(() => this.run(task));
  }

  kill(): void {
    this.isDead = true;
  }

  private run(task: () => void): void {
    if (!this.isDead) task();
  }
}
