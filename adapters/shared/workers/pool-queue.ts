import type { Job, JobCall, JobOutcome, JobQueue, JobQueueOptions, Settled } from "../../../src/runtime.ts";

/** What a queue needs of the pool. */
export interface Pool {
  readonly isReady: boolean;
  start(queue: PoolQueue): void;
  /** False when no thread could be started a moment ago. */
  enqueue(job: PooledJob): boolean;
  forget(queue: PoolQueue): void;
}

/** The jobs of one owner in the thread pool of the process. */
export class PoolQueue implements JobQueue {
  unsettledCount = 0;
  isClosed = false;
  private readonly pool: Pool;
  private readonly maxUnsettled: number;
  private readonly onTold: (text: string) => void;
  private readonly toldTexts = new Set<string>();

  constructor(pool: Pool, { maxUnsettled, told = () => {} }: JobQueueOptions) {
    this.pool = pool;
    this.maxUnsettled = maxUnsettled;
    this.onTold = told;
  }

  told(text: string): void {
    if (this.toldTexts.has(text)) return;
    this.toldTexts.add(text);
    this.onTold(text);
  }

  get isReady(): boolean {
    return this.pool.isReady;
  }

  start(): void {
    if (!this.isClosed) this.pool.start(this);
  }

  run<Input, Output>(job: Job<Input, Output>, call: JobCall<Input>, settled: Settled<Output>): boolean {
    if (this.isClosed || this.unsettledCount >= this.maxUnsettled) return false;
    this.unsettledCount++;
    if (this.pool.enqueue(new PooledJob(this, job.name, call, settled as Settled<unknown>))) return true;
    this.unsettledCount--;
    return false;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.pool.forget(this);
  }
}

export class PooledJob {
  readonly queue: PoolQueue;
  readonly name: string;
  readonly call: JobCall<unknown>;
  private readonly settled: Settled<unknown>;

  constructor(queue: PoolQueue, name: string, call: JobCall<unknown>, settled: Settled<unknown>) {
    this.queue = queue;
    this.name = name;
    this.call = call;
    this.settled = settled;
  }

  settle(outcome: JobOutcome<unknown>): void {
    this.queue.unsettledCount--;
    if (!this.queue.isClosed) this.settled(outcome);
  }
}
