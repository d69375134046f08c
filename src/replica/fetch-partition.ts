import type { FileRange } from "../runtime.ts";
import type { DelayedFetch } from "./delayed-fetch.ts";
import type { FetchSession } from "./fetch-session.ts";
import type { Partition } from "./partition.ts";

export const NO_EPOCH = -1;
export const NO_OFFSET = -1;
export const NO_REPLICA = -1;

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/**
 * One partition of a fetch. A fetch session keeps these objects from request to request, so that a poll of a thousand idle
 * partitions allocates nothing: what was asked, what the last read found, what the client was last told, and the links
 * of the list of those who are to hear when the partition changes.
 */
export class FetchPartition {
  readonly topicId: string;
  readonly index: number;
  /** Null while the topic id is unknown. */
  topic: string | null;

  // What was asked.
  fetchOffset = NO_OFFSET;
  maxBytes = 0;
  currentLeaderEpoch = NO_EPOCH;
  lastFetchedEpoch = NO_EPOCH;
  followerLogStartOffset = NO_OFFSET;

  // What the last read found.
  partition: Partition | undefined = undefined;
  errorCode = 0;
  highWatermark = NO_OFFSET;
  lastStableOffset = NO_OFFSET;
  logStartOffset = NO_OFFSET;
  divergingEpoch = NO_EPOCH;
  divergingEndOffset = NO_OFFSET;
  /** Null unless the reader asked for committed records only. */
  abortedTransactions: readonly AbortedTransaction[] | null = null;
  records: FileRange | null = null;
  /** Where the consumer had better read; -1: here. */
  preferredReadReplica = NO_REPLICA;
  segmentBaseOffset = NO_OFFSET;

  // What the client of the session was last told.
  sentHighWatermark = NO_OFFSET;
  sentLogStartOffset = NO_OFFSET;

  /** Where it stands in its table: the lower is read first. */
  position = 0;

  // While the fetch waits, or the session has nothing to tell: its place in one of the partition's lists.
  waitingFetch: DelayedFetch | null = null;
  settledIn: FetchSession | null = null;
  changed = false;
  previousWaiter: FetchPartition | null = null;
  nextWaiter: FetchPartition | null = null;

  constructor(topic: string | null, topicId: string, index: number) {
    this.topic = topic;
    this.topicId = topicId;
    this.index = index;
  }

  get sizeBytes(): number {
    return this.records === null ? 0 : this.records.length;
  }

  /** Nothing of a read is known: the state before a read, and after one that failed. */
  failed(errorCode: number): void {
    this.errorCode = errorCode;
    this.highWatermark = NO_OFFSET;
    this.lastStableOffset = NO_OFFSET;
    this.logStartOffset = NO_OFFSET;
    this.divergingEpoch = NO_EPOCH;
    this.divergingEndOffset = NO_OFFSET;
    this.abortedTransactions = null;
    this.records = null;
    this.preferredReadReplica = NO_REPLICA;
  }
}
