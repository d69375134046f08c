import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import type { Cancel, Clock } from "../../src/runtime.ts";
import type { LoopActivity } from "./loop-activity.ts";
import { TimerHeap } from "./timer-heap.ts";

/** The longest delay the runtimes' own timers take; a longer one they would run at once. */
const maxHostDelayMs = 2 ** 31 - 1;

/** How many turns that deliver input the due timers let go first. A busy broker never has a quiet turn. */
const maxTurnsBeforeTimers = 8;

/**
 * The clock of a runtime with an event loop: all timers in one heap behind one timer of the runtime.
 *
 * Due tasks never run from the runtime's timer itself but after turns of the loop in which the sockets are read. After a
 * gap (SIGSTOP, a frozen container) the loop may run timers before it polls, and a session would expire although its
 * heartbeat lies in the socket buffer. One turn reads connections that are open, the next one those that were accepted
 * in it, and so on until a turn is quiet.
 */
export class LoopClock implements Clock {
  private readonly activity: LoopActivity;
  private readonly timers = new TimerHeap();
  private hostTimer: ReturnType<typeof setTimeout> | undefined;
  private hostTimerDueMs = Number.POSITIVE_INFINITY;
  /** Between the runtime's timer and the run of the due tasks. */
  private isLettingInputGoFirst = false;

  constructor(activity: LoopActivity) {
    this.activity = activity;
  }

  now(): number {
    return Date.now();
  }

  elapsed(): number {
    return performance.now();
  }

  schedule(delayMs: number, task: () => void): Cancel {
    const timer = this.timers.add(this.elapsed() + Math.max(0, delayMs), task);
    if (timer.dueMs < this.hostTimerDueMs) this.arm();
    return () => {
      if (this.timers.remove(timer) && this.timers.size === 0) this.disarm();
    };
  }

  defer(task: () => void): void {
    setImmediate(task);
  }

  private arm(): void {
    const first = this.timers.first();
    if (first === undefined || this.isLettingInputGoFirst) return;
    this.disarm();
    const delayMs = Math.ceil(Math.max(0, first.dueMs - this.elapsed()));
    this.hostTimerDueMs = first.dueMs;
    this.hostTimer = setTimeout(() => this.hostTimerFired(), Math.min(delayMs, maxHostDelayMs));
  }

  private disarm(): void {
    if (this.hostTimer !== undefined) clearTimeout(this.hostTimer);
    this.hostTimer = undefined;
    this.hostTimerDueMs = Number.POSITIVE_INFINITY;
  }

  private hostTimerFired(): void {
    this.disarm();
    this.isLettingInputGoFirst = true;
    this.letInputGoFirst(maxTurnsBeforeTimers);
  }

  private letInputGoFirst(turns: number): void {
    const { deliveries } = this.activity;
    setImmediate(() => {
      if (turns > 1 && this.activity.deliveries !== deliveries) this.letInputGoFirst(turns - 1);
      else this.runDue();
    });
  }

  private runDue(): void {
    this.isLettingInputGoFirst = false;
    const nowMs = this.elapsed();
    // What the tasks schedule belongs to a later turn, however short its delay.
    const end = this.timers.upcomingSequence();
    try {
      for (;;) {
        const timer = this.timers.first();
        if (timer === undefined || timer.dueMs > nowMs || timer.sequence >= end) return;
        this.timers.remove(timer);
        timer.task();
      }
    } finally {
      this.arm();
    }
  }
}
