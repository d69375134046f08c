import type { Cancel, Clock } from "../../runtime.ts";

export interface CleanerLoopOptions {
  readonly clock: Clock;
  /** Cleans one log; false when there is nothing to do. Never rejects. */
  readonly turn: () => Promise<boolean>;
  readonly backoffMs: () => number;
}

/** What Kafka calls a cleaner thread: turn after turn, and a rest when there was nothing to do. */
export class CleanerLoop {
  readonly #options: CleanerLoopOptions;
  #cancel: Cancel = () => {};
  #isStopped = false;

  constructor(options: CleanerLoopOptions) {
    this.#options = options;
    this.#next(0);
  }

  /** The turn under way is the last one. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #next(delayMs: number): void {
    this.#cancel = this.#options.clock.schedule(delayMs, () => {
      this.#options.turn().then((cleaned) => {
        if (!this.#isStopped) this.#next(cleaned ? 0 : this.#options.backoffMs());
      });
    });
  }
}
