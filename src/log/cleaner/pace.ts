import type { Clock } from "../../runtime.ts";
import type { IoThrottle } from "./io-throttle.ts";

/** So long a cleaning works before others have their turn. */
const SLICE_MS = 1;
/** A shorter wait than this is put off until it has grown. */
const LEAST_WAIT_MS = 5;

/** When a cleaning rests. */
export interface Pace {
  /** Told of all bytes that the cleaning has read and written so far; answers what to wait for, if it is to wait. */
  rest(ioBytes: number): Promise<void> | undefined;
}

/** It rests at the end of a slice, so that requests are served, and when it has used up its rate of bytes. */
export class LoopPace implements Pace {
  readonly #clock: Clock;
  readonly #throttle: IoThrottle;
  #sliceStartMs: number;
  #accountedBytes = 0;

  constructor(clock: Clock, throttle: IoThrottle) {
    this.#clock = clock;
    this.#throttle = throttle;
    this.#sliceStartMs = clock.elapsed();
  }

  rest(ioBytes: number): Promise<void> | undefined {
    const waitMs = this.#throttle.account(ioBytes - this.#accountedBytes);
    this.#accountedBytes = ioBytes;
    if (waitMs >= LEAST_WAIT_MS) return this.#wait((resume) => this.#clock.schedule(waitMs, resume));
    const isSliceOver = this.#clock.elapsed() - this.#sliceStartMs >= SLICE_MS;
    return isSliceOver ? this.#wait((resume) => this.#clock.defer(resume)) : undefined;
  }

  async #wait(until: (resume: () => void) => void): Promise<void> {
    await new Promise<void>(until);
    this.#sliceStartMs = this.#clock.elapsed();
  }
}
