import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import { createDeferred } from "../../src/deferred.ts";
import type { FileRange } from "../../src/runtime.ts";
import type { DiskFile } from "./disk-file.ts";
import type { WatchedDisk } from "./disk-watch/watched-disk.ts";
import { systemError } from "./system-error.ts";

/**
 * As many at a time, of each disk that is watched and of all the others together: the runtime's threads for file I/O are few, and
 * flushes need them too.
 */
const maxReads = 2;

/** Nobody waits longer for a disk that is watched. A slow one takes a fraction of it for what is read at a time. */
const lateMs = 2_000;

export type ColdReadDone = (error: Error | null, count: number) => void;

interface ColdRead {
  readonly file: DiskFile;
  readonly position: number;
  readonly takeTarget: () => Uint8Array;
  readonly done: ColdReadDone;
}

/** Of one disk that is watched, or of those that are not. */
class Line {
  waiting: ColdRead[] = [];
  running = 0;
  /** Of those that are running, for which nobody waits any more. */
  late = 0;
}

/**
 * Reads from the disk by other threads, so that a consumer of old data, which has to wait for it, keeps nobody else
 * waiting. A few at a time, in the order in which they were asked for, but for those that wait for another disk.
 */
export class ColdReads {
  private readonly lines = new Map<WatchedDisk | undefined, Line>();

  /**
   * `range.file` is a DiskFile. The target is asked for when the read begins: many may wait, and few are read. `done` never runs
   * inside the call; after an error a target may still be written to.
   */
  read(range: FileRange, offset: number, takeTarget: () => Uint8Array, done: ColdReadDone): void {
    const file = range.file as DiskFile;
    const { disk } = file;
    // Whoever asks may go away, and its range with it, before its turn comes.
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
    // It may have been the loop that was late: what has ended meanwhile is heard of first.
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
