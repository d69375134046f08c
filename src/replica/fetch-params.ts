export type FetchIsolation =
  /** A follower, or this broker itself, sees everything that is in the log. */
  | "log-end"
  /** A consumer sees what is committed to the replicas. */
  | "high-watermark"
  /** A read_committed consumer stops at the first transaction that is still open. */
  | "committed";

/** The limits and the reader of a fetch; its partitions are {@link FetchPartition}s. */
export interface FetchParams {
  /** -1: a consumer. */
  readonly replicaId: number;
  /** The follower's broker epoch, -1 when it sends none. */
  readonly replicaEpoch: number;
  readonly isolation: FetchIsolation;
  /** Followers, and consumers from before KIP-392, read from the leader only. */
  readonly requireLeader: boolean;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
}
