import { UNASSIGNED_DIRECTORY } from "../protocol/directory-id.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { ClusterManager } from "./cluster-manager.ts";
import type { ConfigManager } from "./config-manager.ts";
import type { FeatureManager } from "./feature-manager.ts";
import { type Election, type PartitionTarget, partitionChange } from "./partition-change.ts";
import type { PartitionRegistration } from "./partition-registration.ts";
import type { Topic } from "./topic-manager.ts";

/** Makes {@link partitionChange}s in the world as the controller knows it. */
export class PartitionChanges {
  readonly #cluster: ClusterManager;
  readonly #configs: ConfigManager;
  readonly #features: FeatureManager;

  constructor(options: { cluster: ClusterManager; configs: ConfigManager; features: FeatureManager }) {
    this.#cluster = options.cluster;
    this.#configs = options.configs;
    this.#features = options.features;
  }

  /** How leaders of the topic are elected: `unclean.leader.election.enable`. */
  electionOf(topic: Topic): Election {
    return this.#configs.uncleanLeaderElection(topic.name) ? "unclean" : "online";
  }

  /** Undefined when nothing changes. `isAlive` is for brokers whose own change is in the same decision. */
  change(
    topic: Topic,
    partition: PartitionRegistration,
    target: PartitionTarget,
    isAlive: (brokerId: number) => boolean = (id) => this.#cluster.isActive(id),
  ): MetadataRecord | undefined {
    return partitionChange(topic.id, partition, target, {
      minInsyncReplicas: this.#configs.minInsyncReplicas(topic.name),
      elrEnabled: this.#features.elrEnabled,
      canLead: (id) => isAlive(id) && this.#isReplicaOnline(partition, id),
      directoryOf: (id) => this.#cluster.onlyDirectory(id) ?? UNASSIGNED_DIRECTORY,
    });
  }

  /** A replica in a directory that is offline cannot lead, though its broker lives. */
  #isReplicaOnline(partition: PartitionRegistration, id: number): boolean {
    const directory = partition.directories[partition.replicas.indexOf(id)];
    return directory === undefined || this.#cluster.isOnline(id, directory);
  }
}
