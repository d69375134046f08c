import type { Cancel, Clock } from "../runtime.ts";
import type { FetchParams } from "./fetch-params.ts";
import { type FetchPartition, NO_EPOCH } from "./fetch-partition.ts";
import { byPosition } from "./fetch-partition-table.ts";
import { continuesInLaterSegment, readLimit, readPartition } from "./read-partition.ts";

/** The part of the replica manager that a waiting fetch needs. */
export interface DelayedFetchOwner {
  readonly clock: Clock;
  /** Reads again what may have changed while the fetch waited. */
  readAgain(fetch: DelayedFetch): void;
}

/** Who asked. */
export interface FetchReader {
  /** Called once, when every partition has its result, including partitions that joined the fetch while it waited. */
  done(partitions: readonly FetchPartition[]): void;
  /** Told when there is not enough yet, so that the fetch waits. */
  waits(fetch: DelayedFetch): void;
  /** Told when what had to come from the disk is in memory: fetch again. Left out, the read itself waits for the disk. */
  readonly comeAgain?: (() => void) | undefined;
  /** True once the reader is gone. */
  isGone(): boolean;
}

/** How often a long wait checks that its reader is still there, in milliseconds. */
const READER_CHECK_INTERVAL_MS = 30_000;

/**
 * A fetch that found less than `minBytes` and waits for more. It is listed at each of its partitions, and looks only at
 * those that have changed.
 */
export class DelayedFetch {
  readonly params: FetchParams;
  partitions: readonly FetchPartition[];
  private readonly joined: FetchPartition[] = [];
  isDone = false;
  /** True once it has been chosen to be answered in this turn. */
  isReady = false;
  private accumulatedBytes: number;
  private cancelTimeout: Cancel;
  private readonly owner: DelayedFetchOwner;
  private readonly reader: FetchReader;

  /** `bytesRead` is what the read before the wait found. */
  constructor(
    owner: DelayedFetchOwner,
    params: FetchParams,
    partitions: readonly FetchPartition[],
    bytesRead: number,
    reader: FetchReader,
  ) {
    this.owner = owner;
    this.params = params;
    this.partitions = partitions;
    this.accumulatedBytes = bytesRead;
    this.reader = reader;
    for (const fetch of partitions) this.listen(fetch, false);
    this.cancelTimeout = this.scheduleTimeout(params.maxWaitMs);
  }

  /** A partition that the session had nothing to tell of has changed. */
  join(fetch: FetchPartition): void {
    if (this.isDone) return;
    this.joined.push(fetch);
    this.listen(fetch, true);
  }

  /** A partition has changed. True when the fetch is to be answered now. */
  partitionChanged(fetch: FetchPartition): boolean {
    fetch.changed = true;
    const partition = fetch.partition;
    if (partition === undefined || partition.log === null) return true;
    // A throttled follower waits for its time, not for records.
    if (this.params.replicaId >= 0 && partition.isThrottledFor(this.params.replicaId)) return false;
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
    this.drop();
    if (this.joined.length > 0) this.partitions = [...this.partitions, ...this.joined].sort(byPosition);
    this.owner.readAgain(this);
    this.reader.done(this.partitions);
  }

  /** Stops waiting, without an answer. */
  drop(): void {
    this.isDone = true;
    this.cancelTimeout();
    for (const fetch of this.partitions) ignore(fetch);
    for (const fetch of this.joined) ignore(fetch);
  }

  private listen(fetch: FetchPartition, changed: boolean): void {
    fetch.waitingFetch = this;
    fetch.changed = changed;
    fetch.partition?.fetchWaiters.add(fetch);
  }

  /** A client may ask for weeks and go away: that must not keep its fetch for so long. */
  private scheduleTimeout(remainingMs: number): Cancel {
    if (remainingMs <= READER_CHECK_INTERVAL_MS) return this.owner.clock.schedule(remainingMs, () => this.complete());
    return this.owner.clock.schedule(READER_CHECK_INTERVAL_MS, () => {
      if (this.reader.isGone()) this.complete();
      else this.cancelTimeout = this.scheduleTimeout(remainingMs - READER_CHECK_INTERVAL_MS);
    });
  }
}

function ignore(fetch: FetchPartition): void {
  fetch.waitingFetch = null;
  fetch.partition?.fetchWaiters.remove(fetch);
}
