import type { DiskWatch } from "../disk-watch.ts";
import type { Cancel, Clock, FileSystem } from "../runtime.ts";
import type { DeferredDirectory } from "./deferred-directory.ts";
import type { Log } from "./log.ts";

/** Somebody who creates topics writes to them next, and should not have to wait for the directories of all partitions. */
const QUIET_MS = 500;
const MAX_QUIET_MS = 5_000;
/** Some twenty system calls each. */
const LOGS_PER_SLICE = 2;
/** Of the time that a slice took: a slow disk leaves the loop to others all the same. */
const PAUSE_FACTOR = 3;

/**
 * New logs whose directories are not there yet. They are created in the background, a few at a time, when no more logs
 * have come for a while.
 */
export class DeferredLogs {
  readonly #clock: Clock;
  readonly #disk: DiskWatch | undefined;
  readonly #onFailure: (error: Error) => void;
  readonly #directories = new Map<Log, DeferredDirectory>();
  #cancel: Cancel | undefined = undefined;
  #lastAddedMs = 0;
  /** Since when there have been logs here. */
  #firstAddedMs = 0;
  #isClosed = false;

  constructor(runtime: { readonly clock: Clock; readonly files: FileSystem }, onFailure: (error: Error) => void) {
    this.#clock = runtime.clock;
    this.#disk = runtime.files.watched;
    this.#onFailure = onFailure;
  }

  add(log: Log, directory: DeferredDirectory): void {
    this.#directories.set(log, directory);
    this.#lastAddedMs = this.#clock.elapsed();
    if (this.#cancel !== undefined) return;
    this.#firstAddedMs = this.#lastAddedMs;
    this.#schedule(QUIET_MS);
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

  #schedule(delayMs: number): void {
    this.#cancel = this.#clock.schedule(delayMs, () => this.#createSome());
  }

  #createSome(): void {
    if (this.#isClosed) return;
    const nowMs = this.#clock.elapsed();
    const dueMs = Math.min(this.#lastAddedMs + QUIET_MS, this.#firstAddedMs + MAX_QUIET_MS);
    if (nowMs < dueMs) {
      this.#schedule(dueMs - nowMs);
      return;
    }
    if (this.#disk?.answers() === false) {
      this.#schedule(MAX_QUIET_MS);
      return;
    }
    try {
      this.#createSlice();
    } catch (error) {
      this.#onFailure(error as Error);
      return;
    }
    this.#cancel = undefined;
    if (this.#directories.size > 0) this.#schedule(Math.max(1, (this.#clock.elapsed() - nowMs) * PAUSE_FACTOR));
  }

  #createSlice(): void {
    let left = LOGS_PER_SLICE;
    for (const [log, directory] of this.#directories) {
      // Most of those that are written to have been created by that.
      if (directory.isDeferred && left-- === 0) break;
      this.create(log);
    }
  }
}
