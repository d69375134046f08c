import type { DiskWatch, DiskWatchEvents } from "../../../src/runtime.ts";
import { systemError } from "../system-error.ts";
import type { CallThread } from "./call-thread.ts";
import type { CallThreads } from "./call-threads.ts";
import type { Patience } from "./patience.ts";

/** How long the loop waits for a call in the middle of something. */
const LONG_MS = 10_000;
/** Whoever has just answered is not asked again. */
const FRESH_MS = 2;

/** What is to be written; kept open until a late write is over. */
export interface WrittenFile {
  readonly path: string;
  readonly descriptor: number;
  retain(): void;
  release(): void;
}

/** A directory whose file system may hang: calls that it would have to wait for are made by a thread. */
export class WatchedDisk implements DiskWatch {
  readonly ready: Promise<void>;
  isStalled = false;
  private readonly directory: string;
  private readonly threads: CallThreads;
  private readonly patience: Patience;
  private readonly events: DiskWatchEvents;
  private readonly slots: DiskSlots;
  private answeredMs = Number.NEGATIVE_INFINITY;
  private stalledMs = 0;
  /** It is in the call that the disk does not answer. */
  private stuck: CallThread | undefined;
  /** The loop has waited for this stall as long as it ever does. */
  private isGivenUp = false;
  private waiters: (() => void)[] = [];
  private isClosed = false;
  private isUnwatched = false;

  constructor(directory: string, threads: CallThreads, events: DiskWatchEvents, parallelCalls: number) {
    this.directory = directory;
    this.threads = threads;
    this.patience = threads.patienceWith(directory);
    this.events = events;
    this.slots = new DiskSlots(parallelCalls);
    this.ready = threads.open().then(() => void this.thread());
  }

  answers(): boolean {
    return !this.isStalled && this.ask(this.shortMs);
  }

  async answered(): Promise<void> {
    while (this.isStalled) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.waiters = [];
    this.threads.close();
  }

  /** Before a call that the loop makes itself. Throws when the disk does not answer. */
  expectAnswer(call: string, path: string): void {
    if (!this.waitOut() || !this.ask(LONG_MS)) throw this.error(call, path);
  }

  /** Some of the source. Undefined when the caller has to write it: no thread is ready, or it has found something wrong. */
  write(file: WrittenFile, source: Uint8Array, position: number, mayBeLate: boolean): number | undefined {
    if (mayBeLate ? this.isStalled : !this.waitOut()) throw this.error("write", file.path);
    const thread = this.isClosed ? undefined : this.thread();
    if (thread === undefined) return undefined;
    if (!thread.write(file.descriptor, source, position, mayBeLate ? this.shortMs : LONG_MS)) {
      file.retain();
      this.stall(thread, () => file.release());
      this.isGivenUp = !mayBeLate;
      throw this.error("write", file.path);
    }
    this.answeredMs = performance.now();
    return thread.result < 0 ? undefined : thread.result;
  }

  /** Undefined when the loop has to call for itself. */
  private thread(): CallThread | undefined {
    const { ready, obstacle } = this.threads;
    if (ready === undefined && obstacle !== undefined && !this.isUnwatched) this.events.unwatched(obstacle);
    this.isUnwatched = ready === undefined && obstacle !== undefined;
    return ready;
  }

  /** Runs what other threads do for this disk, few at a time: there are not many of them, and others need some, too. */
  later<T>(run: () => Promise<T>): Promise<T> {
    return this.slots.run(run);
  }

  /** Whoever is in the middle of something waits for the end of a stall: most are short. */
  private waitOut(): boolean {
    if (!this.isStalled) return true;
    if (!this.isGivenUp && this.stuck!.waitForEnd(LONG_MS)) this.threads.look();
    this.isGivenUp = this.isStalled;
    return !this.isStalled;
  }

  /** For a call that may be refused. */
  private get shortMs(): number {
    return this.patience.limitMs(performance.now());
  }

  private ask(limitMs: number): boolean {
    if (this.isClosed || performance.now() - this.answeredMs < FRESH_MS) return true;
    const thread = this.thread();
    if (thread !== undefined && !thread.touch(this.directory, limitMs)) {
      this.stall(thread, () => {});
      return false;
    }
    this.answeredMs = performance.now();
    return true;
  }

  private stall(thread: CallThread, ended: () => void): void {
    this.isStalled = true;
    this.stuck = thread;
    this.isGivenUp = false;
    this.stalledMs = performance.now();
    this.patience.stallBegan();
    this.threads.leave(thread, () => {
      ended();
      this.isStalled = false;
      this.stuck = undefined;
      this.answeredMs = performance.now();
      this.patience.stallEnded(this.answeredMs);
      if (this.isClosed) return;
      this.events.answered(performance.now() - this.stalledMs);
      for (const resume of this.waiters.splice(0)) resume();
    });
    this.events.stalled();
  }

  private error(call: string, path: string): Error {
    return systemError("ETIMEDOUT", `the file system of ${this.directory} does not answer, ${call} '${path}'`);
  }
}

/** At most so many at a time, the others in their order. */
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
