/**
 * A node from its parts: metadata quorum and controller, logs, replicas, group coordinator, and the listeners in front of
 * them. The only file that knows every part.
 */
import { brokerApis, controllerApis } from "./api/index.ts";
import type { Config } from "./config/config.ts";
import { ConfigError } from "./config/config-error.ts";
import { logDirs, metadataLogDir } from "./config/create-config.ts";
import { quorumVoters } from "./config/cross-checks.ts";
import { internalTopicWarning } from "./config/warnings.ts";
import { internalContext } from "./controller/controller-request-context.ts";
import { KRAFT_VERSION, SUPPORTED_FEATURES } from "./controller/feature-levels.ts";
import { MetadataLoader } from "./controller/metadata-loader.ts";
import { QuorumController } from "./controller/quorum-controller.ts";
import { SnapshotGenerator } from "./controller/snapshot-generator.ts";
import { GroupCoordinator, OFFSETS_TOPIC } from "./coordinator/group/group-coordinator.ts";
import { groupCoordinatorConfig } from "./coordinator/group/group-coordinator-config.ts";
import { coordinatorLeadership } from "./coordinator/replica-coordinator-partition.ts";
import { ProducerIdPool } from "./coordinator/transaction/producer-id-pool.ts";
import type { Log } from "./log/log.ts";
import { LogManager, type LogManagerOptions } from "./log/log-manager.ts";
import { isCodeGenerationAllowed } from "./protocol/compile.ts";
import { ErrorCode } from "./protocol/error-codes.ts";
import { ZERO_UUID } from "./protocol/uuid.ts";
import { leaderElected } from "./raft/leader-elected.ts";
import { RaftDriver } from "./raft/raft-driver.ts";
import type { VoterNode } from "./raft/voter-set.ts";
import type { ReplicaConfig } from "./replica/replica-assignment.ts";
import { ReplicaManager } from "./replica/replica-manager.ts";
import { replicationQuotas } from "./replica/replication-quota.ts";
import type { Address, Cancel, Runtime } from "./runtime.ts";
import { scheduleAdvertisedCheck } from "./server/advertised-check.ts";
import { ApiTable, advertisedApis } from "./server/api-table.ts";
import { BrokerLifecycle } from "./server/broker-lifecycle.ts";
import { BrokerMetadata, LogConfigUpdater } from "./server/broker-metadata.ts";
import { cleanerConfigOf } from "./server/cleaner-config-of.ts";
import { logConfigOf } from "./server/log-config-of.ts";
import { Metrics } from "./server/metrics.ts";
import { NodeListeners } from "./server/node-listeners.ts";
import { type NodeIdentity, prepareStorage } from "./server/node-storage.ts";
import { ReplicationQuotaUpdater } from "./server/replication-quota-updater.ts";
import type { Services, SupportedFeature } from "./server/services.ts";
import { newUuid } from "./server/storage-format.ts";
import { TopicCreation } from "./server/topic-creation.ts";

export interface Broker {
  readonly nodeId: number;
  readonly clusterId: string;
  /** By listener name: where it is bound. */
  readonly listeners: ReadonlyMap<string, Address>;
  /** `host:port` of the first listener, for a client's `bootstrap.servers`. */
  readonly bootstrapServers: string;
  readonly metrics: Metrics;
  readonly logs: LogManager;
  /** False before the start is complete, and from the moment a stop has begun. */
  readonly isReady: boolean;
  /** A clean stop: idempotent. Resolves when files and sockets are closed. */
  close(): Promise<void>;
}

export interface StartOptions {
  /** The id that an empty data directory is formatted with; a random one when left out. */
  readonly clusterId?: string;
  /** Lets a test leave the files as a kill would. */
  readonly onStarting?: (broker: Broker) => void;
}

/** Starts a node and resolves when clients can use it. Rejects, with everything closed again, when it cannot. */
export async function startBroker(runtime: Runtime, config: Config, options: StartOptions = {}): Promise<Broker> {
  const node = new Node(runtime, config);
  try {
    await node.start(options);
    return node;
  } catch (error) {
    await node.abandon();
    throw error;
  }
}

const CONTROLLED_SHUTDOWN_TIMEOUT_MS = 5_000;
const ALLOCATE_PRODUCER_IDS_VERSION = 0;
const ALTER_PARTITION_VERSION = 3;
const CONTROLLER_REGISTRATION_VERSION = 0;

