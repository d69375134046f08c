import type { DiskWatch, DiskWatchEvents } from "../../../src/disk-watch.ts";
import type { File } from "../../../src/runtime.ts";
import { pathCalls } from "../files/path-calls.ts";
import { systemError } from "../system-error.ts";
import type { CachedReads } from "./cached-reads.ts";
import type { DiskThread, DiskThreads } from "./disk-thread.ts";
import type { LongCall } from "./long-calls.ts";
import type { Patience } from "./patience.ts";
import { type Change, PostponedChanges } from "./postponed-changes.ts";
import { type ReadingDisk, WatchedReads } from "./watched-reads.ts";

/** How many long calls to one disk are made at a time: it can only do so much at once, and threads are few. */
const PARALLEL_CALLS = 2;

/** A disk that has answered within this time is not asked again. */
const FRESH_MS = 2;

/** A file below a watched directory. It stays open until a late write to it is over. */
export interface WatchedFile extends File {
  readonly descriptor: number;
  /** Whether the system can tell which parts of the file are in memory. */
  tellsWhatIsCached: boolean;
  /** The disk has not said yet whether the file exists. */
  isUnknown: boolean;
  /** Writes some of the source from the loop itself; returns how many bytes. */
  writeNow(source: Uint8Array, position: number): number;
  /** Truncates the file from the loop itself. */
  truncateNow(sizeBytes: number): void;
  /** Opens the file from the loop itself, once it exists. */
  openNow(): void;
  /** Another user has opened the file, and will close it. */
  openAgain(): this;
}

export type PlainChange = Exclude<Change<WatchedFile>, { readonly call: "write" }>;

/** The result of a write that the disk has not taken in time: it is stalled. */
const NOT_TAKEN = -1;

/**
 * A directory whose file system may hang: calls that may have to wait for the disk are made by a thread. What the disk does not
 * take in time is refused or postponed. The disk is then stalled until it answers and all postponed changes have been made.
 */
export class WatchedDisk implements DiskWatch, ReadingDisk {
  readonly ready: Promise<void>;
  isStalled = false;
  readonly postponed = new PostponedChanges<WatchedFile>();
  readonly reads: WatchedReads;
  readonly directory: string;
  private readonly threads: DiskThreads;
  private readonly patience: Patience;
  private readonly events: DiskWatchEvents;
  private readonly slots: DiskSlots;
  private answeredMs = Number.NEGATIVE_INFINITY;
  private stalledMs = 0;
  /** Calls that have not come back, and waits for a thread: the disk is stalled until all have ended. */
  private waits = 0;
  /** A postponed change that the late call has made after all. */
  private madeLate: PlainChange | undefined;
  private readonly waiters: (() => void)[] = [];
  private isClosed = false;
  private isUnwatched = false;

  constructor(
    directory: string,
    threads: DiskThreads,
    events: DiskWatchEvents,
    loadCachedReads: () => CachedReads | undefined,
  ) {
    this.directory = directory;
    this.reads = new WatchedReads(this, loadCachedReads);
    this.threads = threads;
    this.patience = threads.patienceWith(directory);
    this.events = events;
    this.slots = new DiskSlots(PARALLEL_CALLS);
    this.ready = threads.open().then(() => void this.thread());
  }

  answers(): boolean {
    return !this.isStalled && this.ask();
  }

