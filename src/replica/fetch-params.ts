export type FetchIsolation =
  /** A follower, or this broker itself, sees everything that is in the log. */
  | "log-end"
  /** A consumer sees what is committed to the replicas. */
  | "high-watermark"
  /** A read_committed consumer stops at the first transaction that is still open. */
  | "committed";

/** By the isolation level that a consumer names; undefined when there is no such level. */
export function consumerIsolation(isolationLevel: number): FetchIsolation | undefined {
  return CONSUMER_ISOLATIONS[isolationLevel];
}

const CONSUMER_ISOLATIONS: readonly FetchIsolation[] = ["high-watermark", "committed"];

/** Where a consumer is, and where the brokers are that it could read from. */
export interface ClientRack {
  readonly rack: string;
  /** Undefined when the broker is not alive, or not on the consumer's listener. */
  rackOf(brokerId: number): string | null | undefined;
}

/** The limits and the reader of a fetch; its partitions are {@link FetchPartition}s. */
export interface FetchParams {
  /** -1: a consumer. */
  readonly replicaId: number;
  /** The follower's broker epoch, -1 when it sends none. */
  readonly replicaEpoch: number;
  readonly isolation: FetchIsolation;
  /** Followers, and consumers from before KIP-392, read from the leader only. */
  readonly requireLeader: boolean;
  /** A consumer that may be sent to a replica in its own rack; null when there is nothing to choose (KIP-392). */
  readonly clientRack: ClientRack | null;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
}
