import type { Cancel, Clock } from "../runtime.ts";

/**
 * The named timers of one partition. A session timeout is moved far more often than it fires, so moving one to a later
 * time only notes the time: the clock is asked again when the old one is reached.
 */
export class CoordinatorTimers {
  readonly #clock: Clock;
  readonly #timers = new Map<string, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#timers.size;
  }

  schedule(key: string, delayMs: number, expired: () => void): void {
    const dueMs = this.#clock.elapsed() + delayMs;
    const timer = this.#timers.get(key);
    if (timer !== undefined && timer.armedMs <= dueMs) {
      timer.dueMs = dueMs;
      timer.expired = expired;
      return;
    }
    timer?.disarm();
    this.#arm(key, dueMs, delayMs, expired);
  }

  cancel(key: string): void {
    this.#timers.get(key)?.disarm();
    this.#timers.delete(key);
  }

  cancelAll(): void {
    for (const timer of this.#timers.values()) timer.disarm();
    this.#timers.clear();
  }

  #arm(key: string, dueMs: number, delayMs: number, expired: () => void): void {
    const disarm = this.#clock.schedule(delayMs, () => this.#reached(key));
    this.#timers.set(key, { dueMs, armedMs: dueMs, expired, disarm });
  }

  #reached(key: string): void {
    const timer = this.#timers.get(key);
    if (timer === undefined) return;
    this.#timers.delete(key);
    const remainingMs = timer.dueMs - this.#clock.elapsed();
    if (timer.dueMs > timer.armedMs && remainingMs > 0) this.#arm(key, timer.dueMs, remainingMs, timer.expired);
    else timer.expired();
  }
}

interface Timer {
  /** When it is to fire. */
  dueMs: number;
  /** When the clock calls back; never later than `dueMs`. */
  readonly armedMs: number;
  expired: () => void;
  readonly disarm: Cancel;
}
