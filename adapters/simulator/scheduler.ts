import type { Cancel } from "../../src/runtime.ts";
import { TimerHeap } from "../shared/clock/timer-heap.ts";
import { TraceHash } from "./trace-hash.ts";

/** A simulated process has ended itself. Whoever catches it is dead. */
export class ProcessHalt extends Error {
  constructor(cause: Error) {
    super(`The simulated process has halted: ${cause.message}`, { cause });
    this.name = "ProcessHalt";
  }
}

/** Turns of the microtask queue after each task: chains of `then` are short, and a longer one goes on behind the next task. */
const MICROTASK_TURNS = 10;

/**
 * The one order of everything that happens in a simulation: tasks by (time, sequence). Time stands still while a task and
 * the promises that it settles run, and nothing outside is waited for, so that the same tasks give the same run.
 */
export class Scheduler {
  readonly trace = new TraceHash();
  private readonly tasks = new TimerHeap();
  private elapsedMs = 0;
  private failure: { readonly error: unknown } | undefined;

  /** Since the beginning of the simulation. */
  get nowMs(): number {
    return this.elapsedMs;
  }

  schedule(delayMs: number, task: () => void): Cancel {
    const timer = this.tasks.add(this.elapsedMs + Math.max(0, delayMs), task);
    return () => void this.tasks.remove(timer);
  }

  /** Ends the run with an error. */
  fail(error: unknown): void {
    this.failure ??= { error };
  }

  /** Lets time go on; throws what {@link fail} was given, or a task has thrown. `isDone` ends it early. */
  async run(durationMs: number, isDone: () => boolean = () => false): Promise<void> {
    const endMs = this.elapsedMs + durationMs;
    while (!isDone()) {
      for (let turn = 0; turn < MICROTASK_TURNS; turn++) await undefined;
      if (this.failure !== undefined) throw this.failure.error;
      const next = this.tasks.first();
      if (next === undefined || next.dueMs > endMs) {
        if (isDone()) return;
        this.elapsedMs = endMs;
        return;
      }
      this.tasks.remove(next);
      this.elapsedMs = next.dueMs;
      this.trace.number(next.dueMs);
      this.perform(next.task);
    }
  }

  private perform(task: () => void): void {
    try {
      task();
    } catch (error) {
      if (!(error instanceof ProcessHalt)) throw error;
    }
  }

  /** Lets time go on until a promise has settled, and answers as it does. */
  async settled<T>(promise: Promise<T>, withinMs: number, what: string): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    promise.then(done, done);
    await this.run(withinMs, () => isDone);
    if (!isDone) throw new Error(`${what}: nothing has come of it within ${withinMs} simulated ms`);
    return promise;
  }
}
