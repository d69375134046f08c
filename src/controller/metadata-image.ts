import type { BrokerRegistration, ControllerRegistration } from "./broker-registration.ts";
import type { PartitionRegistration } from "./partition-registration.ts";
import { PersistentMap } from "./persistent-map.ts";
import type { SecurityRecord } from "./security-records.ts";

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
  /** Finalized feature levels, `metadata.version` and `kraft.version` among them; a missing one is at 0. */
  readonly features: ReadonlyMap<string, number>;
  readonly configs: ConfigsImage;
  /** The first producer id that no block contains yet. */
  readonly nextProducerId: number;
  /** Quotas, access control, credentials and tokens: the records that are in force, by what they are about. */
  readonly security: PersistentMap<SecurityRecord>;
}

export class TopicsImage {
  readonly #byId: PersistentMap<TopicImage>;
  readonly #byName: PersistentMap<TopicImage>;
  readonly partitionCount: number;

  private constructor(byId: PersistentMap<TopicImage>, byName: PersistentMap<TopicImage>, partitionCount: number) {
    this.#byId = byId;
    this.#byName = byName;
    this.partitionCount = partitionCount;
  }

  static readonly EMPTY: TopicsImage = new TopicsImage(PersistentMap.empty(), PersistentMap.empty(), 0);

  get size(): number {
    return this.#byId.size;
  }

  byName(name: string): TopicImage | undefined {
    return this.#byName.get(name);
  }

  byId(id: string): TopicImage | undefined {
    return this.#byId.get(id);
  }

  [Symbol.iterator](): IterableIterator<TopicImage> {
    return this.#byId.values();
  }

  /** The topics after these changes. */
  with(changes: readonly Pick<TopicDelta, "before" | "after">[]): TopicsImage {
    if (changes.length === 0) return this;
    const byId: [string, TopicImage | undefined][] = [];
    const removedNames: [string, undefined][] = [];
    const names: [string, TopicImage][] = [];
    let partitionCount = this.partitionCount;
    for (const { before, after } of changes) {
      byId.push([(after ?? before)!.id, after]);
      if (before !== undefined && after === undefined) removedNames.push([before.name, undefined]);
      if (after !== undefined) names.push([after.name, after]);
      partitionCount += (after?.partitions.length ?? 0) - (before?.partitions.length ?? 0);
    }
    // A name that is removed and created again in one step stays: removals first.
    return new TopicsImage(this.#byId.with(byId), this.#byName.with([...removedNames, ...names]), partitionCount);
  }
}

export interface TopicImage {
  readonly name: string;
  readonly id: string;
  /** Indexed by partition id. */
  readonly partitions: readonly PartitionRegistration[];
}

export class ConfigsImage {
  readonly #resources: PersistentMap<ConfiguredResource>;

  private constructor(resources: PersistentMap<ConfiguredResource>) {
    this.#resources = resources;
  }

  static readonly EMPTY: ConfigsImage = new ConfigsImage(PersistentMap.empty());

  /** What was set for exactly this resource; empty when nothing was. `name` "" of BROKER is the cluster-wide default. */
  get(type: number, name: string): ReadonlyMap<string, string> {
    return this.#resources.get(`${type}:${name}`)?.configs ?? NO_CONFIGS;
  }

  [Symbol.iterator](): IterableIterator<ConfiguredResource> {
    return this.#resources.values();
  }

  /** The settings after these resources got these; a resource without any is gone. */
  with(changes: readonly ConfiguredResource[]): ConfigsImage {
    if (changes.length === 0) return this;
    return new ConfigsImage(
      this.#resources.with(
        changes.map((resource) => [
          `${resource.type}:${resource.name}`,
          resource.configs.size === 0 ? undefined : resource,
        ]),
      ),
    );
  }
}

const NO_CONFIGS: ReadonlyMap<string, string> = new Map();

export interface ConfiguredResource extends ConfigResource {
  readonly configs: ReadonlyMap<string, string>;
}

export interface ConfigResource {
  /** Kafka's code, as in `ConfigResourceType`. */
  readonly type: number;
  readonly name: string;
}

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

export function emptyImage(clusterId: string): MetadataImage {
  return {
    clusterId,
    offset: -1,
    epoch: -1,
    topics: TopicsImage.EMPTY,
    brokers: new Map(),
    controllers: new Map(),
    features: new Map(),
    configs: ConfigsImage.EMPTY,
    nextProducerId: 0,
    security: PersistentMap.empty(),
  };
}
