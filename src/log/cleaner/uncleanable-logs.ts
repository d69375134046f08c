import type { Clock } from "../../runtime.ts";
import type { Log } from "../log.ts";

/** Why a log could not be cleaned, and when that is tried again. */
export interface UncleanableLog {
  readonly reason: string;
  readonly failures: number;
  /** Of the monotonic clock. */
  readonly retryAtMs: number;
}

/** No log is left alone for longer than this. */
const MAX_RETRY_MS = 3_600_000;

/**
 * The logs of which the last cleaning failed. Apache Kafka leaves such a log alone until it is restarted; here it is tried
 * again, after twice the time each time.
 */
export class UncleanableLogs {
  readonly #clock: Clock;
  readonly #logs = new Map<Log, UncleanableLog>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Answers what has become of the log; `firstRetryMs` is how long it is left alone the first time. */
  add(log: Log, reason: string, firstRetryMs: number): { readonly retryMs: number; readonly failures: number } {
    const failures = (this.#logs.get(log)?.failures ?? 0) + 1;
    const retryMs = Math.min(Math.max(firstRetryMs, 1_000) * 2 ** (failures - 1), MAX_RETRY_MS);
    this.#logs.set(log, { reason, failures, retryAtMs: this.#clock.elapsed() + retryMs });
    return { retryMs, failures };
  }

  /** It has been cleaned; false when that was to be expected. */
  remove(log: Log): boolean {
    return this.#logs.delete(log);
  }

  get entries(): readonly (readonly [Log, UncleanableLog])[] {
    return [...this.#logs];
  }

  mustWait(log: Log): boolean {
    const uncleanable = this.#logs.get(log);
    return uncleanable !== undefined && this.#clock.elapsed() < uncleanable.retryAtMs;
  }

  /** Forgets the logs that are not there any more. */
  retain(logs: ReadonlySet<Log>): void {
    for (const log of this.#logs.keys()) if (!logs.has(log)) this.#logs.delete(log);
  }
}
