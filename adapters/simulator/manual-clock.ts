import type { Cancel, Clock } from "../../src/runtime.ts";
import { TimerHeap } from "../shared/clock/timer-heap.ts";

/**
 * A clock that stands still until it is moved. Everything in a simulation happens in its tasks: timers in the order of
 * their times, deferred tasks before any timer, as input comes before timers on a real loop.
 */
export class ManualClock implements Clock {
  private readonly timers = new TimerHeap();
  private deferred: (() => void)[] = [];
  private readonly startMs: number;
  private elapsedMs = 0;

  /** `startMs` is the wall-clock time at the beginning. */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.startMs = startMs;
  }

  now(): number {
    return this.startMs + Math.floor(this.elapsedMs);
  }

  elapsed(): number {
    return this.elapsedMs;
  }

  schedule(delayMs: number, task: () => void): Cancel {
    const timer = this.timers.add(this.elapsedMs + Math.max(0, delayMs), task);
    return () => void this.timers.remove(timer);
  }

  defer(task: () => void): void {
    this.deferred.push(task);
  }

  /** Whether a deferred task waits or a timer is due now. */
  isIdle(): boolean {
    return this.deferred.length === 0 && (this.timers.first()?.dueMs ?? Number.POSITIVE_INFINITY) > this.elapsedMs;
  }

  /** Runs everything that can happen without time going on. */
  runUntilIdle(): void {
    while (!this.isIdle()) this.step();
  }

  /** Lets time go on, stopping at every timer on the way. */
  advance(delayMs: number): void {
    const endMs = this.elapsedMs + delayMs;
    for (;;) {
      this.runUntilIdle();
      const first = this.timers.first();
      if (first === undefined || first.dueMs > endMs) break;
      this.elapsedMs = first.dueMs;
    }
    this.elapsedMs = endMs;
  }

  /** The process stops and goes on later: all that fell due meanwhile is late, and what is deferred still comes first. */
  stall(delayMs: number): void {
    this.elapsedMs += delayMs;
    this.runUntilIdle();
  }

  /**
   * {@link advance} for code that awaits: time goes on in small steps, and after each one promises may settle.
   * `isDone` ends it early.
   */
  async advanceWithPromises(delayMs: number, isDone: () => boolean = () => false): Promise<void> {
    const endMs = this.elapsedMs + delayMs;
    while (!isDone()) {
      this.runUntilIdle();
      // Long chains of `then` take several turns of the microtask queue.
      for (let turn = 0; turn < 64; turn++) await Promise.resolve();
      if (!this.isIdle()) continue;
      const nextMs = Math.min(this.timers.first()?.dueMs ?? endMs, endMs);
      if (nextMs >= endMs && this.elapsedMs >= endMs) return;
      this.elapsedMs = nextMs;
    }
  }

  private step(): void {
    if (this.deferred.length > 0) {
      const tasks = this.deferred;
      this.deferred = [];
      for (const task of tasks) task();
      return;
    }
    const timer = this.timers.first()!;
    this.timers.remove(timer);
    timer.task();
  }
}
