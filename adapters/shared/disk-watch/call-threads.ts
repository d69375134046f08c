import { clearInterval, clearTimeout, setInterval, setTimeout } from "node:timers";
import { createDeferred } from "../../../src/deferred.ts";
import type { StartThread } from "../workers/job-thread.ts";
import { CallThread } from "./call-thread.ts";
import type { DiskThreads } from "./disk-thread.ts";
import { type LongCall, LongCalls, type PatientThreads } from "./long-calls.ts";
import { type LateCalls, Patience } from "./patience.ts";
import { PatientThread } from "./patient-thread.ts";

/** One is at work, and one is there when that one does not come back. */
const SPARE_THREADS = 2;
const LATE_CHECK_MS = 50;
/** Whoever waits for the threads at a start waits no longer. */
const START_LIMIT_MS = 10_000;

/** The threads of a process that call the file system for its loop: few, as the loop waits for each call. */
export class CallThreads implements DiskThreads {
  private readonly start: StartThread;
  private threads: CallThread[] = [];
  private readonly late = new Map<CallThread, () => void>();
  private readonly patience = new Map<string, Patience>();
  private readonly lateCalls: LateCalls = { count: 0 };
  private readonly longCalls: LongCalls;
  private users = 0;
  /** Why no thread could be had when one was last wanted; undefined when one could. */
  obstacle: string | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** `runtimeThreads` is how many the runtime has for files. */
  constructor(start: StartThread, runtimeThreads: number) {
    this.start = start;
    // One is left for what has nothing to do with these disks, as the names of hosts.
    this.longCalls = new LongCalls(Math.max(1, runtimeThreads - 1), this.patientThreads());
  }

  /** Resolves when one is ready, or none will be in time. */
  async open(): Promise<void> {
    this.users++;
    this.fill();
    const { promise: limit, resolve } = createDeferred<void>();
    const timer = setTimeout(resolve, START_LIMIT_MS);
    await Promise.race([limit, Promise.any(this.threads.map((thread) => thread.up)).catch(() => {})]);
    clearTimeout(timer);
    if (this.ready === undefined) this.obstacle ??= `none was there within ${START_LIMIT_MS} ms`;
  }

  /** The last one who closes ends the threads; one that is in a call ends after that. */
  close(): void {
    if (--this.users > 0) return;
    for (const thread of this.threads) thread.end();
    this.threads = [];
    this.longCalls.endIdle();
  }

  /** Undefined where there is none at the moment: at a start, or when threads are not to be had, see {@link obstacle}. */
  get ready(): CallThread | undefined {
    if (this.threads.some(({ isDead }) => isDead)) this.fill();
    return this.threads.find((thread) => thread.isReady);
  }

  awaitReady(ready: () => void): boolean {
    if (this.ready !== undefined || this.obstacle !== undefined || this.late.size === 0) return false;
    Promise.any(this.threads.map((thread) => thread.up)).then(ready, ready);
    return true;
  }

  run<T>(disk: object, call: LongCall<T>): Promise<T> {
    return this.longCalls.run(disk, call);
  }

  /** One for a directory. */
  patienceWith(directory: string): Patience {
    const patience = this.patience.get(directory) ?? new Patience(this.lateCalls);
    this.patience.set(directory, patience);
    return patience;
  }

  /** The thread is in a call that takes long: `ended` is told when that is over. */
  leave(thread: CallThread, ended: () => void): void {
    this.threads = this.threads.filter((other) => other !== thread);
    this.late.set(thread, ended);
    this.fill();
    this.timer ??= setInterval(() => this.look(), LATE_CHECK_MS).unref();
  }

  private patientThreads(): PatientThreads {
    return {
      areWanted: () => this.users > 0,
      start: async () => {
        try {
          const thread = new CallThread(this.start);
          await thread.up;
          return new PatientThread(thread);
        } catch {
          // What is to be said of that is, where the loop wants one.
          return undefined;
        }
      },
      end: (thread) => thread.end(),
    };
  }

  /** Tells of those that have come back since. */
  private look(): void {
    for (const [thread, ended] of this.late) {
      if (!thread.hasEnded) continue;
      this.late.delete(thread);
      if (thread.isDead || this.users === 0 || this.threads.length >= SPARE_THREADS) thread.end();
      else this.threads.push(thread);
      ended();
    }
    if (this.late.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private fill(): void {
    this.threads = this.threads.filter((thread) => !thread.isDead);
    try {
      while (this.threads.length < SPARE_THREADS) this.add(new CallThread(this.start));
    } catch (error) {
      this.obstacle = (error as Error).message;
    }
  }

  private add(thread: CallThread): void {
    this.threads.push(thread);
    thread.up.then(
      () => {
        this.obstacle = undefined;
      },
      (reason: Error) => {
        this.obstacle = reason.message;
      },
    );
  }
}
