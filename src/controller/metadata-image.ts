import type { BrokerRegistration, ControllerRegistration } from "./broker-registration.ts";
import type { PartitionRegistration } from "./partition-registration.ts";

/**
 * The committed state of the cluster's metadata at one offset of the metadata log. Immutable, so that it can be held
 * across a wait; images share what did not change between them.
 */
export interface MetadataImage {
  readonly clusterId: string;
  /** The last record applied, -1 for none, and its epoch. */
  readonly offset: number;
  readonly epoch: number;
  readonly topics: TopicsImage;
  /** Registered brokers, fenced ones included. */
  readonly brokers: ReadonlyMap<number, BrokerRegistration>;
  readonly controllers: ReadonlyMap<number, ControllerRegistration>;
  /** Finalized feature levels, `metadata.version` among them; a missing one is at 0. */
  readonly features: ReadonlyMap<string, number>;
  readonly configs: ConfigsImage;
  /** The first producer id that no block contains yet. */
  readonly nextProducerId: number;
}

export interface TopicsImage {
  readonly size: number;
  readonly partitionCount: number;
  byName(name: string): TopicImage | undefined;
  byId(id: string): TopicImage | undefined;
  [Symbol.iterator](): IterableIterator<TopicImage>;
}

export interface TopicImage {
  readonly name: string;
  readonly id: string;
  /** Indexed by partition id. */
  readonly partitions: readonly PartitionRegistration[];
}

export interface ConfigsImage {
  /** What was set for exactly this resource; empty when nothing was. `name` "" of BROKER is the cluster-wide default. */
  get(type: number, name: string): ReadonlyMap<string, string>;
  [Symbol.iterator](): IterableIterator<ConfigResource & { readonly configs: ReadonlyMap<string, string> }>;
}

export interface ConfigResource {
  /** See {@link ConfigResourceType}. */
  readonly type: number;
  readonly name: string;
}

/** Kafka's codes of configurable resources. */
export const ConfigResourceType = {
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
} as const;

/** What one step from image to image changed. */
export interface MetadataDelta {
  readonly previous: MetadataImage;
  /** By topic id. A topic deleted and created again under its name is two entries. */
  readonly topics: ReadonlyMap<string, TopicDelta>;
  /** Ids of brokers registered, changed or removed. */
  readonly brokers: ReadonlySet<number>;
  readonly controllers: ReadonlySet<number>;
  readonly features: ReadonlySet<string>;
  readonly configs: readonly ConfigResource[];
}

export interface TopicDelta {
  /** Undefined: created in this step. */
  readonly before: TopicImage | undefined;
  /** Undefined: deleted in this step. */
  readonly after: TopicImage | undefined;
  /** Partitions created or changed. */
  readonly partitions: ReadonlySet<number>;
}

export interface MetadataListener {
  /** Called once per step of committed metadata, in order; a metadata transaction is one step. */
  onBatch(delta: MetadataDelta, image: MetadataImage): void;
}
