import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import type { FileRange } from "../../src/runtime.ts";
import type { DiskFile } from "./disk-file.ts";
import type { WatchedDisk } from "./disk-watch/watched-disk.ts";
import { systemError } from "./system-error.ts";

/** The runtime's threads for file I/O are few, and flushes need them too. */
const maxReads = 2;

/** Of a disk that is watched: if it hangs, others still have theirs. */
const maxReadsOfDisk = 1;

/** Nobody waits longer for a disk that is watched. A slow one takes a fraction of it for what is read at a time. */
const lateMs = 2_000;

export type ColdReadDone = (error: Error | null, count: number) => void;

interface ColdRead {
  readonly file: DiskFile;
  readonly position: number;
  readonly target: Uint8Array;
  readonly done: ColdReadDone;
}

/**
 * Reads from the disk by other threads, so that a consumer of old data, which has to wait for it, keeps nobody else
 * waiting. A few at a time, in the order in which they were asked for, but for those that wait for the same disk.
 */
export class ColdReads {
  private waiting: ColdRead[] = [];
  private running = 0;
  private readonly busy = new Map<WatchedDisk, number>();

  /** `range.file` is a DiskFile. `done` never runs inside the call; after an error the target may still be written to. */
  read(range: FileRange, offset: number, target: Uint8Array, done: ColdReadDone): void {
    const file = range.file as DiskFile;
    // Whoever asks may go away, and its range with it, before its turn comes.
    file.retain();
    const read = { file, position: range.position + offset, target, done };
    if (file.disk?.isStalled === true && this.isBusy(file.disk)) setImmediate(() => refuse(read));
    else this.waiting.push(read);
    this.startNext();
  }

  private startNext(): void {
    while (this.running < maxReads) {
      const index = this.waiting.findIndex(({ file: { disk } }) => !this.isBusy(disk));
      if (index < 0) return;
      const [read] = this.waiting.splice(index, 1);
      this.start(read!);
    }
  }

  private isBusy(disk: WatchedDisk | undefined): boolean {
    return disk !== undefined && (this.busy.get(disk) ?? 0) >= maxReadsOfDisk;
  }

  private start({ file, position, target, done }: ColdRead): void {
    const { disk } = file;
    let hasEnded = false;
    let isLate = false;
    const ended = Promise.withResolvers<void>();
    const checkLate = (): void => {
      if (hasEnded) return;
      isLate = true;
      this.running--;
      disk!.stallUntil(ended.promise);
      this.refuseAll(disk!);
      done(refusal(file), 0);
      this.startNext();
    };
    // It may have been the loop that was late: what has ended meanwhile is heard of first.
    const timer = disk && setTimeout(() => setImmediate(checkLate), lateMs);
    const startMs = performance.now();
    this.running++;
    if (disk !== undefined) this.busy.set(disk, (this.busy.get(disk) ?? 0) + 1);
    file.readInThread(target, position, (error, count) => {
      hasEnded = true;
      const nowMs = performance.now();
      // Where sendfile finds out by itself, a busy thread must not keep it from trying.
      if (file.tellsWhatIsCached) file.pace.took(nowMs - startMs, nowMs);
      clearTimeout(timer);
      if (disk !== undefined) this.busy.set(disk, this.busy.get(disk)! - 1);
      file.release();
      ended.resolve();
      if (!isLate) this.running--;
      this.startNext();
      if (!isLate) done(error, count);
    });
  }

  /** Those that wait for a disk that hangs. */
  private refuseAll(disk: WatchedDisk): void {
    const refused = this.waiting.filter(({ file }) => file.disk === disk);
    this.waiting = this.waiting.filter(({ file }) => file.disk !== disk);
    for (const read of refused) refuse(read);
  }
}

function refuse({ file, done }: ColdRead): void {
  file.release();
  done(refusal(file), 0);
}

function refusal({ path }: DiskFile): Error {
  return systemError("EAGAIN", `its file system does not answer, read '${path}'`);
}
