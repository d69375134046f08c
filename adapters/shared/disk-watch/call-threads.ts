import { clearInterval, clearTimeout, setInterval, setTimeout } from "node:timers";
import { createDeferred } from "../../../src/deferred.ts";
import type { StartThread } from "../workers/job-thread.ts";
import { CallThread } from "./call-thread.ts";
import type { DiskThreads } from "./disk-thread.ts";
import { type LongCall, LongCalls, type PatientThreads } from "./long-calls.ts";
import { type LateCalls, Patience } from "./patience.ts";
import { PatientThread } from "./patient-thread.ts";

/** One works, and the other takes over when the first does not come back from a call. */
const SPARE_THREADS = 2;
const LATE_CHECK_MS = 50;
/** How long a start waits for the threads. */
const START_LIMIT_MS = 10_000;

/** The threads of a process that call the file system for its loop. A few are enough, because the loop waits for each call. */
export class CallThreads implements DiskThreads {
  private readonly start: StartThread;
  private threads: CallThread[] = [];
  private readonly late = new Map<CallThread, () => void>();
  private readonly patience = new Map<string, Patience>();
  private readonly lateCalls: LateCalls = { count: 0 };
  private readonly longCalls: LongCalls;
  private users = 0;
  /** Why no thread could be started at the last attempt; undefined when one could. */
  obstacle: string | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** `runtimeThreads` is how many threads the runtime has for files. */
  constructor(start: StartThread, runtimeThreads: number) {
    this.start = start;
    // One is left for work that has nothing to do with these disks, such as looking up hosts.
    this.longCalls = new LongCalls(Math.max(1, runtimeThreads - 1), this.patientThreads());
  }

  /** Resolves when a thread is ready, or when none will be within {@link START_LIMIT_MS}. */
  async open(): Promise<void> {
    this.users++;
    this.fill();
    const { promise: limit, resolve } = createDeferred<void>();
    const timer = setTimeout(resolve, START_LIMIT_MS);
    await Promise.race([limit, Promise.any(this.threads.map((thread) => thread.up)).catch(() => {})]);
    clearTimeout(timer);
    if (this.ready === undefined) this.obstacle ??= `none was there within ${START_LIMIT_MS} ms`;
  }

  /** The last user that closes ends the threads; a thread that is in a call ends after it. */
  close(): void {
    if (--this.users > 0) return;
    for (const thread of this.threads) thread.end();
    this.threads = [];
    this.longCalls.endIdle();
  }

  /** A thread that can take a call. Undefined before the first has started, and when none can be started, see {@link obstacle}. */
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

  /** The patience with one directory, shared by all who watch it. */
  patienceWith(directory: string): Patience {
    const patience = this.patience.get(directory) ?? new Patience(this.lateCalls);
    this.patience.set(directory, patience);
    return patience;
  }

  /** The thread is in a call that takes too long; `ended` is called when that call is over. */
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
          // Reported when the loop next wants a thread.
          return undefined;
        }
      },
      end: (thread) => thread.end(),
    };
  }

  /** Looks for threads whose late call is over. */
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
