/** A request that waits until a watermark has reached an offset. */
export interface OffsetWaiter {
  readonly requiredOffset: number;
  /** Called exactly once, unless the waiter is removed first. */
  settled(errorCode: number): void;
  /** The broker stops: no answer is to be sent any more. */
  dropped?(): void;
}

/**
 * The waiters on one watermark of one partition, in the order of their offsets. Appends wait for ever higher offsets, so
 * that a new waiter nearly always belongs at the end, and an advancing watermark only looks at the front.
 */
export class OffsetWaiters {
  private readonly waiters: OffsetWaiter[] = [];

  get count(): number {
    return this.waiters.length;
  }

  add(waiter: OffsetWaiter): void {
    let position = this.waiters.length;
    while (position > 0 && this.waiters[position - 1]!.requiredOffset > waiter.requiredOffset) position--;
    this.waiters.splice(position, 0, waiter);
  }

  remove(waiter: OffsetWaiter): void {
    const position = this.waiters.indexOf(waiter);
    if (position >= 0) this.waiters.splice(position, 1);
  }

  /** Settles every waiter whose offset the watermark has reached. */
  advance(watermark: number, errorCode: number): void {
    let count = 0;
    while (count < this.waiters.length && this.waiters[count]!.requiredOffset <= watermark) count++;
    if (count > 0) settle(this.waiters.splice(0, count), errorCode);
  }

  /** Settles all of them: the partition is no longer led by this broker. */
  failAll(errorCode: number): void {
    settle(this.waiters.splice(0), errorCode);
  }

  dropAll(): void {
    for (const waiter of this.waiters.splice(0)) waiter.dropped?.();
  }
}

/** What one of them throws does not keep the others waiting. */
function settle(waiters: readonly OffsetWaiter[], errorCode: number): void {
  let failure: { readonly error: unknown } | undefined;
  for (const waiter of waiters) {
    try {
      waiter.settled(errorCode);
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure !== undefined) throw failure.error;
}
