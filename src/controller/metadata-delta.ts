import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import {
  type BrokerRegistration,
  brokerFromRecord,
  type ControllerRegistration,
  changedBroker,
  controllerFromRecord,
} from "./broker-registration.ts";
import { KRAFT_VERSION } from "./feature-levels.ts";
import type { ConfigResource, ConfiguredResource, MetadataDelta, MetadataImage, TopicDelta } from "./metadata-image.ts";
import { type SecurityRecord, securityKey } from "./security-records.ts";
import { TopicDeltas } from "./topic-deltas.ts";

/** Gathers the records of one step, and makes the next image of them. What does not change is shared with the last one. */
export class MetadataDeltaBuilder implements MetadataDelta {
  readonly previous: MetadataImage;
  readonly #topics: TopicDeltas;
  readonly #brokers = new Map<number, BrokerRegistration | undefined>();
  readonly #controllers = new Map<number, ControllerRegistration | undefined>();
  readonly #features = new Map<string, number>();
  readonly #configs = new Map<string, ConfiguredResource>();
  readonly #security = new Map<string, SecurityRecord | undefined>();
  #nextProducerId: number;

  constructor(previous: MetadataImage) {
    this.previous = previous;
    this.#topics = new TopicDeltas(previous.topics);
    this.#nextProducerId = previous.nextProducerId;
  }

  get topics(): ReadonlyMap<string, TopicDelta> {
    return this.#topics.changes;
  }

  get brokers(): ReadonlySet<number> {
    return new Set(this.#brokers.keys());
  }

  get controllers(): ReadonlySet<number> {
    return new Set(this.#controllers.keys());
  }

  get features(): ReadonlySet<string> {
    return new Set(this.#features.keys());
  }

  get configs(): readonly ConfigResource[] {
    return [...this.#configs.values()];
  }

  replay(entry: MetadataRecord): void {
    switch (entry.type) {
      case "TopicRecord":
      case "PartitionRecord":
      case "PartitionChangeRecord":
      case "ClearElrRecord":
        this.#topics.replay(entry);
        break;
      case "RemoveTopicRecord": {
        const name = this.#topics.remove(entry.record.topicId);
        this.#setConfigs({ type: ConfigResourceType.TOPIC, name, configs: new Map() });
        break;
      }
      case "RegisterBrokerRecord":
        this.#brokers.set(entry.record.brokerId, brokerFromRecord(entry.record));
        break;
      case "UnregisterBrokerRecord":
        this.#brokers.set(entry.record.brokerId, undefined);
        break;
      case "FenceBrokerRecord":
      case "UnfenceBrokerRecord":
      case "BrokerRegistrationChangeRecord": {
        const broker = changedBroker(entry, (id) => this.#broker(id));
        this.#brokers.set(broker.id, broker);
        break;
      }
      case "RegisterControllerRecord":
        this.#controllers.set(entry.record.controllerId, controllerFromRecord(entry.record));
        break;
      case "UnregisterControllerRecord":
        this.#controllers.set(entry.record.controllerId, undefined);
        break;
      case "FeatureLevelRecord":
        this.#features.set(entry.record.name, entry.record.featureLevel);
        break;
      case "ConfigRecord":
        this.#config(entry.record.resourceType, entry.record.resourceName, entry.record.name, entry.record.value);
        break;
      case "ProducerIdsRecord":
        this.#nextProducerId = entry.record.nextProducerId;
        break;
      case "ClientQuotaRecord":
      case "AccessControlEntryRecord":
      case "UserScramCredentialRecord":
      case "DelegationTokenRecord":
      case "RemoveAccessControlEntryRecord":
      case "RemoveUserScramCredentialRecord":
      case "RemoveDelegationTokenRecord": {
        const { key, record } = securityKey(entry);
        this.#security.set(key, record);
        break;
      }
      case "NoOpRecord":
      case "ZkMigrationStateRecord":
      case "BeginTransactionRecord":
      case "EndTransactionRecord":
      case "AbortTransactionRecord":
        break;
    }
  }

  /** kraft.version is finalized by control records of the quorum, not by metadata records (KIP-853). */
  setKRaftVersion(level: number): void {
    this.#features.set(KRAFT_VERSION, level);
  }

  apply(offset: number, epoch: number): MetadataImage {
    const { previous } = this;
    return {
      clusterId: previous.clusterId,
      offset,
      epoch,
      topics: previous.topics.with([...this.#topics.changes.values()]),
      brokers: merged(previous.brokers, this.#brokers),
      controllers: merged(previous.controllers, this.#controllers),
      features: merged(
        previous.features,
        new Map([...this.#features].map(([name, level]) => [name, level === 0 ? undefined : level])),
      ),
      configs: previous.configs.with([...this.#configs.values()]),
      nextProducerId: this.#nextProducerId,
      security: this.#security.size === 0 ? previous.security : previous.security.with(this.#security),
    };
  }

  #broker(id: number): BrokerRegistration {
    const broker = this.#brokers.has(id) ? this.#brokers.get(id) : this.previous.brokers.get(id);
    if (broker === undefined) throw new Error(`A record changes broker ${id}, which is not registered`);
    return broker;
  }

  #config(type: number, name: string, key: string, value: string | null): void {
    const resource = this.#configs.get(`${type}:${name}`);
    const configs = new Map(resource?.configs ?? this.previous.configs.get(type, name));
    if (value === null) configs.delete(key);
    else configs.set(key, value);
    this.#setConfigs({ type, name, configs });
  }

  #setConfigs(resource: ConfiguredResource): void {
    this.#configs.set(`${resource.type}:${resource.name}`, resource);
  }
}

/** The map itself when nothing changed. */
function merged<K, V>(map: ReadonlyMap<K, V>, changes: ReadonlyMap<K, V | undefined>): ReadonlyMap<K, V> {
  if (changes.size === 0) return map;
  const copy = new Map(map);
  for (const [key, value] of changes) {
    if (value === undefined) copy.delete(key);
    else copy.set(key, value);
  }
  return copy;
}