/** What {@link startBroker} starts, in the order in which one part needs the other. */
class Node implements Broker {
  readonly nodeId: number;
  clusterId = "";
  readonly metrics = new Metrics();
  isReady = false;
  private readonly runtime: Runtime;
  private readonly config: Config;
  private readonly nodeListeners: NodeListeners;
  private logManager: LogManager | undefined;
  private raft: RaftDriver | undefined;
  private controller: QuorumController | undefined;
  private groups: GroupCoordinator | undefined;
  private lifecycle: BrokerLifecycle | undefined;
  private replicas: ReplicaManager | undefined;
  private metadata: BrokerMetadata | undefined;
  private cancelAdvertisedCheck: Cancel = () => {};
  private closing: Promise<void> | undefined;

  constructor(runtime: Runtime, config: Config) {
    requireSingleNode(config);
    this.runtime = runtime;
    this.config = config;
    this.nodeId = config["node.id"];
    this.nodeListeners = new NodeListeners({ runtime, config, metrics: this.metrics });
  }

  get listeners(): ReadonlyMap<string, Address> {
    return this.nodeListeners.bound;
  }

  get logs(): LogManager {
    if (this.logManager === undefined) throw new Error("The broker has not started");
    return this.logManager;
  }

  get bootstrapServers(): string {
    return this.nodeListeners.bootstrapServers;
  }

  async start({ clusterId }: StartOptions): Promise<void> {
    const { runtime, config } = this;
    const startedMs = runtime.clock.elapsed();
    if (!isCodeGenerationAllowed()) {
      runtime.log.write(
        "info",
        "Code generation is refused here: messages are read and written by closures, more slowly",
      );
    }
    // The ports first: what cannot be bound should not wait for recovery.
    await this.nodeListeners.bind();
    const identity = await prepareStorage(runtime, config, clusterId, this.nodeListeners.voterEndpoints());
    this.clusterId = identity.clusterId;
    this.logManager = LogManager.open(this.logManagerOptions());
    const loader = await this.startQuorum(identity);
    const metadata = new BrokerMetadata(config, loader.image);
    this.metadata = metadata;
    loader.register(metadata);
    await this.register(metadata);
    await this.logManager.load();
    const services = this.composeServices(metadata);
    await this.lifecycle!.unfence();
    await metadata.untilUnfenced(this.nodeId);
    this.nodeListeners.serve({
      broker: new ApiTable(brokerApis, services),
      controller: new ApiTable(controllerApis, { ...services, apiVersions: advertisedApis(controllerApis) }),
    });
    this.isReady = true;
    const elapsedMs = Math.round(runtime.clock.elapsed() - startedMs);
    const line = `Broker ${this.nodeId} of cluster ${this.clusterId} is ready at ${this.bootstrapServers} after ${elapsedMs} ms (${this.logManager.size} partitions)`;
    // Behind the requests that have waited for this.
    runtime.clock.defer(() => runtime.log.write("info", line));
    this.warnAfterStart(metadata);
  }

  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  /** After a start that failed: frees what was taken, and leaves the files as they are. */
  async abandon(): Promise<void> {
    await this.nodeListeners.close();
    this.lifecycle?.close();
    this.groups?.close();
    this.replicas?.close();
    this.logManager?.kill();
    await this.raft?.close();
  }

  private async stop(): Promise<void> {
    const { log } = this.runtime;
    this.isReady = false;
    this.cancelAdvertisedCheck();
    log.write("info", `Broker ${this.nodeId} is stopping`);
    if (this.config["controlled.shutdown.enable"]) {
      await this.lifecycle!.controlledShutdown(CONTROLLED_SHUTDOWN_TIMEOUT_MS);
    }
    await this.nodeListeners.close();
    this.lifecycle!.close();
    this.groups!.close();
    this.replicas!.close();
    await this.logs.shutdown(this.lifecycle!.brokerEpoch);
    await this.raft!.close();
    log.write("info", `Broker ${this.nodeId} has stopped`);
  }

  private logManagerOptions(): LogManagerOptions {
    const { config, runtime } = this;
    return {
      runtime,
      logDirs: logDirs(config),
      configOf: (topic) => this.logConfigOf(topic),
      cleaner: cleanerConfigOf(config),
      loadProgress: ({ directory, loadedLogs, totalLogs }) =>
        runtime.log.write("info", `Loaded ${loadedLogs} of ${totalLogs} logs in ${directory}`),
      onDirectoryFailure: (directory, error, logs) => this.directoryFailed(directory, error, logs),
      recoveryPointCheckpointIntervalMs: config["log.flush.offset.checkpoint.interval.ms"],
      highWatermarkCheckpointIntervalMs: config["replica.high.watermark.checkpoint.interval.ms"],
      logStartOffsetCheckpointIntervalMs: config["log.flush.start.offset.checkpoint.interval.ms"],
      initialDelayMs: config["log.initial.task.delay.ms"],
      retentionCheckIntervalMs: config["log.retention.check.interval.ms"],
      flushSchedulerIntervalMs: config["log.flush.scheduler.interval.ms"],
      producerIdExpirationMs: () => this.metadata!.dynamicConfig["producer.id.expiration.ms"],
      producerIdExpirationCheckIntervalMs: config["producer.id.expiration.check.interval.ms"],
    };
  }

