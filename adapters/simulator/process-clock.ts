import type { Cancel, Clock } from "../../src/runtime.ts";
import type { Scheduler } from "./scheduler.ts";

/** The wall clock and the quartz of a computer. */
export interface ComputerTime {
  /** Wall-clock time at the beginning of the simulation. */
  readonly startMs: number;
  /** What has been set since: a jump. */
  wallOffsetMs: number;
  /** How fast its seconds go: 1.01 gains 10 ms in each. */
  readonly rate: number;
}

/** A timer must not find that its time has not come, by a rounding error. */
const ROUNDING_MS = 1e-6;

/** The clock of one process: what it has planned waits while the process is stopped, and ends when it is killed. */
export class ProcessClock implements Clock {
  readonly #scheduler: Scheduler;
  readonly #time: ComputerTime;
  #isStopped = false;
  #isDead = false;
  /** What fell due while it was stopped: input first, timers then. */
  #heldInput: (() => void)[] = [];
  #heldTimers: (() => void)[] = [];

  constructor(scheduler: Scheduler, time: ComputerTime) {
    this.#scheduler = scheduler;
    this.#time = time;
  }

  now(): number {
    const { startMs, wallOffsetMs } = this.#time;
    return startMs + wallOffsetMs + Math.floor(this.elapsed());
  }

  elapsed(): number {
    return this.#scheduler.nowMs * this.#time.rate;
  }

  schedule(delayMs: number, task: () => void): Cancel {
    let isCancelled = false;
    const run = () => {
      if (isCancelled || this.#isDead) return;
      if (this.#isStopped) this.#heldTimers.push(run);
      else task();
    };
    const cancel = this.#scheduler.schedule(Math.max(0, delayMs) / this.#time.rate + ROUNDING_MS, run);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  defer(task: () => void): void {
    const run = () => {
      if (this.#isDead) return;
      if (this.#isStopped) this.#heldInput.push(run);
      else task();
    };
    this.#scheduler.schedule(0, run);
  }

  /** Neither stopped nor dead, and nothing waits from a time when it was stopped. */
  get isRunning(): boolean {
    return !this.#isStopped && !this.#isDead;
  }

  /** As SIGSTOP. */
  stop(): void {
    this.#isStopped = true;
  }

  /** As SIGCONT. */
  resume(): void {
    this.#isStopped = false;
    for (const run of [...this.#heldInput, ...this.#heldTimers]) this.#scheduler.schedule(0, run);
    this.#heldInput = [];
    this.#heldTimers = [];
  }

  kill(): void {
    this.#isDead = true;
  }
}
