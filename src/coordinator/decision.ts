/**
 * What one operation of a coordinator decided. The operation fills it in and touches nothing else of the world; the
 * driver carries it out in this order: the records are replayed and appended, the timers set, the answers sent; the
 * completions run when the records, and everything appended before them, are committed.
 */
export class Decision<R> {
  /** The wall clock at the moment of the decision: operations never look at a clock themselves. */
  readonly nowMs: number;
  /** Appended as one batch, all or nothing, unless {@link splittable}. */
  readonly records: R[] = [];
  /** True when the records stand for themselves, so that a long list of them may be cut into several batches. */
  splittable = false;
  readonly timers: TimerChange<R>[] = [];
  readonly answers: (() => void)[] = [];
  readonly completions: Completion<R>[] = [];

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  append(record: R): void {
    this.records.push(record);
  }

  /** Sends an answer that says nothing about the records of this decision. */
  answer(send: () => void): void {
    this.answers.push(send);
  }

  /** Sets the timer of that name, in place of an earlier one. */
  schedule(key: string, delayMs: number, expired: (decision: Decision<R>) => void): void {
    this.timers.push({ key, delayMs, expired });
  }

  cancel(key: string): void {
    this.timers.push({ key, delayMs: -1, expired: undefined });
  }

  whenCommitted(completion: Completion<R>): void {
    this.completions.push(completion);
  }
}

/**
 * Called once: with NONE when the records are committed, else with the error that kept them from being. May decide more:
 * that decision is carried out next.
 */
export type Completion<R> = (errorCode: number, decision: Decision<R>) => void;

export interface TimerChange<R> {
  readonly key: string;
  readonly delayMs: number;
  /** Undefined cancels the timer. */
  readonly expired: ((decision: Decision<R>) => void) | undefined;
}
