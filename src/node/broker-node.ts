import type { Config } from "../config/config.ts";
import { settingsWithoutEffect } from "../config/config-layers.ts";
import { hasSeveralDirectories, logDirs, metadataLogDir } from "../config/create-config.ts";
import { internalTopicWarning } from "../config/warnings.ts";
import type { Controller } from "../controller/controller.ts";
import { internalContext } from "../controller/controller-request-context.ts";
import { GroupCoordinator } from "../coordinator/group/group-coordinator.ts";
import { groupCoordinatorConfig } from "../coordinator/group/group-coordinator-config.ts";
import { coordinatorLeadership } from "../coordinator/replica-coordinator-partition.ts";
import { ProducerIdPool } from "../coordinator/transaction/producer-id-pool.ts";
import { BatchPreparer } from "../log/batch-preparer.ts";
import { decompressionLimitsOf } from "../log/decompression-limits.ts";
import type { Log } from "../log/log.ts";
import { LogManager, type LogManagerOptions } from "../log/log-manager.ts";
import { TimestampLookup } from "../log/timestamp-lookup.ts";
import { OFFSETS_TOPIC } from "../protocol/internal-topics.ts";
import type { ReplicaConfig } from "../replica/replica-assignment.ts";
import type { ReplicaStatus } from "../replica/replica-status.ts";
import { StalledAppends } from "../replica/stalled-appends.ts";
import type { Cancel, Runtime, Usage } from "../runtime.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { ApiTable, advertisedApis } from "../server/api-table.ts";
import { configLayersOf } from "../server/config-layers-of.ts";
import type { Services } from "../server/services.ts";
import { scheduleAdvertisedCheck } from "./advertised-check.ts";
import { appliedBeforeReply } from "./applied-before-reply.ts";
import { BrokerLifecycle } from "./broker-lifecycle.ts";
import { BrokerMetadata, LogConfigUpdater } from "./broker-metadata.ts";
import { cleanerConfigOf } from "./cleaner-config-of.ts";
import { loadProgressLines } from "./load-progress-lines.ts";
import { logConfigOf } from "./log-config-of.ts";
import { maxOpenSegmentFiles, openFilesWarning } from "./max-open-segment-files.ts";
import type { MetadataQuorum } from "./metadata-quorum.ts";
import type { NodeListeners } from "./node-listeners.ts";
import type { NodeIdentity } from "./node-storage.ts";
import { Replication } from "./replication.ts";
import { newUuid } from "./storage-format.ts";
import { supportedFeatures } from "./supported-features.ts";
import { TopicCreation } from "./topic-creation.ts";

export interface BrokerNodeOptions {
  readonly runtime: Runtime;
  readonly config: Config;
  readonly identity: NodeIdentity;
  readonly listeners: NodeListeners;
  readonly handlers: readonly ApiHandler<never, never, never>[];
}

/** What a broker needs of the quorum. */
export interface BrokerQuorum {
  readonly quorum: MetadataQuorum;
  /** The active controller, wherever it is. */
  readonly controller: Controller;
  /** Calls whenever another node leads the controllers. */
  readonly onNewLeader: (listener: () => void) => void;
}

const CONTROLLED_SHUTDOWN_TIMEOUT_MS = 5_000;
const ALLOCATE_PRODUCER_IDS_VERSION = 0;

/** The broker of a node with that role: logs, replicas, coordinators, and its standing with the controller. */
export class BrokerNode {
  readonly logs: LogManager;
  readonly #batchPreparer: BatchPreparer;
  readonly #stalledAppends: StalledAppends;
  readonly #timestampLookup: TimestampLookup;
  readonly #options: BrokerNodeOptions;
  readonly #nodeId: number;
  #quorum: MetadataQuorum | undefined = undefined;
  #metadata: BrokerMetadata | undefined = undefined;
  #lifecycle: BrokerLifecycle | undefined = undefined;
  #replication: Replication | undefined = undefined;
  #groups: GroupCoordinator | undefined = undefined;
  #cancelAdvertisedCheck: Cancel = () => {};
  #isStopping = false;
  #toldOfSettings: readonly string[] = [];

