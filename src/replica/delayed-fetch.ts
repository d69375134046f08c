import type { Cancel, Clock } from "../runtime.ts";
import type { FetchParams } from "./fetch-params.ts";
import { type FetchPartition, NO_EPOCH } from "./fetch-partition.ts";
import { continuesInLaterSegment, readLimit, readPartition } from "./read-partition.ts";

/** What a waiting fetch needs of the replica manager. */
export interface DelayedFetchOwner {
  readonly clock: Clock;
  /** Reads again what may have changed while the fetch waited. */
  readAgain(fetch: DelayedFetch): void;
}

/**
 * A fetch that found less than `minBytes` and waits for more. It is listed at each of its partitions, and looks only at
 * those that have changed.
 */
export class DelayedFetch {
  readonly params: FetchParams;
  readonly partitions: readonly FetchPartition[];
  isDone = false;
  /** Chosen to be answered in this turn. */
  isReady = false;
  private accumulatedBytes: number;
  private readonly cancelTimeout: Cancel;
  private readonly owner: DelayedFetchOwner;
  private readonly done: () => void;

  /** `bytesRead` is what the read before the wait found. */
  constructor(
    owner: DelayedFetchOwner,
    params: FetchParams,
    partitions: readonly FetchPartition[],
    bytesRead: number,
    done: () => void,
  ) {
    this.owner = owner;
    this.params = params;
    this.partitions = partitions;
    this.accumulatedBytes = bytesRead;
    this.done = done;
    for (const fetch of partitions) {
      fetch.waitingFetch = this;
      fetch.changed = false;
      fetch.partition?.addFetchWaiter(fetch);
    }
    this.cancelTimeout = owner.clock.schedule(params.maxWaitMs, () => this.complete());
  }

  /** A partition has changed. True when the fetch is to be answered now. */
  partitionChanged(fetch: FetchPartition): boolean {
    fetch.changed = true;
    const partition = fetch.partition;
    if (partition === undefined || partition.log === null) return true;
    const isVisible = fetch.fetchOffset < readLimit(partition, this.params.isolation);
    if (isVisible && this.params.minBytes <= 1) return true;
    // Nothing to read and no epoch that could be fenced or found to diverge: the usual wake-up of an idle consumer.
    if (
      !isVisible &&
      fetch.currentLeaderEpoch === NO_EPOCH &&
      fetch.lastFetchedEpoch === NO_EPOCH &&
      fetch.fetchOffset <= partition.log.logEndOffset &&
      partition.isLeader
    ) {
      return false;
    }
    const bytesBefore = fetch.sizeBytes;
    readPartition(partition, fetch, this.params, fetch.maxBytes, true, false);
    if (fetch.errorCode !== 0 || fetch.divergingEpoch !== NO_EPOCH) return true;
    this.accumulatedBytes += fetch.sizeBytes - bytesBefore;
    return this.accumulatedBytes >= this.params.minBytes || continuesInLaterSegment(fetch, this.params.isolation);
  }

  /** Answers with whatever is there now. */
  complete(): void {
    if (this.isDone) return;
    this.isDone = true;
    this.cancelTimeout();
    for (const fetch of this.partitions) {
      fetch.waitingFetch = null;
      fetch.partition?.removeFetchWaiter(fetch);
    }
    this.owner.readAgain(this);
    this.done();
  }
}
