import { statfsSync } from "node:fs";
import { systemError } from "../system-error.ts";
import { type CachedReads, NOT_CACHED } from "./cached-reads.ts";
import type { DiskThread } from "./disk-thread.ts";
import type { Lookup } from "./shared-call.ts";
import type { WatchedFile } from "./watched-disk.ts";

/** Types by statfs(2): tmpfs and ramfs are memory; overlayfs (in containers) does not tell what is cached, and has no disk of its own. */
const UNBOUND_FILE_SYSTEMS = new Set([0x0102_1994, 0x8584_58f6, 0x794c_7630]);

/** The part of a watched disk that its reads need. */
export interface ReadingDisk {
  readonly directory: string;
  /**
   * The thread that has made the call in time. "late" when the call is not over in time: the disk is stalled, and `ended` is called
   * when it is. "refused" when all threads are waiting for disks. Undefined when the loop has to make the call itself.
   */
  callThread(
    call: (thread: DiskThread, limitMs: number) => boolean,
    ended: () => void,
  ): DiskThread | "late" | "refused" | undefined;
}

/**
 * Reads below a directory whose file system may hang: from the page cache where the system tells what is there, and otherwise by
 * a thread, for which the loop waits as it does for changes. Reads are tried even while a change has not come back: a frozen disk
 * may well answer them. While a read has not come back no other is tried: that disk is dead.
 */
export class WatchedReads {
  private readonly disk: ReadingDisk;
  private readonly loadCached: () => CachedReads | undefined;
  private cached: CachedReads | undefined;
  areLimited = false;
  /** How many reads have not come back. */
  private late = 0;
  private readonly firstByte = new Uint8Array(1);

  constructor(disk: ReadingDisk, loadCached: () => CachedReads | undefined) {
    this.disk = disk;
    this.loadCached = loadCached;
  }

  /** Limits how long reads wait. Before this the loop waits as long as it takes: a start only reads, and disks may be slow. */
  limit(): void {
    if (this.areLimited || UNBOUND_FILE_SYSTEMS.has(statfsSync(this.disk.directory).type)) return;
    this.cached = this.loadCached();
    this.areLimited = true;
  }

  opened(descriptor: number): void {
    this.cached?.prepare(descriptor);
  }

  /**
   * How many bytes were read, maybe fewer than the target holds; 0 at the end of the file. Undefined when the caller has to read
   * itself. Throws EAGAIN when the disk does not answer.
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
    // It is in memory now; if the system does not say so, it never will.
    if (cached?.read(file.descriptor, this.firstByte, position) === NOT_CACHED) file.tellsWhatIsCached = false;
    return result;
  }

  /** Brings what the loop will ask about the path into the system's memory. Throws EAGAIN when the disk does not answer. */
  lookUp(path: string, call: Lookup = "stat"): void {
    if (!this.areLimited) return;
    const lookUpInTime = (thread: DiskThread, limitMs: number) => thread.callByName({ call, path }, limitMs);
    const error = this.call(lookUpInTime, () => {}, `${call} '${path}'`)?.error as NodeJS.ErrnoException | undefined;
    // That nothing is there, the caller finds out itself.
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
