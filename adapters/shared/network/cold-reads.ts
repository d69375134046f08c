import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import { createDeferred } from "../../../src/deferred.ts";
import type { FileRange } from "../../../src/runtime.ts";
import type { WatchedDisk } from "../disk-watch/watched-disk.ts";
import type { DiskFile } from "../files/disk-file.ts";
import { systemError } from "../system-error.ts";

/**
 * How many reads run at a time, for each watched disk and for all other disks together: the runtime's threads for file I/O are
 * few, and flushes need them too.
 */
const maxReads = 2;

/** How long a read waits for a watched disk. Even a slow disk needs only a fraction of this for one read. */
const lateMs = 2_000;

export type ColdReadDone = (error: Error | null, count: number) => void;

interface ColdRead {
  readonly file: DiskFile;
  readonly position: number;
  readonly takeTarget: () => Uint8Array;
  readonly done: ColdReadDone;
}

/** The reads of one watched disk, or of all disks that are not watched. */
class Line {
  waiting: ColdRead[] = [];
  running = 0;
  /** How many of the running reads nobody is waiting for any more. */
  late = 0;
}

/**
 * Reads that other threads make, so that a consumer of old data, which has to wait for the disk, holds up nobody else. A few run
 * at a time, in the order in which they were asked for; disks do not wait for each other.
 */
export class ColdReads {
  private readonly lines = new Map<WatchedDisk | undefined, Line>();

  /**
   * `range.file` must be a DiskFile. `takeTarget` is called when the read begins, so that reads that only wait hold no memory.
   * `done` never runs inside the call; after an error the target may still be written to.
   */
  read(range: FileRange, offset: number, takeTarget: () => Uint8Array, done: ColdReadDone): void {
    const file = range.file as DiskFile;
    const { disk } = file;
    // The connection may go away, and its range with it, before its turn comes.
    file.retain();
    const read = { file, position: range.position + offset, takeTarget, done };
    const line = this.lines.get(disk) ?? new Line();
    this.lines.set(disk, line);
    if (disk?.isStalled === true && line.late > 0) setImmediate(() => refuse(read));
    else line.waiting.push(read);
    this.startNext(line);
  }

  private startNext(line: Line): void {
    while (line.running < maxReads && line.waiting.length > 0) this.start(line, line.waiting.shift()!);
  }

  private start(line: Line, { file, position, takeTarget, done }: ColdRead): void {
    const { disk } = file;
    let isLate = false;
    const ended = createDeferred<void>();
    let hasEnded = false;
    const checkLate = (): void => {
      if (hasEnded) return;
      isLate = true;
      line.late++;
      disk!.stallUntil(ended.promise);
      for (const refused of line.waiting.splice(0)) refuse(refused);
      done(refusal(file), 0);
    };
    // It may have been the loop that was late: reads that have ended meanwhile are reported first.
    const timer = disk && setTimeout(() => setImmediate(checkLate), lateMs);
    const startMs = performance.now();
    const end = (error: Error | null, count: number): void => {
      hasEnded = true;
      const nowMs = performance.now();
      // Where sendfile finds out by itself, a busy thread must not keep it from trying.
      if (file.tellsWhatIsCached) file.pace.took(nowMs - startMs, nowMs);
      clearTimeout(timer);
      line.running--;
      if (isLate) line.late--;
      if (line.running === 0 && line.waiting.length === 0) this.lines.delete(disk);
      file.release();
      ended.resolve();
      this.startNext(line);
      if (!isLate) done(error, count);
    };
    line.running++;
    file.readInThread(takeTarget(), position).then(
      (count) => end(null, count),
      (error: Error) => end(error, 0),
    );
  }
}

function refuse({ file, done }: ColdRead): void {
  file.release();
  done(refusal(file), 0);
}

function refusal({ path }: DiskFile): Error {
  return systemError("EAGAIN", `its file system does not answer, read '${path}'`);
}
