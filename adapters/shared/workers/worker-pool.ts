import { availableParallelism } from "node:os";
import { clearTimeout, setTimeout } from "node:timers";
import type { JobQueue, JobQueueOptions, Workers } from "../../../src/runtime.ts";
import { JobThread, type StartThread, type ThreadOwner } from "./job-thread.ts";
import { type Pool, type PooledJob, PoolQueue } from "./pool-queue.ts";

export interface WorkerPoolOptions {
  /** By default one for each core, up to {@link MAX_DEFAULT_THREADS}. */
  readonly parallelism?: number;
  /** Threads end when there has been no job for this long. */
  readonly idleMs?: number;
}

const MAX_DEFAULT_THREADS = 8;
const DEFAULT_IDLE_MS = 30_000;
/** After a thread could not be started, none is tried for this long. */
const RETRY_START_MS = 60_000;

/** The threads of a process and the jobs that wait for them: first come, first served, but for those of the same key. */
export class WorkerPool implements Workers, Pool, ThreadOwner {
  private readonly startThread: StartThread;
  private chosenParallelism: number | undefined;
  private readonly idleMs: number;
  private readonly threads = new Set<JobThread>();
  /** Open queues that have had jobs. */
  private readonly queues = new Set<PoolQueue>();
  /** What the threads have reported, for queues that come later. */
  private readonly toldTexts = new Set<string>();
  private waiting: PooledJob[] = [];
  private idleTimer: NodeJS.Timeout | undefined;
  private refusedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(startThread: StartThread, options: WorkerPoolOptions = {}) {
    this.startThread = startThread;
    this.chosenParallelism = options.parallelism;
    this.idleMs = options.idleMs ?? DEFAULT_IDLE_MS;
  }

  get parallelism(): number {
    // Asking the system reads files: once, and not at a start.
    this.chosenParallelism ??= Math.min(availableParallelism(), MAX_DEFAULT_THREADS);
    return this.chosenParallelism;
  }

  openQueue(options: JobQueueOptions): JobQueue {
    return new PoolQueue(this, options);
  }

  get isReady(): boolean {
    for (const thread of this.threads) if (thread.isReady) return true;
    return false;
  }

  start(queue: PoolQueue): void {
    if (this.threads.size > 0 || performance.now() < this.refusedUntilMs) return;
    this.add(queue);
    this.freeThread();
    this.hasRoom();
  }

  enqueue(job: PooledJob): boolean {
    if (performance.now() < this.refusedUntilMs) return false;
    this.add(job.queue);
    clearTimeout(this.idleTimer);
    this.waiting.push(job);
    this.distribute();
    return true;
  }

  forget(queue: PoolQueue): void {
    this.waiting = this.waiting.filter((job) => job.queue !== queue);
    if (this.queues.delete(queue) && this.queues.size === 0) this.endThreads();
  }

  hasRoom(): void {
    this.distribute();
    if (this.waiting.length > 0 || [...this.threads].some(({ jobs }) => jobs.length > 0)) return;
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => this.endThreads(), this.idleMs);
    this.idleTimer.unref();
  }

  told(text: string): void {
    this.toldTexts.add(text);
    for (const queue of this.queues) queue.told(text);
  }

  threadDied(thread: JobThread, reason: Error): void {
    this.threads.delete(thread);
    const running = thread.isReady ? thread.jobs.shift() : undefined;
    this.waiting.unshift(...thread.jobs);
    try {
      running?.settle({ kind: "lost", error: reason });
    } finally {
      if (thread.isReady) this.hasRoom();
      else this.refuseAll(reason);
    }
  }

  private add(queue: PoolQueue): void {
    if (this.queues.has(queue)) return;
    this.queues.add(queue);
    for (const text of this.toldTexts) queue.told(text);
  }

  private distribute(): void {
    for (let index = 0; index < this.waiting.length; ) {
      const job = this.waiting[index]!;
      const holder = this.holderOf(job);
      const thread = holder ?? this.freeThread();
      if (thread === undefined) return;
      if (thread.hasRoom) {
        this.waiting.splice(index, 1);
        thread.give(job);
      } else index++;
    }
  }

  /** The thread that already has jobs of the same key. */
  private holderOf({ call: { key }, queue }: PooledJob): JobThread | undefined {
    if (key === undefined) return undefined;
    for (const thread of this.threads) {
      if (thread.jobs.some((other) => other.queue === queue && other.call.key === key)) return thread;
    }
    return undefined;
  }

  /** A thread without a job, a new one, or one with room for another job. */
  private freeThread(): JobThread | undefined {
    let best: JobThread | undefined;
    for (const thread of this.threads) {
      if (thread.hasRoom && (best === undefined || thread.jobs.length < best.jobs.length)) best = thread;
    }
    if (best?.jobs.length === 0 || this.threads.size >= this.parallelism) return best;
    try {
      const thread = new JobThread(this.startThread, this);
      this.threads.add(thread);
      return thread;
    } catch (error) {
      if (this.threads.size === 0) this.refuseAll(error as Error);
      return best;
    }
  }

  private refuseAll(reason: Error): void {
    this.refusedUntilMs = performance.now() + RETRY_START_MS;
    const refused = this.waiting;
    this.waiting = [];
    for (const job of refused) setTimeout(() => job.settle({ kind: "refused", error: reason }), 0);
  }

  private endThreads(): void {
    clearTimeout(this.idleTimer);
    for (const thread of this.threads) thread.end();
    this.threads.clear();
    this.toldTexts.clear();
  }
}
