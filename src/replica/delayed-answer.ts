import { ErrorCode } from "../protocol/error-codes.ts";
import type { Cancel, Clock } from "../runtime.ts";
import type { OffsetWaiter } from "./offset-waiters.ts";
import type { Partition } from "./partition.ts";
import type { AwaitedOffset } from "./partition-waiters.ts";

/** The part of an answer that waits: the partition's entry in the response. */
export interface PendingResult {
  errorCode: number;
}

/**
 * An answer that waits until each of its partitions has reached an offset, or until the client's time is over: Produce
 * with acks=all until its records are committed, DeleteRecords until they are deleted. The error code of each result is
 * set as it settles; then the whole is completed, once.
 */
export class DelayedAnswer {
  private readonly awaited: AwaitedOffset;
  private readonly complete: () => void;
  private readonly waits: PartitionWait[] = [];
  private unsettledCount = 0;
  private isStarted = false;
  private cancelTimeout: Cancel | undefined = undefined;

  constructor(awaited: AwaitedOffset, complete: () => void) {
    this.awaited = awaited;
    this.complete = complete;
  }

  add(partition: Partition, requiredOffset: number, result: PendingResult): void {
    const wait = new PartitionWait(this, partition, requiredOffset, result);
    this.waits.push(wait);
    this.unsettledCount++;
    partition.waiters[this.awaited].add(wait);
  }

  /** When all have been added. Completes at once when there is nothing to wait for. */
  start(clock: Clock, timeoutMs: number): void {
    this.isStarted = true;
    if (this.unsettledCount === 0) this.complete();
    else this.cancelTimeout = clock.schedule(Math.max(0, timeoutMs), () => this.timedOut());
  }

  partitionSettled(): void {
    this.unsettledCount--;
    if (this.unsettledCount > 0 || !this.isStarted) return;
    this.cancelTimeout?.();
    this.complete();
  }

  drop(): void {
    this.cancelTimeout?.();
  }

  private timedOut(): void {
    for (const wait of this.waits) {
      if (wait.isSettled) continue;
      wait.partition.waiters[this.awaited].remove(wait);
      wait.result.errorCode = ErrorCode.REQUEST_TIMED_OUT;
    }
    this.complete();
  }
}

class PartitionWait implements OffsetWaiter {
  readonly partition: Partition;
  readonly requiredOffset: number;
  readonly result: PendingResult;
  isSettled = false;
  private readonly answer: DelayedAnswer;

  constructor(answer: DelayedAnswer, partition: Partition, requiredOffset: number, result: PendingResult) {
    this.answer = answer;
    this.partition = partition;
    this.requiredOffset = requiredOffset;
    this.result = result;
  }

  settled(errorCode: number): void {
    this.isSettled = true;
    this.result.errorCode = errorCode;
    this.answer.partitionSettled();
  }

  dropped(): void {
    this.answer.drop();
  }
}
