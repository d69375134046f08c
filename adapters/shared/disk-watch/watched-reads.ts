import { statfsSync } from "node:fs";
import { systemError } from "../system-error.ts";
import { type CachedReads, NOT_CACHED } from "./cached-reads.ts";
import type { DiskThread } from "./disk-thread.ts";
import type { Lookup } from "./shared-call.ts";
import type { WatchedFile } from "./watched-disk.ts";

/** By statfs(2): tmpfs and ramfs are memory; overlayfs, as a container has, does not tell what is cached, and has no disk of its own. */
const UNBOUND_FILE_SYSTEMS = new Set([0x0102_1994, 0x8584_58f6, 0x794c_7630]);

/** What reads need of a disk's other half. */
export interface ReadingDisk {
  readonly directory: string;
  /**
   * The thread that has made the call in time. If none has, the disk is stalled until one that is late `ended`, or there is one that
   * can be asked at all. Undefined when the loop is to call for itself.
   */
  callThread(
    call: (thread: DiskThread, limitMs: number) => boolean,
    ended: () => void,
  ): DiskThread | "late" | "refused" | undefined;
}

/**
 * What is read of a directory whose file system may hang: from the page cache where the system tells what is there, and
 * else by a thread, for which the loop waits as it does for changes. While one does not come back none is tried: a disk that
 * takes no changes, as it is frozen, may well answer these, and one that is dead does not.
 */
export class WatchedReads {
  private readonly disk: ReadingDisk;
  private readonly loadCached: () => CachedReads | undefined;
  private cached: CachedReads | undefined;
  areLimited = false;
  /** Reads that have not come back. */
  private late = 0;
  private readonly firstByte = new Uint8Array(1);

  constructor(disk: ReadingDisk, loadCached: () => CachedReads | undefined) {
    this.disk = disk;
    this.loadCached = loadCached;
  }

  /** Until then the loop waits for them: a start has nothing to do but to read, from disks that may be slow. */
  limit(): void {
    if (this.areLimited || UNBOUND_FILE_SYSTEMS.has(statfsSync(this.disk.directory).type)) return;
    this.cached = this.loadCached();
    this.areLimited = true;
  }

  opened(descriptor: number): void {
    this.cached?.prepare(descriptor);
  }

  /**
   * A beginning of what the target has room for; 0 at the end of the file. Undefined when the caller has to read it. Throws
   * EAGAIN when the disk does not answer.
   */
  read(file: WatchedFile, target: Uint8Array, position: number): number | undefined {
    if (!this.areLimited) return undefined;
    const cached = file.tellsWhatIsCached ? this.cached : undefined;
    const count = cached?.read(file.descriptor, target, position) ?? NOT_CACHED;
    if (count !== NOT_CACHED) return count;
    const readInTime = (thread: DiskThread, limitMs: number): boolean => {
      if (thread.read(file.descriptor, target, position, limitMs)) return true;
      file.retain();
      return false;
    };
    const thread = this.call(readInTime, () => file.release(), `read '${file.path}'`);
    if (thread?.error !== undefined) throw thread.error;
    if (thread === undefined || thread.result < 0) return undefined;
    const { result } = thread;
    // It is there now, if that is told at all.
    if (cached?.read(file.descriptor, this.firstByte, position) === NOT_CACHED) file.tellsWhatIsCached = false;
    return result;
  }

  /** What the loop asks of the name next does not have to wait for the disk. Throws EAGAIN when that does not answer. */
  lookUp(path: string, call: Lookup = "stat"): void {
    if (!this.areLimited) return;
    const lookUpInTime = (thread: DiskThread, limitMs: number) => thread.callByName({ call, path }, limitMs);
    const error = this.call(lookUpInTime, () => {}, `${call} '${path}'`)?.error as NodeJS.ErrnoException | undefined;
    // What is not there is the caller's to find out.
    if (error !== undefined && error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
  }

  private call(
    call: (thread: DiskThread, limitMs: number) => boolean,
    ended: () => void,
    what: string,
  ): DiskThread | undefined {
    const lateEnded = (): void => {
      this.late--;
      ended();
    };
    if (this.late === 0) {
      const thread = this.disk.callThread(call, lateEnded);
      if (thread !== "late" && thread !== "refused") return thread;
      if (thread === "late") this.late++;
    }
    throw systemError("EAGAIN", `the file system of ${this.disk.directory} does not answer, ${what}`);
  }
}
