/**
 * The part of the cluster's metadata that a broker's replicas follow. The controller's image has these shapes; naming them
 * here keeps replication independent of the controller.
 */
export interface ReplicaMetadata {
  readonly topics: TopicsMetadata;
  readonly brokers: ReadonlyMap<number, BrokerMetadata>;
}

export interface BrokerMetadata {
  readonly epoch: number;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
}

export interface TopicsMetadata {
  byName(name: string): TopicMetadata | undefined;
  byId(id: string): TopicMetadata | undefined;
}

export interface TopicMetadata {
  readonly name: string;
  readonly id: string;
  /** Indexed by partition id. */
  readonly partitions: readonly PartitionMetadata[];
}

export interface PartitionMetadata {
  readonly partitionId: number;
  readonly replicas: readonly number[];
  /** Directory ids, one for each of `replicas`. */
  readonly directories: readonly string[];
  readonly isr: readonly number[];
  /** -1: no leader. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
}

/** What one step of the metadata log changed. */
export interface ReplicaMetadataDelta {
  /** By topic id. A topic deleted and created again under its name is two entries. */
  readonly topics: ReadonlyMap<string, ReplicaTopicDelta>;
  /** Ids of brokers registered, changed or removed. */
  readonly brokers: ReadonlySet<number>;
  /** Resources whose settings have changed; the type is one of `ConfigResourceType`. */
  readonly configs: readonly { readonly type: number; readonly name: string }[];
}

export interface ReplicaTopicDelta {
  /** Undefined: created in this step. */
  readonly before: TopicMetadata | undefined;
  /** Undefined: deleted in this step. */
  readonly after: TopicMetadata | undefined;
  /** Partitions created or changed. */
  readonly partitions: ReadonlySet<number>;
}
