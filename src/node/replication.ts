import type { Config } from "../config/config.ts";
import { logDirs } from "../config/create-config.ts";
import type { Controller } from "../controller/controller.ts";
import { internalContext } from "../controller/controller-request-context.ts";
import type { MetadataDelta, MetadataImage } from "../controller/metadata-image.ts";
import type { LogManager } from "../log/log-manager.ts";
import type { Slices } from "../log/slices.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import { ReplicaFetcherManager } from "../replica/fetcher/replica-fetcher-manager.ts";
import { ReplicaDirectories } from "../replica/log-dirs/replica-directories.ts";
import type { ReplicaConfig } from "../replica/replica-assignment.ts";
import { ReplicaManager } from "../replica/replica-manager.ts";
import { ReplicationQuota, replicationQuotas } from "../replica/replication-quota.ts";
import type { Runtime } from "../runtime.ts";
import { liveEndpoint } from "../server/live-brokers.ts";
import type { BrokerMetadata, MetadataSubscriber } from "./broker-metadata.ts";
import { ControllerDirectoryAssignments } from "./controller-directory-assignments.ts";
import { ReplicationQuotaUpdater } from "./replication-quota-updater.ts";

export interface ReplicationOptions {
  readonly runtime: Runtime;
  readonly config: Config;
  readonly nodeId: number;
  readonly logs: LogManager;
  readonly configOf: (topic: string) => ReplicaConfig;
  readonly metadata: BrokerMetadata;
  readonly controller: Controller;
  readonly brokerEpoch: () => number;
  /** The listener by which brokers reach each other. */
  readonly interBrokerListenerName: string;
}

const ALTER_PARTITION_VERSION = 3;

/** The replicas of a broker, the fetchers that keep those up to date that others lead, and their log directories. */
export class Replication implements MetadataSubscriber {
  readonly replicas: ReplicaManager;
  readonly directories: ReplicaDirectories;
  readonly #assignments: ControllerDirectoryAssignments;
  readonly #fetchers: ReplicaFetcherManager;
  readonly #quotaUpdater: ReplicationQuotaUpdater;
  readonly #metadata: BrokerMetadata;

  constructor(options: ReplicationOptions) {
    const { runtime, config, nodeId, logs, configOf, metadata, controller, brokerEpoch } = options;
    this.#metadata = metadata;
    const quotas = replicationQuotas({
      clock: runtime.clock,
      windowCount: config["replication.quota.window.num"],
      windowSeconds: config["replication.quota.window.size.seconds"],
    });
    const moveQuota = new ReplicationQuota({
      clock: runtime.clock,
      windowCount: config["alter.log.dirs.replication.quota.window.num"],
      windowSeconds: config["alter.log.dirs.replication.quota.window.size.seconds"],
    });
    this.#quotaUpdater = new ReplicationQuotaUpdater(config, quotas, moveQuota);
    this.replicas = new ReplicaManager({
      runtime,
      nodeId,
      logs,
      configOf,
      replicaLagTimeMaxMs: config["replica.lag.time.max.ms"],
      fetchSessionCacheSlots: config["max.incremental.fetch.session.cache.slots"],
      quotas,
      brokerEpoch,
      alterPartition: (request, answered) =>
        controller.alterPartition(internalContext(ALTER_PARTITION_VERSION), request, answered),
    });
    this.#fetchers = new ReplicaFetcherManager({
      runtime,
      owner: {
        nodeId,
        brokerEpoch,
        addressOf: (brokerId) => liveEndpoint(metadata.coming, brokerId, options.interBrokerListenerName),
        quota: quotas.follower,
        batch: (changes) => this.replicas.batch(changes),
      },
      config,
      fetcherCount: metadata.dynamicConfig["num.replica.fetchers"],
    });
    this.replicas.addLeadershipListener(this.#fetchers);
    this.#assignments = new ControllerDirectoryAssignments({
      runtime,
      controller,
      nodeId,
      brokerEpoch,
      metadata: () => metadata.image,
    });
    this.directories = new ReplicaDirectories({
      runtime,
      logs,
      replicas: this.replicas,
      assignments: this.#assignments,
      moveThreads: config["num.replica.alter.log.dirs.threads"] ?? logDirs(config).length,
      moveQuota,
    });
    this.replicas.addLeadershipListener(this.directories);
  }

  *applyMetadata(delta: MetadataDelta, image: MetadataImage): Slices<void> {
    this.#quotaUpdater.applyMetadata(delta, image);
    if (delta.configs.some(({ type }) => type === ConfigResourceType.BROKER)) {
      this.#fetchers.resize(this.#metadata.dynamicConfig["num.replica.fetchers"]);
    }
    this.#fetchers.hold();
    yield* this.replicas.applyMetadata(delta, image);
    this.#fetchers.release();
  }

  close(): void {
    this.directories.close();
    this.#assignments.close();
    this.#fetchers.close();
    this.replicas.close();
  }
}
