import { clearTimeout, setTimeout } from "node:timers";
import type { Cancel, Clock } from "../../../src/runtime.ts";
import type { LoopActivity } from "./loop-activity.ts";
import { TimerHeap } from "./timer-heap.ts";

/** Runs a task in a later turn of the loop, when the sockets have been polled at least once since the call. */
export type AfterPoll = (task: () => void) => void;

/** The loop looks at the time at least this often while a timer waits: one that looks late was stopped. */
const pulseMs = 250;
const gapMs = 100;
/** No turn takes as long, however busy the processor is, unless the process is stopped. */
const stopMs = 1_000;

/** After a gap one turn without input may be an accident: one loop goes round without polling when it is busy. */
const quietTurns = 1;
const quietTurnsAfterGap = 2;

/**
 * How long input may hold up due tasks: a busy broker never has a quiet turn. After a gap there is much to read, but no more
 * than has come meanwhile: a loop that gets little of a busy processor has gaps all the time, and turns that take long.
 */
const maxTurns = 8;
const minHoldUpMs = 50;
const maxTurnsAfterGap = 10_000;
const maxHoldUpMs = 2_000;

/**
 * The clock of a runtime with an event loop: all timers in one heap behind one timer of the runtime.
 *
 * Due tasks never run from the runtime's timer itself but after turns of the loop in which the sockets are read. After a
 * gap (SIGSTOP, a frozen container) the loop may run timers before it polls, and a session would expire although its
 * heartbeat lies in the socket buffer, or in a connection that is not accepted yet: some runtimes accept one in a turn.
 */
export class LoopClock implements Clock {
  private readonly activity: LoopActivity;
  private readonly afterPoll: AfterPoll;
  /** Milliseconds of a clock that is never set. */
  readonly elapsed: () => number;
  private readonly timers = new TimerHeap();
  private hostTimer: ReturnType<typeof setTimeout> | undefined;
  private hostTimerDueMs = Number.POSITIVE_INFINITY;
  /** Between the runtime's timer and the run of the due tasks. */
  private isLettingInputGoFirst = false;

  constructor(activity: LoopActivity, afterPoll: AfterPoll, elapsed = () => performance.now()) {
    this.activity = activity;
    this.afterPoll = afterPoll;
    this.elapsed = elapsed;
  }

  now(): number {
    return Date.now();
  }

  schedule(delayMs: number, task: () => void): Cancel {
    const timer = this.timers.add(this.elapsed() + Math.max(0, delayMs), task);
    if (timer.dueMs < this.hostTimerDueMs) this.arm();
    return () => {
      if (this.timers.remove(timer) && this.timers.size === 0) this.disarm();
    };
  }

  defer(task: () => void): void {
    this.afterPoll(task);
  }

  private arm(): void {
    const first = this.timers.first();
    if (first === undefined || this.isLettingInputGoFirst) return;
    this.disarm();
    const nowMs = this.elapsed();
    const delayMs = Math.min(Math.max(0, first.dueMs - nowMs), pulseMs);
    this.hostTimerDueMs = nowMs + delayMs;
    this.hostTimer = setTimeout(() => this.hostTimerFired(), Math.ceil(delayMs));
  }

  private disarm(): void {
    if (this.hostTimer !== undefined) clearTimeout(this.hostTimer);
    this.hostTimer = undefined;
    this.hostTimerDueMs = Number.POSITIVE_INFINITY;
  }

  private hostTimerFired(): void {
    const nowMs = this.elapsed();
    const lateMs = nowMs - this.hostTimerDueMs;
    const isAfterGap = lateMs > gapMs;
    this.disarm();
    const first = this.timers.first();
    if (first === undefined) return;
    if (first.dueMs > nowMs && !isAfterGap) {
      this.arm();
      return;
    }
    this.isLettingInputGoFirst = true;
    this.letInputGoFirst(lateMs, stopMs);
  }

  /** A turn that takes longer than `longestTurnMs` was stopped itself. */
  private letInputGoFirst(lateMs: number, longestTurnMs: number): void {
    const untilMs = this.elapsed() + Math.min(Math.max(lateMs, minHoldUpMs), maxHoldUpMs);
    if (lateMs > gapMs) this.goRound(quietTurnsAfterGap, maxTurnsAfterGap, untilMs, longestTurnMs);
    else this.goRound(quietTurns, maxTurns, untilMs, longestTurnMs);
  }

  private goRound(quiet: number, turns: number, untilMs: number, longestTurnMs: number, quietSoFar = 0): void {
    const { deliveries } = this.activity;
    const startedMs = this.elapsed();
    this.afterPoll(() => {
      const turnMs = this.elapsed() - startedMs;
      if (turnMs > longestTurnMs) {
        // Once: who has such turns all the time would never run anything.
        this.letInputGoFirst(turnMs, Number.POSITIVE_INFINITY);
        return;
      }
      const nowQuiet = this.activity.deliveries === deliveries ? quietSoFar + 1 : 0;
      if (nowQuiet === quiet || turns === 1 || this.elapsed() > untilMs) this.runDue();
      else this.goRound(quiet, turns - 1, untilMs, longestTurnMs, nowQuiet);
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
