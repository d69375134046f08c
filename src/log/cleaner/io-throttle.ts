import type { Clock } from "../../runtime.ts";

/** Keeps the bytes that all cleanings read and write together to a rate, `log.cleaner.io.max.bytes.per.second`. */
export class IoThrottle {
  readonly #clock: Clock;
  #bytesPerSecond: number;
  /** When what has been read and written so far would have been done at that rate. */
  #doneAtMs = 0;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
  }

  setRate(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Takes bytes into account and answers how long to wait before any more, in milliseconds. */
  account(bytes: number): number {
    const nowMs = this.#clock.elapsed();
    this.#doneAtMs = Math.max(this.#doneAtMs, nowMs) + (bytes / this.#bytesPerSecond) * 1000;
    return this.#doneAtMs - nowMs;
  }
}
