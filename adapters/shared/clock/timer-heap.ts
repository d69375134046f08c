/** A task that waits for its time. */
export interface Timer {
  readonly dueMs: number;
  /** Order among timers that are due at the same moment: first scheduled, first run. */
  readonly sequence: number;
  readonly task: () => void;
  /** Place in the heap; -1 when it is not in it any more. */
  index: number;
}

/**
 * Timers by due time: a binary heap in which each timer knows its place, so that a cancelled one leaves at once. Session
 * timeouts are re-armed by every heartbeat; left behind until they fall due, they would pile up by the hundred thousand.
 */
export class TimerHeap {
  private readonly timers: Timer[] = [];
  private nextSequence = 0;

  get size(): number {
    return this.timers.length;
  }

  first(): Timer | undefined {
    return this.timers[0];
  }

  /** The sequence that the next timer will get. */
  upcomingSequence(): number {
    return this.nextSequence;
  }

  add(dueMs: number, task: () => void): Timer {
    const timer = { dueMs, sequence: this.nextSequence++, task, index: this.timers.length };
    this.timers.push(timer);
    this.siftUp(timer);
    return timer;
  }

  /** False when the timer has left already. */
  remove(timer: Timer): boolean {
    const { index } = timer;
    if (index < 0) return false;
    timer.index = -1;
    const last = this.timers.pop();
    if (last !== undefined && last !== timer) {
      this.place(last, index);
      this.siftUp(last);
      this.siftDown(last);
    }
    return true;
  }

  private siftUp(timer: Timer): void {
    while (timer.index > 0) {
      const parentIndex = (timer.index - 1) >> 1;
      const parent = this.timers[parentIndex]!;
      if (!isBefore(timer, parent)) return;
      this.place(parent, timer.index);
      this.place(timer, parentIndex);
    }
  }

  private siftDown(timer: Timer): void {
    for (;;) {
      let child = this.timers[2 * timer.index + 1];
      if (child === undefined) return;
      const right = this.timers[2 * timer.index + 2];
      if (right !== undefined && isBefore(right, child)) child = right;
      if (!isBefore(child, timer)) return;
      const childIndex = child.index;
      this.place(child, timer.index);
      this.place(timer, childIndex);
    }
  }

  private place(timer: Timer, index: number): void {
    this.timers[index] = timer;
    timer.index = index;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence);
}
