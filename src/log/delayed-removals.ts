import type { Cancel, Clock, FileSystem } from "../runtime.ts";
import { isRefusal, isSystemError, untilAnswered } from "./storage-guard.ts";

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
      if (this.#files.watched?.answers() === false) this.#schedule(removal, STALLED_RETRY_MS);
      else void this.#remove(removal);
    });
  }

  async #remove(removal: Removal): Promise<void> {
    try {
      if (this.#files.removeLater === undefined) for (const path of removal.paths) this.#files.remove(path);
      else await this.#removeWithoutLoop(removal);
    } catch (error) {
      if (isRefusal(error)) {
        if (this.#waiting.has(removal)) this.#schedule(removal, STALLED_RETRY_MS);
        return;
      }
      this.#waiting.delete(removal);
      if (!isSystemError(error)) throw error;
      this.#onFailure(error);
      return;
    }
    this.#waiting.delete(removal);
  }

  /** Large files one by one, with others having their turn in between; what holds them is quickly gone then. */
  async #removeWithoutLoop(removal: Removal): Promise<void> {
    for (let index = 0; index < removal.paths.length; index++) {
      let path: string;
      do {
        path = removal.paths[index]!;
        for (const file of this.#filesOf(path)) {
          await this.#files.removeLater!(file);
          if (!this.#waiting.has(removal)) return;
        }
        // The directory may have been renamed meanwhile.
      } while (path !== removal.paths[index]);
      if (this.#files.watched?.answers() === false) await untilAnswered(this.#files.watched);
      if (!this.#waiting.has(removal)) return;
      this.#files.remove(path);
    }
  }

  /** The file itself, or the files in the directory; none when nothing is there. */
  #filesOf(path: string): readonly string[] {
    const kind = this.#files.stat(path)?.kind;
    if (kind !== "directory") return kind === "file" ? [path] : [];
    const files = this.#files.list(path).filter((entry) => entry.kind === "file");
    return files.map(({ name }) => `${path}/${name}`);
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