  private logConfigOf(topic: string): ReplicaConfig {
    return logConfigOf(this.metadata!.topicConfig(topic));
  }

  private async startQuorum({ directoryId }: NodeIdentity): Promise<MetadataLoader> {
    const { runtime, config } = this;
    const raft = await RaftDriver.load({
      runtime,
      metadataLogDir: metadataLogDir(config),
      lockDirectory: !logDirs(config).includes(metadataLogDir(config)),
      local: {
        id: this.nodeId,
        directoryId,
        endpoints: this.nodeListeners.voterEndpoints(),
        supportedKRaftVersion: SUPPORTED_FEATURES.get(KRAFT_VERSION)!,
      },
      staticVoters: this.staticVoters(),
      segmentBytes: config["metadata.log.segment.bytes"],
      segmentMs: config["metadata.log.segment.ms"],
    });
    this.raft = raft;
    const loader = new MetadataLoader(this.clusterId);
    // First the image, then the controller's answers: whoever is told of a change finds it in the image.
    raft.register(loader);
    raft.register(
      new SnapshotGenerator({
        runtime,
        raft,
        loader,
        maxBytes: config["metadata.log.max.record.bytes.between.snapshots"],
        maxIntervalMs: config["metadata.log.max.snapshot.interval.ms"],
        retentionBytes: config["metadata.max.retention.bytes"],
        retentionMs: config["metadata.max.retention.ms"],
      }),
    );
    this.controller = new QuorumController({ runtime, raft, clusterId: this.clusterId, config });
    const elected = leaderElected(raft);
    raft.start();
    await elected;
    return loader;
  }

  /** `controller.quorum.voters`; undefined when the metadata log holds the voters. */
  private staticVoters(): readonly VoterNode[] | undefined {
    const voters = quorumVoters(this.config);
    if (voters.size === 0) return undefined;
    const name = this.config["controller.listener.names"][0]!.toUpperCase();
    const supportedKRaftVersion = { min: 0, max: 0 };
    return [...voters].map(([id, { host, port }]) => ({
      id,
      directoryId: ZERO_UUID,
      endpoints: [{ name, host, port }],
      supportedKRaftVersion,
    }));
  }

  private async register(metadata: BrokerMetadata): Promise<void> {
    const { runtime, config, logManager } = this;
    const lifecycle = new BrokerLifecycle({
      runtime,
      controller: this.controller!,
      brokerId: this.nodeId,
      clusterId: this.clusterId,
      incarnationId: newUuid(runtime.random),
      listeners: this.nodeListeners.advertised(),
      features: supportedFeatures(),
      rack: config["broker.rack"],
      logDirs: new Map(logManager!.logDirs.map((path) => [path, logManager!.directoryId(path)!])),
      previousBrokerEpoch: logManager!.previousBrokerEpoch,
      appliedOffset: () => metadata.image.offset,
      heartbeatIntervalMs: config["broker.heartbeat.interval.ms"],
      registrationTimeoutMs: config["initial.broker.registration.timeout.ms"],
    });
    this.lifecycle = lifecycle;
    await metadata.untilApplied(await lifecycle.register());
    lifecycle.startHeartbeats();
    this.registerController();
  }

  /** For those who ask for the controllers (KIP-919) and for upgrades of features; nothing waits for it. */
  private registerController(): void {
    const { runtime, nodeId } = this;
    const request = {
      controllerId: nodeId,
      incarnationId: newUuid(runtime.random),
      zkMigrationReady: false,
      listeners: this.nodeListeners.advertisedController(),
      features: supportedFeatures().map(({ name, min, max }) => ({
        name,
        minSupportedVersion: min,
        maxSupportedVersion: max,
      })),
    };
    const context = internalContext(CONTROLLER_REGISTRATION_VERSION);
    this.controller!.registerController(context, request, ({ errorCode, errorMessage }) => {
      if (errorCode === ErrorCode.NONE) return;
      runtime.log.write("warn", `Controller ${nodeId} could not be registered: ${errorMessage} (error ${errorCode})`);
    });
  }

