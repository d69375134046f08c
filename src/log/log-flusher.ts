import type { LogState } from "./log-state.ts";

/** Brings a log to the disk. One flush at a time; those who ask meanwhile share the next one. */
export class LogFlusher {
  readonly #log: LogState;
  #recordsSinceFlush = 0;
  #lastFlushMs: number;
  #flushing: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined = undefined;

  constructor(log: LogState) {
    this.#log = log;
    this.#lastFlushMs = log.runtime.clock.elapsed();
  }

  /** Starts a flush when `flush.messages` are waiting for one. */
  appended(recordCount: number): void {
    this.#recordsSinceFlush += recordCount;
    if (this.#recordsSinceFlush >= this.#log.config["flush.messages"]) this.flushInBackground();
  }

  /** The last flush was `flush.ms` ago, and there is something to flush. */
  isDue(): boolean {
    const { config, recoveryPoint, logEndOffset, runtime } = this.#log;
    return recoveryPoint < logEndOffset && runtime.clock.elapsed() - this.#lastFlushMs >= config["flush.ms"];
  }

  /** Resolves when everything appended before the call is on the disk; the recovery point is there then. */
  flush(): Promise<void> {
    this.#next ??= this.#flushing
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        const flushing = this.#flush();
        this.#flushing = flushing;
        return flushing;
      });
    return this.#next;
  }

  flushInBackground(): void {
    this.flush().catch(() => {
      // It has been reported, and the log answers errors from now on.
    });
  }

  async #flush(): Promise<void> {
    const log = this.#log;
    if (log.isClosed) return;
    log.flushingOffset = log.logEndOffset;
    this.#recordsSinceFlush = 0;
    try {
      await this.#sync();
    } catch (error) {
      if (log.isClosed) return;
      throw log.storage.fail(error instanceof Error ? error : new Error(String(error)));
    }
    log.recoveryPoint = Math.max(log.recoveryPoint, log.flushingOffset);
    this.#lastFlushMs = log.runtime.clock.elapsed();
  }

  /** Syncs the segments from the recovery point on, and all that goes with them. */
  async #sync(): Promise<void> {
    const log = this.#log;
    const { segments, snapshots, epochs, recoveryPoint } = log;
    const { files } = log.runtime;
    // From the last record that is on the disk: its segment may have been filled, and its indexes trimmed, since then.
    for (const segment of segments.from(recoveryPoint - 1)) await segment.sync();
    await snapshots.sync();
    await epochs.flush();
    if (log.isDirectoryUnsynced) {
      log.isDirectoryUnsynced = false;
      await files.syncDirectory(log.directory);
    }
    if (log.isParentUnsynced) {
      log.isParentUnsynced = false;
      await files.syncDirectory(log.directory.slice(0, log.directory.lastIndexOf("/")));
    }
  }
}
