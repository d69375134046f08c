import type { FileSystem } from "../runtime.ts";
import type { LogParts } from "./log-loader.ts";

/** Brings a log to the disk. One flush at a time; those who ask meanwhile share the next one. */
export class LogFlusher {
  readonly #files: FileSystem;
  readonly #directory: string;
  readonly #parts: LogParts;
  #directoryUnsynced = true;
  #parentUnsynced = true;
  #flushing: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined = undefined;

  constructor(files: FileSystem, directory: string, parts: LogParts) {
    this.#files = files;
    this.#directory = directory;
    this.#parts = parts;
  }

  /** Files were created, renamed or removed. */
  directoryChanged(): void {
    this.#directoryUnsynced = true;
  }

  /** Resolves when everything appended before the call is on the disk. `flush` is called when its turn has come. */
  enqueue(flush: () => Promise<void>): Promise<void> {
    this.#next ??= this.#flushing
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        const flushing = flush();
        this.#flushing = flushing;
        return flushing;
      });
    return this.#next;
  }

  /** Syncs the segments from the recovery point on, and all that goes with them. */
  async sync(recoveryPoint: number): Promise<void> {
    const { segments, snapshots, epochs } = this.#parts;
    // From the last record that is on the disk: its segment may have been filled, and its indexes trimmed, since then.
    for (const segment of segments.from(recoveryPoint - 1)) await segment.sync();
    await snapshots.sync();
    await epochs.flush();
    if (this.#directoryUnsynced) {
      this.#directoryUnsynced = false;
      await this.#files.syncDirectory(this.#directory);
    }
    if (this.#parentUnsynced) {
      this.#parentUnsynced = false;
      await this.#files.syncDirectory(this.#directory.slice(0, this.#directory.lastIndexOf("/")));
    }
  }
}
