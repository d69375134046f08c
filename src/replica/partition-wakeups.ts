import type { DelayedFetch } from "./delayed-fetch.ts";
import type { Partition } from "./partition.ts";

/** Wakes those who wait for partitions to change: once, when the outermost batch of changes ends. */
export class PartitionWakeups {
  private changedPartitions: Partition[] = [];
  private batchDepth = 0;

  /** Runs changes to several partitions, and wakes those who wait for them once, at the end. */
  batch(changes: () => void): void {
    this.batchDepth++;
    try {
      changes();
    } finally {
      this.batchDepth--;
      if (this.batchDepth === 0 && this.changedPartitions.length > 0) this.wakeWaiters();
    }
  }

  partitionChanged(partition: Partition): void {
    // At once: the next request of a session may come before the batch ends.
    unsettleFetches(partition);
    if (!partition.isQueued) {
      partition.isQueued = true;
      this.changedPartitions.push(partition);
    }
    if (this.batchDepth === 0) this.wakeWaiters();
  }

  /** What one waiter throws does not keep the others waiting: it is thrown on when all of them have been looked at. */
  private wakeWaiters(): void {
    let failure: { readonly error: unknown } | undefined;
    const attempt = (wake: () => void): void => {
      try {
        wake();
      } catch (error) {
        failure ??= { error };
      }
    };
    // An answer may lead to the next append at once; what that changes is looked at in the next round.
    this.batchDepth++;
    try {
      while (this.changedPartitions.length > 0) {
        const changed = this.changedPartitions;
        this.changedPartitions = [];
        const ready: DelayedFetch[] = [];
        for (const partition of changed) {
          partition.isQueued = false;
          attempt(() => partition.settleOffsetWaiters());
        }
        for (const partition of changed) attempt(() => collectReadyFetches(partition, ready));
        for (const fetch of ready) attempt(() => fetch.complete());
      }
    } finally {
      this.batchDepth--;
    }
    if (failure !== undefined) throw failure.error;
  }
}

function unsettleFetches({ settledFetches }: Partition): void {
  for (let fetch = settledFetches.first; fetch !== null; fetch = settledFetches.first) {
    fetch.settledIn!.partitionChanged(fetch);
  }
}

function collectReadyFetches(partition: Partition, ready: DelayedFetch[]): void {
  for (let waiter = partition.fetchWaiters.first; waiter !== null; waiter = waiter.nextWaiter) {
    const fetch = waiter.waitingFetch;
    if (fetch !== null && !fetch.isReady && fetch.partitionChanged(waiter)) {
      fetch.isReady = true;
      ready.push(fetch);
    } else waiter.changed = true;
  }
}
