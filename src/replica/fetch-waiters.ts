import type { FetchPartition } from "./fetch-partition.ts";

/**
 * The partitions of fetches that wait for a change of one partition, or of sessions that need not look at it before. Links
 * are in them: a long poll allocates nothing here.
 */
export class FetchWaiters {
  private newest: FetchPartition | null = null;

  /** The first of those who wait; the others follow by `nextWaiter`. */
  get first(): FetchPartition | null {
    return this.newest;
  }

  add(waiter: FetchPartition): void {
    waiter.previousWaiter = null;
    waiter.nextWaiter = this.newest;
    if (this.newest !== null) this.newest.previousWaiter = waiter;
    this.newest = waiter;
  }

  remove(waiter: FetchPartition): void {
    if (waiter.previousWaiter !== null) waiter.previousWaiter.nextWaiter = waiter.nextWaiter;
    else if (this.newest === waiter) this.newest = waiter.nextWaiter;
    if (waiter.nextWaiter !== null) waiter.nextWaiter.previousWaiter = waiter.previousWaiter;
    waiter.previousWaiter = null;
    waiter.nextWaiter = null;
  }

  /** The broker stops: nobody who waits here is answered any more. */
  drop(): void {
    for (let waiter = this.newest; waiter !== null; waiter = this.newest) {
      if (waiter.waitingFetch === null) this.remove(waiter);
      else waiter.waitingFetch.drop();
    }
  }
}
