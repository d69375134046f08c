import type { Cancel, Clock } from "../runtime.ts";
import type { DeferredDirectory } from "./deferred-directory.ts";
import type { Log } from "./log.ts";

/** Somebody who creates a topic writes to it next, and should not have to wait for the directories of all its partitions. */
const DELAY_MS = 500;
/** Some twenty system calls each: others wait for less than a millisecond. */
const LOGS_PER_SLICE = 2;

/** New logs whose directories are not there yet: they are created in the background, a few at a time. */
export class DeferredLogs {
  readonly #clock: Clock;
  readonly #onFailure: (error: Error) => void;
  readonly #directories = new Map<Log, DeferredDirectory>();
  #cancel: Cancel | undefined = undefined;
  #isClosed = false;

  constructor(clock: Clock, onFailure: (error: Error) => void) {
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  add(log: Log, directory: DeferredDirectory): void {
    this.#directories.set(log, directory);
    this.#cancel ??= this.#clock.schedule(DELAY_MS, () => this.#createSome());
  }

  /** Creates that of this log now. Throws the file system's error. */
  create(log: Log): void {
    this.#directories.get(log)?.create();
    this.#directories.delete(log);
  }

  forget(log: Log): void {
    this.#directories.delete(log);
  }

  /** What is not there yet stays away. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    this.#directories.clear();
  }

  #createSome(): void {
    if (this.#isClosed) return;
    let left = LOGS_PER_SLICE;
    try {
      for (const [log, directory] of this.#directories) {
        // Most of those that are written to have been created by that.
        if (directory.isDeferred && left-- === 0) break;
        this.create(log);
      }
    } catch (error) {
      this.#onFailure(error as Error);
      return;
    }
    this.#cancel = undefined;
    if (this.#directories.size > 0) this.#clock.defer(() => this.#createSome());
  }
}
