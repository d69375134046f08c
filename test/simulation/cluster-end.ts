/** A cluster at the end of a simulation: everything is healed, and nobody writes any more. */
export interface ClusterEnd {
  /** By partition, `__cluster_metadata-0` among them: the logs of all nodes that have one. */
  readonly logs: ReadonlyMap<string, readonly StoredLog[]>;
  /** By partition, without the metadata log: the brokers that have to have a log. */
  readonly replicas: ReadonlyMap<string, readonly number[]>;
  /** By partition: what a reader who starts at the beginning is given. */
  readonly records: ReadonlyMap<string, readonly { readonly offset: number; readonly value: string }[]>;
  /** By broker: what it answers to a Metadata request, as text. */
  readonly metadata: ReadonlyMap<number, string>;
}

/** A log as it lies on the disk of a node. */
export interface StoredLog {
  readonly nodeId: number;
  readonly batches: readonly StoredBatch[];
}

export interface StoredBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
  readonly bytes: Uint8Array;
  /** Whether its checksum is right. */
  readonly isIntact: boolean;
}
