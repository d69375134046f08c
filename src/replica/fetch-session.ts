import type { DelayedFetch } from "./delayed-fetch.ts";
import { hasToldEverything } from "./fetch-news.ts";
import type { FetchParams } from "./fetch-params.ts";
import type { FetchPartition } from "./fetch-partition.ts";
import { byPosition, type FetchPartitionTable } from "./fetch-partition-table.ts";

/** No session; also what a request sends to ask for one. */
export const INVALID_SESSION_ID = 0;
/** A full fetch that may open a session. */
export const INITIAL_EPOCH = 0;
/** A full fetch that wants none, and closes the one it names. */
export const FINAL_EPOCH = -1;

/**
 * KIP-227: what a client fetches, remembered, so that its requests and our answers carry only changes.
 *
 * A consumer's session also remembers of which partitions there is nothing to tell. These are settled: a fetch does not
 * look at them, as they are listed at their {@link Partition}, which sends them back when it changes.
 */
export class FetchSession {
  readonly id: number;
  /** A follower's. It can push out consumers' sessions, never the other way round. */
  readonly isPrivileged: boolean;
  readonly usesTopicIds: boolean;
  readonly partitions: FetchPartitionTable;
  readonly createdMs: number;
  lastUsedMs: number;
  /** Which the next request must carry. */
  epoch = nextEpoch(INITIAL_EPOCH);
  /** The session's request that waits for data now. */
  private waiting: DelayedFetch | undefined = undefined;
  /** The partitions that are not settled; undefined: all of them. */
  private unsettled: Set<FetchPartition> | undefined = undefined;
  /** For whom the others are. */
  private settledFor: Pick<FetchParams, "isolation" | "requireLeader"> | undefined = undefined;
  private isClosed = false;

  constructor(
    id: number,
    isPrivileged: boolean,
    usesTopicIds: boolean,
    partitions: FetchPartitionTable,
    nowMs: number,
  ) {
    this.id = id;
    this.isPrivileged = isPrivileged;
    this.usesTopicIds = usesTopicIds;
    this.partitions = partitions;
    this.createdMs = nowMs;
    this.lastUsedMs = nowMs;
  }

  get settledCount(): number {
    return this.unsettled === undefined ? 0 : this.partitions.size - this.unsettled.size;
  }

  /** A request of this reader begins. The one before, if it waits, was given up by its client. */
  requestBegins(params: FetchParams): void {
    this.waiting?.complete();
    const { isolation, requireLeader } = this.settledFor ?? params;
    const isSameReader = isolation === params.isolation && requireLeader === params.requireLeader;
    if (!isSameReader || !maySettle(params)) this.unsettleAll();
  }

  /** A partition that the request names. */
  locate(topicKey: string, index: number, create: (topicKey: string, index: number) => FetchPartition): FetchPartition {
    const known = this.partitions.find(topicKey, index);
    if (known !== undefined) {
      this.unsettle(known);
      return known;
    }
    const partition = create(topicKey, index);
    this.partitions.add(partition);
    this.unsettled?.add(partition);
    return partition;
  }

  forget(topicKey: string, index: number): void {
    const partition = this.partitions.remove(topicKey, index);
    if (partition === undefined) return;
    this.unsettle(partition);
    this.unsettled?.delete(partition);
  }

  /** Those that a fetch has to look at, in their order. */
  toRead(): Iterable<FetchPartition> {
    const { unsettled, partitions } = this;
    if (unsettled === undefined || unsettled.size === partitions.size) return partitions;
    return [...unsettled].sort(byPosition);
  }

  waits(fetch: DelayedFetch): void {
    this.waiting = fetch;
  }

  /** Its request is about to be answered. */
  waitEnded(): void {
    this.waiting = undefined;
    if (this.isClosed) this.unsettleAll();
  }

  /** The answer tells all news of these partitions. */
  told(partitions: readonly FetchPartition[], params: FetchParams): void {
    if (this.isClosed || !maySettle(params)) return;
    const { isolation, requireLeader } = params;
    this.settledFor = { isolation, requireLeader };
    for (const partition of partitions) {
      if (hasToldEverything(partition, isolation)) this.settle(partition);
    }
    // Most partitions of most sessions are idle.
    this.unsettled ??= new Set(this.partitions.unsettled());
  }

  /** A settled partition has changed. */
  partitionChanged(partition: FetchPartition): void {
    this.unsettle(partition);
    this.waiting?.join(partition);
  }

  /** The broker stops: its request is not answered any more. */
  dropWait(): void {
    this.waiting?.drop();
    this.waiting = undefined;
  }

  /** The cache has forgotten it; the request that waits is answered nevertheless. */
  close(): void {
    this.isClosed = true;
    if (this.waiting === undefined) this.unsettleAll();
  }

  private settle(partition: FetchPartition): void {
    partition.settledIn = this;
    partition.partition!.settledFetches.add(partition);
    this.unsettled?.delete(partition);
  }

  private unsettle(partition: FetchPartition): void {
    if (partition.settledIn === null) return;
    partition.settledIn = null;
    partition.partition!.settledFetches.remove(partition);
    this.unsettled?.add(partition);
  }

  private unsettleAll(): void {
    if (this.settledCount > 0) for (const partition of this.partitions) this.unsettle(partition);
    this.unsettled = undefined;
  }
}

/** Wraps to 1: 0 means a new session. */
export function nextEpoch(epoch: number): number {
  if (epoch < 0) return FINAL_EPOCH;
  return epoch === 0x7fffffff ? 1 : epoch + 1;
}

/**
 * A follower says of each partition that it has caught up, and nobody is told when a log that follows has grown above its
 * high watermark. Where a consumer had better read depends on all replicas.
 */
function maySettle({ isolation, clientRack }: FetchParams): boolean {
  return isolation !== "log-end" && clientRack === null;
}
