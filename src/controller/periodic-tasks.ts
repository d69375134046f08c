import type { Cancel, Clock } from "../runtime.ts";

/** Tasks that come back again and again, until they are stopped together. */
export class PeriodicTasks {
  readonly #clock: Clock;
  readonly #cancels = new Set<Cancel>();
  /** How often they were stopped. */
  #stops = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  every(intervalMs: number, task: () => void): void {
    this.repeat(() => intervalMs, task);
  }

  /** Before each turn `delayMs` is asked how long it takes until then. */
  repeat(delayMs: () => number, task: () => void): void {
    const stops = this.#stops;
    const cancel = this.#clock.schedule(delayMs(), () => {
      this.#cancels.delete(cancel);
      task();
      // It may have been the task itself that led to the stop.
      if (stops === this.#stops) this.repeat(delayMs, task);
    });
    this.#cancels.add(cancel);
  }

  stop(): void {
    this.#stops++;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