  /** Replicas and coordinators take over what the metadata gives them as they subscribe. */
  private composeServices(metadata: BrokerMetadata): Services {
    const { runtime, config, nodeId, clusterId } = this;
    const controller = this.controller!;
    const logs = this.logs;
    const quotas = replicationQuotas({
      clock: runtime.clock,
      windowCount: config["replication.quota.window.num"],
      windowSeconds: config["replication.quota.window.size.seconds"],
    });
    const replicas = new ReplicaManager({
      runtime,
      nodeId,
      logs,
      configOf: (topic) => this.logConfigOf(topic),
      replicaLagTimeMaxMs: config["replica.lag.time.max.ms"],
      fetchSessionCacheSlots: config["max.incremental.fetch.session.cache.slots"],
      quotas,
      brokerEpoch: () => this.lifecycle!.brokerEpoch,
      alterPartition: (request, answered) =>
        controller.alterPartition(internalContext(ALTER_PARTITION_VERSION), request, answered),
    });
    this.replicas = replicas;
    const groups = new GroupCoordinator({
      runtime,
      config: groupCoordinatorConfig(config),
      partitionCount: () =>
        metadata.image.topics.byName(OFFSETS_TOPIC)?.partitions.length ?? config["offsets.topic.num.partitions"],
    });
    this.groups = groups;
    replicas.addLeadershipListener(coordinatorLeadership(OFFSETS_TOPIC, groups));
    metadata.subscribe(
      new LogConfigUpdater(
        () => logs.logs(),
        (log) => log.updateConfig(this.logConfigOf(log.topic)),
        () => logs.cleaner?.reconfigure(cleanerConfigOf(metadata.dynamicConfig)),
      ),
    );
    metadata.subscribe(new ReplicationQuotaUpdater(config, quotas));
    metadata.subscribe(replicas);
    metadata.subscribe(groups);
    const topics = new TopicCreation({ runtime, config, controller, metadata: () => metadata.image });
    const producerIds = new ProducerIdPool({
      clock: runtime.clock,
      requestBlock: (done) =>
        controller.allocateProducerIds(
          internalContext(ALLOCATE_PRODUCER_IDS_VERSION),
          { brokerId: nodeId, brokerEpoch: this.lifecycle!.brokerEpoch },
          ({ errorCode, producerIdStart, producerIdLen }) => done(errorCode, producerIdStart, producerIdLen),
        ),
    });
    const services: Services = {
      runtime,
      nodeId,
      clusterId,
      config,
      apiVersions: advertisedApis(brokerApis),
      supportedFeatures: supportedFeatures(),
      dynamicConfig: () => metadata.dynamicConfig,
      metadata: () => metadata.image,
      controller,
      controllerLeaderId: () => this.raft!.leaderId,
      logs,
      replicas,
      groups,
      autoCreateTopics: (names) => topics.autoCreate(names),
      createInternalTopic: (name, done) => topics.create(name, done),
      allocateProducerId: (done) => producerIds.allocate(done),
    };
    return services;
  }

  private directoryFailed(directory: string, error: Error, logs: readonly Log[]): void {
    this.runtime.log.write("error", `Log directory ${directory} failed and is out of use: ${error.message}`);
    this.lifecycle?.reportFailedLogDir(directory);
    if (this.replicas === undefined) return; // The start finds out by itself that no directory is left.
    this.replicas.handleLogDirFailure(logs);
    if (this.logs.logDirs.length > 0 || this.closing !== undefined) return;
    this.isReady = false;
    this.runtime.fatal(new Error(`None of the log directories can be used any more: ${error.message}`));
  }

  private warnAfterStart(metadata: BrokerMetadata): void {
    const { runtime, clusterId, nodeId } = this;
    const warning = internalTopicWarning(this.config, metadata.image.brokers.size);
    const offsetsTopicExists = metadata.image.topics.byName(OFFSETS_TOPIC) !== undefined;
    if (warning !== undefined && !offsetsTopicExists) runtime.log.write("warn", warning);
    const listeners = this.nodeListeners.advertised();
    this.cancelAdvertisedCheck = scheduleAdvertisedCheck({ runtime, clusterId, nodeId, listeners });
  }
}

/** A broker and a controller in one process that is its own quorum: what this version runs. */
function requireSingleNode(config: Config): void {
  const roles = config["process.roles"];
  if (roles.includes("broker") && roles.includes("controller")) return;
  throw new ConfigError([
    `process.roles is ${roles.join(",")}: this version runs a broker and a controller in one process, and cannot join other nodes yet. Set process.roles=broker,controller.`,
  ]);
}

function supportedFeatures(): SupportedFeature[] {
  return [...SUPPORTED_FEATURES].map(([name, { min, max }]) => ({ name, min, max }));
}
