import type { Cancel, Clock, FileSystem } from "../runtime.ts";
import { isSystemError } from "./storage-guard.ts";

const STALLED_RETRY_MS = 1_000;

/**
 * Files and directories that have been renamed away and go for good after a while. What is left when the broker stops,
 * the next start removes.
 */
export class DelayedRemovals {
  readonly #files: FileSystem;
  readonly #clock: Clock;
  readonly #onFailure: (error: Error) => void;
  readonly #waiting = new Set<Removal>();

  constructor(runtime: { readonly files: FileSystem; readonly clock: Clock }, onFailure: (error: Error) => void) {
    this.#files = runtime.files;
    this.#clock = runtime.clock;
    this.#onFailure = onFailure;
  }

  schedule(paths: readonly string[], delayMs: number): void {
    const removal: Removal = { paths, cancel: () => {} };
    this.#schedule(removal, delayMs);
    this.#waiting.add(removal);
  }

  /** What waits in the directory is found under its new name. */
  directoryRenamed(from: string, to: string): void {
    for (const removal of this.#waiting) {
      removal.paths = removal.paths.map((path) => (path.startsWith(`${from}/`) ? to + path.slice(from.length) : path));
    }
  }

  #schedule(removal: Removal, delayMs: number): void {
    removal.cancel = this.#clock.schedule(delayMs, () => {
      if (this.#files.watched?.answers() === false) {
        this.#schedule(removal, STALLED_RETRY_MS);
        return;
      }
      this.#waiting.delete(removal);
      try {
        for (const path of removal.paths) this.#files.remove(path);
      } catch (error) {
        if (!isSystemError(error)) throw error;
        this.#onFailure(error);
      }
    });
  }

  cancel(): void {
    for (const removal of this.#waiting) removal.cancel();
    this.#waiting.clear();
  }
}

interface Removal {
  paths: readonly string[];
  cancel: Cancel;
}