  /** Takes the locks of the log directories. */
  constructor(options: BrokerNodeOptions) {
    this.#options = options;
    this.#nodeId = options.config["node.id"];
    const usage = options.runtime.usage();
    const fewFiles = openFilesWarning(usage);
    if (fewFiles !== undefined) options.runtime.log.write("warn", fewFiles);
    this.logs = LogManager.open(this.#logManagerOptions(usage));
    this.#batchPreparer = new BatchPreparer(options.runtime, decompressionLimitsOf(options.config));
    this.#stalledAppends = new StalledAppends({
      clock: options.runtime.clock,
      limitMs: Math.min(
        options.config["polylog.log.dir.stall.produce.timeout.ms"],
        options.config["polylog.log.dir.stall.timeout.ms"],
      ),
      maxBytes: options.config["polylog.log.dir.stall.produce.bytes"],
    });
    this.#timestampLookup = new TimestampLookup(options.runtime);
  }

  /** False when none of its log directories works any more. */
  get isUsable(): boolean {
    return this.logs.logDirs.length > 0;
  }

  get replicas(): ReplicaStatus | undefined {
    return this.#replication?.replicas.status;
  }

  /** Resolves when the controller lets clients use this broker, with what its listeners serve. */
  async start({ quorum, controller, onNewLeader }: BrokerQuorum): Promise<ApiTable> {
    const { runtime, config, handlers } = this.#options;
    const metadata = new BrokerMetadata(runtime, config, quorum.loader.image);
    this.#quorum = quorum;
    this.#metadata = metadata;
    quorum.loader.register(metadata);
    await this.#register(metadata, controller);
    onNewLeader(() => this.#lifecycle!.controllerChanged());
    await this.logs.load();
    const services = this.#composeServices(metadata, quorum, controller);
    await new Promise<void>((resolve) => metadata.afterSteps(resolve));
    this.logs.putAsideWhatIsNotGiven();
    await this.#lifecycle!.unfence();
    await metadata.untilUnfenced(this.#nodeId);
    return new ApiTable(handlers, services);
  }

  /** Clients are served from now on. */
  served(): void {
    const { runtime, config, identity, listeners } = this.#options;
    const { image } = this.#metadata!;
    const warning = internalTopicWarning(config, image.brokers.size);
    const offsetsTopicExists = image.topics.byName(OFFSETS_TOPIC) !== undefined;
    if (warning !== undefined && !offsetsTopicExists) runtime.log.write("warn", warning);
    this.#cancelAdvertisedCheck = scheduleAdvertisedCheck({
      runtime,
      clusterId: identity.clusterId,
      nodeId: this.#nodeId,
      listeners: listeners.advertised(),
    });
  }

  /** Moves leadership away, as long as clients are still served. */
  async prepareToStop(): Promise<void> {
    this.#isStopping = true;
    this.#cancelAdvertisedCheck();
    if (!this.#options.config["controlled.shutdown.enable"]) return;
    await new Promise<void>((resolve) => {
      // Without controllers there is nobody to move it.
      const cancelWatch = this.#quorum!.raft.onMajorityGone(true, resolve);
      void this.#lifecycle!.controlledShutdown(CONTROLLED_SHUTDOWN_TIMEOUT_MS).then(() => {
        cancelWatch();
        resolve();
      });
    });
  }

  /** A clean stop, when nobody is connected any more. Whether all log directories were left clean. */
  async stop(): Promise<boolean> {
    this.#closeParts();
    return this.logs.shutdown(this.#lifecycle!.brokerEpoch);
  }

  /** After a start that failed: leaves the files as they are. */
  abandon(): void {
    this.#isStopping = true;
    this.#closeParts();
    this.logs.kill();
  }

  /** Each once, as long as it stays as it is. */
  #tellOfSettings(lines: readonly string[]): void {
    for (const line of lines) if (!this.#toldOfSettings.includes(line)) this.#options.runtime.log.write("warn", line);
    this.#toldOfSettings = lines;
  }

  #closeParts(): void {
    this.#metadata?.close();
    this.#batchPreparer.close();
    this.#stalledAppends.close();
    this.#timestampLookup.close();
    this.#lifecycle?.close();
    this.#groups?.close();
    this.#replication?.close();
  }

  #logManagerOptions(usage: Usage): LogManagerOptions {
    const { config, runtime, identity } = this.#options;
    return {
      runtime,
      logDirs: logDirs(config),
      configOf: (topic) => this.#logConfigOf(topic),
      cleaner: cleanerConfigOf(config),
      stallTimeoutMs: config["polylog.log.dir.stall.timeout.ms"],
      isWatched: () => hasSeveralDirectories(config),
      unusable: identity.unusable,
      isShared: (directory) => directory === metadataLogDir(config),
      maxOpenSegmentFiles: maxOpenSegmentFiles(config, usage),
      loadProgress: loadProgressLines(runtime),
      assignedDirectoryId: (partition, topicId) =>
        this.#metadata!.assignedDirectoryId(this.#nodeId, partition, topicId),
      onDirectoryFailure: (directory, error, logs) => this.#directoryFailed(directory, error, logs),
      recoveryPointCheckpointIntervalMs: config["log.flush.offset.checkpoint.interval.ms"],
      highWatermarkCheckpointIntervalMs: config["replica.high.watermark.checkpoint.interval.ms"],
      logStartOffsetCheckpointIntervalMs: config["log.flush.start.offset.checkpoint.interval.ms"],
      initialDelayMs: config["log.initial.task.delay.ms"],
      retentionCheckIntervalMs: config["log.retention.check.interval.ms"],
      flushSchedulerIntervalMs: config["log.flush.scheduler.interval.ms"],
      producerIdExpirationMs: () => this.#metadata!.dynamicConfig["producer.id.expiration.ms"],
      producerIdExpirationCheckIntervalMs: config["producer.id.expiration.check.interval.ms"],
    };
  }

  #logConfigOf(topic: string): ReplicaConfig {
    return logConfigOf(this.#metadata!.topicConfig(topic));
  }

  async #register(metadata: BrokerMetadata, controller: Controller): Promise<void> {
    const { runtime, config, identity, listeners } = this.#options;
    const { logs } = this;
    const lifecycle = new BrokerLifecycle({
      runtime,
      controller,
      brokerId: this.#nodeId,
      clusterId: identity.clusterId,
      incarnationId: newUuid(runtime.random),
      listeners: listeners.advertised(),
      features: supportedFeatures(),
      finalizedFeatures: () => metadata.image.features,
      rack: config["broker.rack"],
      logDirs: new Map(logs.logDirs.map((path) => [path, logs.directoryId(path)!])),
      previousBrokerEpoch: logs.previousBrokerEpoch,
      appliedOffset: () => metadata.appliedOffset,
      heartbeatIntervalMs: config["broker.heartbeat.interval.ms"],
      registrationTimeoutMs: config["initial.broker.registration.timeout.ms"],
    });
    this.#lifecycle = lifecycle;
    await metadata.untilApplied(await lifecycle.register());
    lifecycle.startHeartbeats();
  }

  /** Replicas and coordinators take over what the metadata gives them as they subscribe. */
  #composeServices(metadata: BrokerMetadata, quorum: MetadataQuorum, controller: Controller): Services {
    const { runtime, config, identity, handlers, listeners } = this.#options;
    const { logs } = this;
    const nodeId = this.#nodeId;
    const replication = new Replication({
      runtime,
      config,
      nodeId,
      logs,
      configOf: (topic) => this.#logConfigOf(topic),
      metadata,
      controller,
      brokerEpoch: () => this.#lifecycle!.brokerEpoch,
      interBrokerListenerName: listeners.interBrokerListenerName,
    });
    this.#replication = replication;
    const { replicas, directories } = replication;
    const groups = new GroupCoordinator({
      runtime,
      config: groupCoordinatorConfig(config),
      partitionCount: () =>
        metadata.image.topics.byName(OFFSETS_TOPIC)?.partitions.length ?? config["offsets.topic.num.partitions"],
    });
    this.#groups = groups;
    replicas.addLeadershipListener(coordinatorLeadership(OFFSETS_TOPIC, groups));
    metadata.subscribe(
      new LogConfigUpdater(
        () => [...logs.logs(), ...logs.moves.futures()],
        (log) => log.updateConfig(this.#logConfigOf(log.topic)),
        () => {
          logs.cleaner?.reconfigure(cleanerConfigOf(metadata.dynamicConfig));
          this.#tellOfSettings(settingsWithoutEffect(configLayersOf(metadata.coming, config)));
        },
      ),
    );
    metadata.subscribe(replication);
    metadata.subscribe(groups);
    const topics = new TopicCreation({ runtime, config, controller, metadata: () => metadata.image });
    const producerIds = this.#producerIds(controller);
    return {
      runtime,
      nodeId,
      brokerId: nodeId,
      clusterId: identity.clusterId,
      config,
      dynamicConfig: () => metadata.dynamicConfig,
      apiVersions: advertisedApis(handlers),
      supportedFeatures: supportedFeatures(),
      metadata: () => metadata.image,
      controller: appliedBeforeReply(controller, metadata),
      controllerLeaderId: () => quorum.raft.leaderId,
      logs,
      batchPreparer: this.#batchPreparer,
      stalledAppends: this.#stalledAppends,
      timestampLookup: this.#timestampLookup,
      replicas,
      directories,
      groups,
      autoCreateTopics: (names) => topics.autoCreate(names),
      createInternalTopic: (name, done) => topics.create(name, done),
      allocateProducerId: (done) => producerIds.allocate(done),
    };
  }

  #producerIds(controller: Controller): ProducerIdPool {
    return new ProducerIdPool({
      clock: this.#options.runtime.clock,
      requestBlock: (done) =>
        controller.allocateProducerIds(
          internalContext(ALLOCATE_PRODUCER_IDS_VERSION),
          { brokerId: this.#nodeId, brokerEpoch: this.#lifecycle!.brokerEpoch },
          ({ errorCode, producerIdStart, producerIdLen }) => done(errorCode, producerIdStart, producerIdLen),
        ),
    });
  }

  #directoryFailed(directory: string, error: Error, logs: readonly Log[]): void {
    const { runtime } = this.#options;
    runtime.log.write("error", `Log directory ${directory} failed and is out of use: ${error.message}`);
    this.#lifecycle?.reportFailedLogDir(directory);
    if (this.#replication === undefined) return; // The start finds out by itself that no directory is left.
    this.#replication.replicas.handleLogDirFailure(logs);
    if (this.logs.logDirs.length > 0 || this.#isStopping) return;
    runtime.fatal(new Error(`None of the log directories can be used any more: ${error.message}`));
  }
}
