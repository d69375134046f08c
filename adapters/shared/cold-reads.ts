import type { FileRange } from "../../src/runtime.ts";
import type { DiskFile } from "./disk-file.ts";

/** The runtime's threads for file I/O are few, and flushes need them too. */
const maxReads = 2;

export type ColdReadDone = (error: Error | null, count: number) => void;

/**
 * Reads from the disk by other threads, so that a consumer of old data, which has to wait for it, keeps nobody else
 * waiting. A few at a time, in the order in which they were asked for.
 */
export class ColdReads {
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  /** `range.file` is a DiskFile. `done` never runs inside the call. */
  read(range: FileRange, offset: number, target: Uint8Array, done: ColdReadDone): void {
    const file = range.file as DiskFile;
    // Whoever asks may go away, and its range with it, before its turn comes.
    file.retain();
    this.waiting.push(() => {
      const startMs = performance.now();
      file.readInThread(target, range.position + offset, (error, count) => {
        const nowMs = performance.now();
        // Where sendfile finds out by itself, a busy thread must not keep it from trying.
        if (file.tellsWhatIsCached) file.pace.took(nowMs - startMs, nowMs);
        this.running--;
        file.release();
        this.startNext();
        done(error, count);
      });
    });
    this.startNext();
  }

  private startNext(): void {
    if (this.running >= maxReads) return;
    const start = this.waiting.shift();
    if (start === undefined) return;
    this.running++;
    start();
  }
}
