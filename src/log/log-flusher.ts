import { syncDirectoryAt, syncFile } from "./atomic-file.ts";
import type { LogState } from "./log-state.ts";
import { PARTITION_METADATA } from "./partition-metadata.ts";
import { whenReadable } from "./storage-guard.ts";

/** Brings a log to the disk. One flush at a time; those who ask meanwhile share the next one. */
export class LogFlusher {
  readonly #log: LogState;
  #recordsSinceFlush = 0;
  /** Records that are to be on the disk before anybody may rely on them, and all behind them. */
  #unsettled: { readonly firstOffset: number; readonly endOffset: number } | undefined = undefined;
  #holds = 0;
  #heldOffset: number | undefined = undefined;
  #lastFlushMs: number;
  #flushing: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined = undefined;

  constructor(log: LogState) {
    this.#log = log;
    this.#lastFlushMs = log.runtime.clock.elapsed();
  }

  /** Told when {@link settledEndOffset} has risen by a flush. */
  onSettled: () => void = () => {};

  /** Starts a flush when `flush.messages` are waiting for one; until it is done, these records are not settled. */
  appended(firstOffset: number, recordCount: number): void {
    this.#recordsSinceFlush += recordCount;
    if (this.#recordsSinceFlush < this.#log.config["flush.messages"]) return;
    this.#unsettled = {
      firstOffset: this.#unsettled?.firstOffset ?? firstOffset,
      endOffset: this.#log.logEndOffset,
    };
    this.flushInBackground();
  }

  /** Nobody waits for what lay at or above `endOffset`; what comes in its place waits for a flush of its own. */
  truncated(endOffset: number): void {
    const { firstOffset = endOffset, endOffset: unsettledEnd = endOffset } = this.#unsettled ?? {};
    const isLeft = firstOffset < endOffset;
    this.#unsettled = isLeft ? { firstOffset, endOffset: Math.min(unsettledEnd, endOffset) } : undefined;
    if (this.#heldOffset !== undefined) this.#heldOffset = Math.min(this.#heldOffset, endOffset);
  }

  /** Where the records end that may be acknowledged: they, and all before them, wait for no flush. */
  get settledEndOffset(): number {
    const { logEndOffset } = this.#log;
    return Math.min(this.#unsettled?.firstOffset ?? logEndOffset, this.#heldOffset ?? logEndOffset, logEndOffset);
  }

  /** Nothing more may be acknowledged, until what is returned is called. */
  hold(): () => void {
    this.#holds++;
    this.#heldOffset = this.settledEndOffset;
    return () => {
      if (--this.#holds > 0) return;
      this.#heldOffset = undefined;
      this.onSettled();
    };
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
    if (!log.storage.answers()) await log.storage.untilAnswered();
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
    if (this.#unsettled !== undefined) this.#settle(this.#unsettled.endOffset);
  }

  /** What was appended while the flush was under way, and has to wait for one, has asked for the next. */
  #settle(endOffset: number): void {
    const { recoveryPoint, logEndOffset } = this.#log;
    const isSettled = Math.min(endOffset, logEndOffset) <= recoveryPoint;
    this.#unsettled = isSettled ? undefined : { firstOffset: recoveryPoint, endOffset };
    this.onSettled();
  }

  /** Syncs the segments from the recovery point on, and all that goes with them, at once: one write-out of the disk serves several. */
  async #sync(): Promise<void> {
    const log = this.#log;
    const { files } = log.runtime;
    const parts = [this.#syncSegments(), log.snapshots.sync(), log.epochs.flush()];
    if (log.isDirectoryUnsynced) {
      log.isDirectoryUnsynced = false;
      parts.push(syncDirectoryAt(files, () => log.directory));
    }
    if (log.isParentUnsynced) {
      log.isParentUnsynced = false;
      parts.push(syncFile(files, `${log.directory}/${PARTITION_METADATA}`));
      const parent = log.directory.slice(0, log.directory.lastIndexOf("/"));
      if (!log.leavesParentUnsynced) parts.push(files.syncDirectory(parent));
    }
    // Whatever one of them says, none is under way any more when the log may be closed or flushed again.
    for (const part of await Promise.allSettled(parts)) {
      if (part.status === "rejected") throw part.reason;
    }
  }

  async #syncSegments(): Promise<void> {
    const { segments, recoveryPoint, runtime } = this.#log;
    const { watched } = runtime.files;
    // From the last record that is on the disk: its segment may have been filled, and its indexes trimmed, since then.
    for (const segment of segments.from(recoveryPoint - 1)) await whenReadable(watched, () => segment.sync());
  }
}
