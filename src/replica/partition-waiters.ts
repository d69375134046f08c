import { OffsetWaiters } from "./offset-waiters.ts";

/** What can be waited for: the offset below which every in-sync replica has everything, and so on. */
export type AwaitedOffset = "committed" | "settled" | "deleted";

/** What a partition has reached of each; `committedErrorCode` goes to those who waited for it to be committed. */
export interface ReachedOffsets {
  readonly committed: number;
  readonly committedErrorCode: number;
  readonly settled: number;
  deleted(): number;
}

/** Those who wait until a partition's offsets get somewhere. */
export class PartitionWaiters {
  /** For the high watermark: acks=all, and coordinators. */
  readonly committed = new OffsetWaiters();
  /** For the flush that `flush.messages` asks for: acks=1. */
  readonly settled = new OffsetWaiters();
  /** For the low watermark: DeleteRecords. */
  readonly deleted = new OffsetWaiters();

  get count(): number {
    return this.committed.count + this.settled.count + this.deleted.count;
  }

  advance(reached: ReachedOffsets): void {
    inTurn(
      () => this.committed.advance(reached.committed, reached.committedErrorCode),
      () => this.settled.advance(reached.settled, 0),
      () => this.deleted.count > 0 && this.deleted.advance(reached.deleted(), 0),
    );
  }

  failAll(errorCode: number): void {
    inTurn(
      () => this.committed.failAll(errorCode),
      () => this.settled.failAll(errorCode),
      () => this.deleted.failAll(errorCode),
    );
  }

  /** Nobody is answered any more. */
  dropAll(): void {
    this.committed.dropAll();
    this.settled.dropAll();
    this.deleted.dropAll();
  }
}

/** What one of them throws keeps no other from running; the first error is thrown on. */
function inTurn(...actions: readonly (() => unknown)[]): void {
  let failure: { readonly error: unknown } | undefined;
  for (const action of actions) {
    try {
      action();
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure !== undefined) throw failure.error;
}
