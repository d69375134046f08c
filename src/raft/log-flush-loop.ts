import type { Cancel, Clock } from "../runtime.ts";

export interface LogFlushLoopOptions {
  readonly clock: Clock;
  /** `controller.quorum.append.linger.ms` */
  readonly lingerMs: number;
  flush(): Promise<void>;
  onFlushed(): void;
  onFailed(error: Error): void;
}

/**
 * Brings appends to the disk: one flush at a time, and all that is appended meanwhile shares the next one. When more than
 * one batch has come meanwhile, the next flush waits for others to come along: as long as a flush takes, and no longer
 * than the linger. A batch that comes alone never waits.
 */
export class LogFlushLoop {
  readonly #options: LogFlushLoopOptions;
  #flushing: Promise<void> | undefined = undefined;
  #cancelLinger: Cancel | undefined = undefined;
  #waitingBatches = 0;
  #isClosed = false;

  constructor(options: LogFlushLoopOptions) {
    this.#options = options;
  }

  appended(): void {
    this.#waitingBatches++;
    if (this.#flushing === undefined && this.#cancelLinger === undefined) this.#start();
  }

  /** Resolves when no flush is under way; none begins any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLinger?.();
    await this.#flushing;
  }

  #start(): void {
    this.#cancelLinger = undefined;
    if (this.#isClosed) return;
    const { clock, flush, onFlushed, onFailed } = this.#options;
    const startedMs = clock.elapsed();
    this.#waitingBatches = 0;
    this.#flushing = flush().then(
      () => {
        this.#flushing = undefined;
        if (this.#isClosed) return;
        this.#next(clock.elapsed() - startedMs);
        onFlushed();
      },
      (error) => {
        this.#flushing = undefined;
        if (!this.#isClosed) onFailed(error as Error);
      },
    );
  }

  #next(flushMs: number): void {
    const { clock, lingerMs } = this.#options;
    if (this.#waitingBatches === 0) return;
    const delayMs = this.#waitingBatches > 1 ? Math.min(lingerMs, flushMs) : 0;
    if (delayMs > 0) this.#cancelLinger = clock.schedule(delayMs, () => this.#start());
    else this.#start();
  }
}