  async answered(): Promise<void> {
    while (this.isStalled) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  limitReads(): void {
    this.reads.limit();
  }

  callThread(
    call: (thread: DiskThread, limitMs: number) => boolean,
    ended: () => void,
  ): DiskThread | "late" | "refused" | undefined {
    const thread = this.isClosed ? undefined : this.thread();
    if (thread === undefined) return this.mustAwaitThread() ? "refused" : undefined;
    if (call(thread, this.patience.readLimitMs(performance.now()))) return thread;
    this.stall(thread, ended);
    return "late";
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.threads.close();
  }

  /** Makes the change, or postpones it when the disk does not answer. */
  change(change: PlainChange): void {
    if (this.isStalled || !this.makeInTime(change)) this.postponed.add(change);
  }

  /**
   * Writes some of the source; returns how many bytes. Undefined when the caller has to write itself: no thread is ready, or the
   * thread cannot tell what is wrong. What the disk does not take in time is postponed; with `mayBeLate` it throws ETIMEDOUT.
   */
  write(file: WatchedFile, source: Uint8Array, position: number, mayBeLate: boolean): number | undefined {
    const count = this.isStalled ? NOT_TAKEN : this.writeInTime(file, source, position);
    if (count !== NOT_TAKEN) return count;
    if (mayBeLate) throw this.error("write", file.path);
    this.postponed.add({ call: "write", file, position, bytes: source.slice() });
    return source.length;
  }

  /** Has another thread make the call, once the disk answers and fewer than {@link PARALLEL_CALLS} are in progress. */
  async later<T>(call: LongCall<T>): Promise<T> {
    await this.answered();
    return this.slots.run(() => this.longCall(call));
  }

  /** As {@link later}, but at once. */
  longCall<T>(call: LongCall<T>): Promise<T> {
    return this.threads.run(this, call);
  }

  private writeInTime(file: WatchedFile, source: Uint8Array, position: number): number | undefined {
    const thread = this.isClosed ? undefined : this.thread();
    if (thread === undefined) return this.mustAwaitThread() ? NOT_TAKEN : undefined;
    if (!thread.write(file.descriptor, source, position, this.limitMs)) {
      file.retain();
      this.stall(thread, () => file.release());
      return NOT_TAKEN;
    }
    this.answeredMs = performance.now();
    return hasFailed(thread) ? undefined : thread.result;
  }

  private makeInTime(change: PlainChange): boolean {
    const thread = this.isClosed ? undefined : this.thread();
    if (thread !== undefined && !callThread(thread, change, this.limitMs)) {
      this.stall(thread, () => {
        if (thread.result >= 0) this.madeLate = change;
      });
      return false;
    }
    if (thread === undefined && this.mustAwaitThread()) return false;
    if (thread === undefined || hasFailed(thread)) callNow(change);
    if (change.call === "create") change.file.openNow();
    this.answeredMs = performance.now();
    return true;
  }

  /** Undefined when the loop has to make the call itself. */
  private thread(): DiskThread | undefined {
    const { ready, obstacle } = this.threads;
    if (ready === undefined && obstacle !== undefined && !this.isUnwatched) this.events.unwatched(obstacle);
    this.isUnwatched = ready === undefined && obstacle !== undefined;
    return ready;
  }

  /** All threads are waiting for disks, and the loop must not wait too: until another thread has started, this disk is stalled. */
  private mustAwaitThread(): boolean {
    if (this.isClosed || !this.threads.awaitReady(() => this.waitEnded())) return false;
    this.stalled();
    return true;
  }

  private get limitMs(): number {
    return this.patience.limitMs(performance.now());
  }

  private ask(): boolean {
    if (this.isClosed || performance.now() - this.answeredMs < FRESH_MS) return true;
    const thread = this.thread();
    if (thread === undefined && this.mustAwaitThread()) return false;
    if (thread !== undefined && !thread.callByName({ call: "touch", path: this.directory }, this.limitMs)) {
      this.stall(thread, () => {});
      return false;
    }
    this.answeredMs = performance.now();
    return true;
  }

  /** A call made elsewhere has waited for so long that the disk is taken to hang until `ended` resolves. */
  stallUntil(ended: Promise<void>): void {
    this.patience.stallBegan();
    this.stalled();
    void ended.then(() => this.lateCallEnded());
  }

  private stall(thread: DiskThread, ended: () => void): void {
    this.patience.stallBegan();
    this.threads.leave(thread, () => {
      ended();
      this.lateCallEnded();
    });
    this.stalled();
  }

  private lateCallEnded(): void {
    this.answeredMs = performance.now();
    this.patience.stallEnded(this.answeredMs);
    this.waitEnded();
  }

  private waitEnded(): void {
    if (--this.waits === 0) this.catchUp();
  }

  private stalled(): void {
    this.waits++;
    if (this.isStalled) return;
    this.isStalled = true;
    this.stalledMs = performance.now();
    this.events.stalled();
  }

  /** The disk has answered: makes the postponed changes, in the middle of which it may stall again. */
  private catchUp(): void {
    try {
      if (!this.isClosed && !this.postponed.makeAll((change) => this.make(change))) return;
    } catch (error) {
      this.events.failed(error as Error);
    }
    this.isStalled = false;
    if (!this.isClosed) this.events.answered(performance.now() - this.stalledMs);
    for (const resume of this.waiters.splice(0)) resume();
  }

  private make(change: Change<WatchedFile>): boolean {
    if (change.call !== "write") {
      if (change !== this.madeLate) return this.makeInTime(change);
      if (change.call === "create") change.file.openNow();
      return true;
    }
    const { file, bytes, position } = change;
    for (let written = 0; written < bytes.length; ) {
      const count = this.writeInTime(file, bytes.subarray(written), position + written);
      if (count === NOT_TAKEN) return false;
      written += count ?? file.writeNow(bytes.subarray(written), position + written);
    }
    return true;
  }

  private error(call: string, path: string): Error {
    return systemError("ETIMEDOUT", `the file system of ${this.directory} does not answer, ${call} '${path}'`);
  }
}

/** Throws the system's error, if there is one: on a dying disk, making the call again could take any time to say the same. */
function hasFailed({ result, error }: DiskThread): boolean {
  if (error !== undefined) throw error;
  return result < 0;
}

function callThread(thread: DiskThread, change: PlainChange, limitMs: number): boolean {
  if (change.call === "truncate") return thread.truncate(change.file.descriptor, change.sizeBytes, limitMs);
  const { call, path, to, timeMs } = change;
  return thread.callByName(
    { call, path, ...(to !== undefined && { to }), ...(timeMs !== undefined && { timeMs }) },
    limitMs,
  );
}

function callNow(change: PlainChange): void {
  if (change.call === "truncate") change.file.truncateNow(change.sizeBytes);
  else pathCalls[change.call](change.path, change.to ?? "", change.timeMs ?? 0);
}

/** Runs at most `count` tasks at a time; the others wait in their order. */
class DiskSlots {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(count: number) {
    this.free = count;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
