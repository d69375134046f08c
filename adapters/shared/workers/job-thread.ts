import type { ErrorText, JobAnswer, ThreadRequest } from "./messages.ts";
import type { PooledJob } from "./pool-queue.ts";

/** A thread as a runtime has it. */
export interface Thread {
  post(request: ThreadRequest): void;
  /** Sets whether the thread keeps the process alive, on runtimes that leave the choice. */
  hold(isBusy: boolean): void;
  end(): void;
}

export interface ThreadEvents {
  answered(answer: JobAnswer): void;
  /** The thread has ended, or failed to start, without having been asked to end. */
  died(reason: Error): void;
}

/** Throws when no thread can be started. */
export type StartThread = (events: ThreadEvents) => Thread;

export interface ThreadOwner {
  /** There is room for another job. */
  hasRoom(): void;
  /** The thread has reported how it does its jobs. */
  told(text: string): void;
  /** The jobs that it had are left in `jobs`. */
  threadDied(thread: JobThread, reason: Error): void;
}

/** One job runs and one waits behind it, so that the thread does not wait for the next one to be sent. */
const JOBS_AT_ONCE = 2;
/** V8 copies to shared memory word by word when both sides lie the same way to words, and byte by byte when not. */
const WORD_BYTES = 8;
const LEAST_SLOT_BYTES = 256 * 1024;
/** A larger source gets memory of its own, which is released afterwards. */
const LARGEST_SLOT_BYTES = 4 * 1024 * 1024;

/** A thread with the jobs it has been given, and the memory that their sources lie in. */
export class JobThread {
  /** In the order in which they will be answered; the first one is running. */
  readonly jobs: PooledJob[] = [];
  /** Whether it has said that it runs. */
  isReady = false;
  private readonly thread: Thread;
  private readonly owner: ThreadOwner;
  private readonly slots: (SharedArrayBuffer | undefined)[] = new Array(JOBS_AT_ONCE).fill(undefined);
  private readonly slotOf = new Map<PooledJob, number>();
  private nextId = 0;
  private hasEnded = false;

  /** Throws what `start` throws. */
  constructor(start: StartThread, owner: ThreadOwner) {
    this.owner = owner;
    this.thread = start({ answered: (answer) => this.answered(answer), died: (reason) => this.died(reason) });
    this.thread.hold(false);
  }

  get hasRoom(): boolean {
    return this.jobs.length < JOBS_AT_ONCE;
  }

  give(job: PooledJob): void {
    const { source, input } = job.call;
    const used = [...this.slotOf.values()];
    const slot = this.slots.findIndex((_, index) => !used.includes(index));
    const known = this.slots[slot];
    const sourceStart = source.byteOffset % WORD_BYTES;
    const neededBytes = sourceStart + source.length;
    const memory = known === undefined || known.byteLength < neededBytes ? memoryFor(neededBytes) : known;
    new Uint8Array(memory).set(source, sourceStart);
    // A slot that is too large to be kept is replaced the next time.
    this.slots[slot] = memory.byteLength <= LARGEST_SLOT_BYTES ? memory : undefined;
    this.slotOf.set(job, slot);
    if (this.jobs.length === 0) this.thread.hold(true);
    this.jobs.push(job);
    const request = { id: this.nextId++, job: job.name, input, slot, sourceStart, sourceBytes: source.length };
    this.thread.post(memory === known ? request : { ...request, memory });
  }

  end(): void {
    this.hasEnded = true;
    this.thread.end();
  }

  private answered(answer: JobAnswer): void {
    if (this.hasEnded) return;
    if (answer.kind === "ready") {
      this.isReady = true;
      return;
    }
    if (answer.kind === "told") {
      this.owner.told(answer.text);
      return;
    }
    const job = this.jobs.shift()!;
    this.slotOf.delete(job);
    if (this.jobs.length === 0) this.thread.hold(false);
    try {
      if (answer.kind === "done") job.settle({ kind: "done", output: answer.output, bytes: answer.bytes });
      else job.settle({ kind: "failed", error: errorOf(answer.error) });
    } finally {
      this.owner.hasRoom();
    }
  }

  private died(reason: Error): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.owner.threadDied(this, reason);
  }
}

function memoryFor(sizeBytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(
    sizeBytes > LARGEST_SLOT_BYTES ? sizeBytes : Math.max(LEAST_SLOT_BYTES, 2 ** Math.ceil(Math.log2(sizeBytes))),
  );
}

function errorOf({ name, message, stack }: ErrorText): Error {
  const error = new Error(message);
  error.name = name;
  error.stack = stack;
  return error;
}
