import type { Clock } from "../../runtime.ts";
import type { IoThrottle } from "./io-throttle.ts";

/** So long a cleaning works before others have their turn: a request that comes meanwhile waits for the rest of it. */
const SLICE_MS = 0.5;
/** A turn of the loop that takes longer than this had something else to do. */
const BUSY_TURN_MS = 0.1;
/** After such a turn others are taken to want the loop for so long. */
const BUSY_MS = 20;
/** What a slice is followed by then, beside the turn of the others: a third of the loop is left to the cleaning, at most. */
const BUSY_REST_MS = 1;
/** A shorter wait for the rate of bytes is put off until it has grown; in a longer one the rate may change. */
const LEAST_WAIT_MS = 5;
const MOST_WAIT_MS = 1_000;

/** When a cleaning rests. */
export interface Pace {
  /** Told of all bytes that the cleaning has read and written so far; answers what to wait for, if it is to wait. */
  rest(ioBytes: number): Promise<void> | undefined;
  /** Ends a rest at once: the cleaning has been aborted. */
  stop(): void;
}

/**
 * It rests at the end of a slice, so that requests are served, for longer while there are any, and when it has used up its
 * rate of bytes.
 */
export class LoopPace implements Pace {
  readonly #clock: Clock;
  readonly #throttle: IoThrottle;
  #sliceStartMs: number;
  #busyUntilMs = 0;
  #accountedBytes = 0;
  #isStopped = false;
  #wake: () => void = () => {};

  constructor(clock: Clock, throttle: IoThrottle) {
    this.#clock = clock;
    this.#throttle = throttle;
    this.#sliceStartMs = clock.elapsed();
  }

  rest(ioBytes: number): Promise<void> | undefined {
    const waitMs = this.#throttle.account(ioBytes - this.#accountedBytes);
    this.#accountedBytes = ioBytes;
    const nowMs = this.#clock.elapsed();
    if (waitMs >= LEAST_WAIT_MS) return this.#waitForRate(waitMs);
    if (nowMs - this.#sliceStartMs < SLICE_MS) return undefined;
    return nowMs < this.#busyUntilMs ? this.#wait(BUSY_REST_MS) : this.#giveTurn(nowMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  async #waitForRate(firstMs: number): Promise<void> {
    for (let waitMs = firstMs; waitMs >= LEAST_WAIT_MS && !this.#isStopped; waitMs = this.#throttle.account(0)) {
      await this.#wait(Math.min(waitMs, MOST_WAIT_MS));
    }
  }

  async #wait(delayMs: number): Promise<void> {
    await new Promise<void>((resume) => {
      const cancel = this.#clock.schedule(delayMs, resume);
      this.#wake = () => {
        cancel();
        resume();
      };
    });
    if (!this.#isStopped) await this.#giveTurn(this.#clock.elapsed());
  }

  async #giveTurn(startMs: number): Promise<void> {
    await new Promise<void>((resume) => this.#clock.defer(resume));
    const nowMs = this.#clock.elapsed();
    if (nowMs - startMs > BUSY_TURN_MS) this.#busyUntilMs = nowMs + BUSY_MS;
    this.#sliceStartMs = nowMs;
  }
}
