import { clearTimeout, setTimeout } from "node:timers";
import { type PatientThread, UntoldFailure } from "./patient-thread.ts";

/** A call that takes as long as its disk does, and the two ways of making it. */
export interface LongCall<T> {
  /** In one of the threads that the runtime has for files. */
  readonly byRuntime: () => Promise<T>;
  readonly byThread: (thread: PatientThread) => Promise<T>;
}

/** Threads of our own, for calls that the runtime's threads do not get to. */
export interface PatientThreads {
  /** Whether an idle thread should be kept. */
  areWanted(): boolean;
  /** Resolves with undefined when no thread can be started. */
  start(): Promise<PatientThread | undefined>;
  end(thread: PatientThread): void;
}

/** A call that has waited for a thread of the runtime for this long gets a thread of our own. */
const PATIENCE_MS = 200;
/** How long an idle thread is kept: a disk that hangs keeps hanging. */
const IDLE_MS = 30_000;

interface Waiting {
  readonly disk: object;
  readonly sinceMs: number;
  readonly byRuntime: () => Promise<void>;
  readonly byThread: (thread: PatientThread) => Promise<void>;
}

/**
 * The long calls to the watched disks of a process. The runtime's threads make them, but those are few and needed elsewhere too.
 * When they do not get to a call because disks hang, a thread of our own makes it. So any number of disks may hang, and each of
 * the others still has a thread.
 */
export class LongCalls {
  private readonly mostOfRuntime: number;
  private readonly threads: PatientThreads;
  private readonly waiting: Waiting[] = [];
  private ofRuntime = 0;
  private readonly underWay = new Map<object, number>();
  private readonly idle = new Map<PatientThread, NodeJS.Timeout>();
  private starting = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(mostOfRuntime: number, threads: PatientThreads) {
    this.mostOfRuntime = mostOfRuntime;
    this.threads = threads;
  }

  run<T>(disk: object, call: LongCall<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.push({
        disk,
        sinceMs: performance.now(),
        byRuntime: () => call.byRuntime().then(resolve, reject),
        byThread: (thread) =>
          call
            .byThread(thread)
            .catch((error: unknown) => {
              if (error instanceof UntoldFailure) return call.byRuntime();
              throw error;
            })
            .then(resolve, reject),
      });
      this.startNext();
    });
  }

  /** Ends the idle threads of our own. */
  endIdle(): void {
    for (const thread of this.idle.keys()) this.end(thread);
  }

  private startNext(): void {
    while (this.waiting.length > 0 && this.ofRuntime < this.mostOfRuntime) {
      const next = (this.takeFirst() ?? this.waiting.shift())!;
      this.ofRuntime++;
      void this.perform(next.disk, next.byRuntime).then(() => {
        this.ofRuntime--;
        this.startNext();
      });
    }
    for (const thread of this.idle.keys()) {
      if (!this.give(thread)) break;
    }
    this.startThreads();
  }

  /** Gives the thread a call to a disk that has none in progress: one call is enough to find out that a disk hangs. */
  private give(thread: PatientThread): boolean {
    const next = this.takeFirst();
    if (next === undefined) return false;
    clearTimeout(this.idle.get(thread));
    this.idle.delete(thread);
    void this.perform(next.disk, () => next.byThread(thread)).then(() => {
      this.keep(thread);
      this.startNext();
    });
    return true;
  }

  /** The first call to a disk that has none in progress. */
  private takeFirst(): Waiting | undefined {
    const index = this.waiting.findIndex(({ disk }) => !this.underWay.has(disk));
    return index < 0 ? undefined : this.waiting.splice(index, 1)[0];
  }

  private async perform(disk: object, call: () => Promise<void>): Promise<void> {
    this.underWay.set(disk, (this.underWay.get(disk) ?? 0) + 1);
    await call();
    const left = this.underWay.get(disk)! - 1;
    if (left === 0) this.underWay.delete(disk);
    else this.underWay.set(disk, left);
  }

  /** Starts a thread for each disk that has waited long enough and has no call in progress; looks again when the next one may have. */
  private startThreads(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const disks = new Map<object, number>();
    for (const { disk, sinceMs } of this.waiting) {
      if (!this.underWay.has(disk) && !disks.has(disk)) disks.set(disk, sinceMs);
    }
    const untilMs = [...disks.values()].map((sinceMs) => sinceMs + PATIENCE_MS - performance.now());
    const wanted = untilMs.filter((ms) => ms <= 0).length;
    while (this.starting < wanted) void this.startThread();
    const nextMs = Math.min(...untilMs.filter((ms) => ms > 0));
    if (nextMs < Number.POSITIVE_INFINITY) this.timer = setTimeout(() => this.startThreads(), Math.ceil(nextMs));
  }

  private async startThread(): Promise<void> {
    this.starting++;
    const thread = await this.threads.start();
    this.starting--;
    if (thread === undefined) return;
    this.keep(thread);
    this.startNext();
  }

  private keep(thread: PatientThread): void {
    if (thread.isDead || !this.threads.areWanted()) this.threads.end(thread);
    else this.idle.set(thread, setTimeout(() => this.end(thread), IDLE_MS).unref());
  }

  private end(thread: PatientThread): void {
    clearTimeout(this.idle.get(thread));
    this.idle.delete(thread);
    this.threads.end(thread);
  }
}
