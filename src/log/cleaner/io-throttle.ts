import type { Clock } from "../../runtime.ts";

/** Keeps the bytes that all cleanings read and write together to a rate, `log.cleaner.io.max.bytes.per.second`. */
export class IoThrottle {
  readonly #clock: Clock;
  #bytesPerSecond: number;
  /** What has been read and written beyond the rate. */
  #excessBytes = 0;
  #updatedMs: number;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#updatedMs = clock.elapsed();
  }

  /** None, or less than none, is no limit, as in Kafka. */
  setRate(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Takes bytes into account and answers how long to wait before any more, in milliseconds, as things stand. */
  account(bytes: number): number {
    if (this.#bytesPerSecond <= 0) return 0;
    const nowMs = this.#clock.elapsed();
    const allowedBytes = ((nowMs - this.#updatedMs) / 1000) * this.#bytesPerSecond;
    this.#updatedMs = nowMs;
    this.#excessBytes = Math.max(0, this.#excessBytes - allowedBytes) + bytes;
    return (this.#excessBytes / this.#bytesPerSecond) * 1000;
  }
}
