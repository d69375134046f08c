import type { Log } from "../log/log.ts";
import type { LogConfig } from "../log/log-config.ts";
import type { LogManager } from "../log/log-manager.ts";
import { isSystemError } from "../log/storage-guard.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { Clock, Runtime } from "../runtime.ts";
import { DelayedFetch, type DelayedFetchOwner, type FetchReader } from "./delayed-fetch.ts";
import type { FetchParams } from "./fetch-params.ts";
import { type FetchPartition, NO_EPOCH } from "./fetch-partition.ts";
import { FetchSessionCache } from "./fetch-session-cache.ts";
import type { Follower } from "./follower.ts";
import { HostedPartitions } from "./hosted-partitions.ts";
import { Partition, type PartitionOwner } from "./partition.ts";
import { continuesInLaterSegment, readPartition } from "./read-partition.ts";
import type { ReplicaMetadata, ReplicaMetadataDelta, TopicMetadata } from "./replica-metadata.ts";

/** The settings of a topic that its replicas and their logs need. Of them only those of replication are used here. */
export type ReplicaConfig = LogConfig & { readonly "min.insync.replicas": number };

export interface ReplicaManagerOptions {
  readonly runtime: Pick<Runtime, "clock" | "random" | "log">;
  readonly nodeId: number;
  readonly logs: LogManager;
  /** The resolved settings of a topic by the newest metadata. */
  readonly configOf: (topic: string) => ReplicaConfig;
  /** `replica.lag.time.max.ms` */
  readonly replicaLagTimeMaxMs: number;
  /** `max.incremental.fetch.session.cache.slots` */
  readonly fetchSessionCacheSlots: number;
}

/** Told after the partition's own state has changed, and before those who wait for it are answered. */
export interface LeadershipListener {
  becameLeader?(partition: Partition): void;
  becameFollower?(partition: Partition): void;
  /** Deleted, moved away, or its directory failed. */
  stopped?(partition: Partition): void;
}

/** All partitions that this broker has a replica of, and the requests that wait for them. */
export class ReplicaManager implements PartitionOwner, DelayedFetchOwner {
  readonly nodeId: number;
  readonly clock: Clock;
  readonly replicaLagTimeMaxMs: number;
  readonly fetchSessions: FetchSessionCache;
  private readonly options: ReplicaManagerOptions;
  private readonly hosted = new HostedPartitions();
  private readonly listeners: LeadershipListener[] = [];
  private metadata: ReplicaMetadata | undefined = undefined;
  /** Partitions whose waiters are to be looked at, once the outermost batch ends. */
  private changedPartitions: Partition[] = [];
  private batchDepth = 0;
  private isClosed = false;

  constructor(options: ReplicaManagerOptions) {
    this.options = options;
    this.nodeId = options.nodeId;
    this.clock = options.runtime.clock;
    this.replicaLagTimeMaxMs = options.replicaLagTimeMaxMs;
    this.fetchSessions = new FetchSessionCache({
      clock: options.runtime.clock,
      random: options.runtime.random,
      slots: options.fetchSessionCacheSlots,
    });
  }

  /** The replica here, or undefined: then {@link missingErrorCode} tells why. */
  partition(topic: string, index: number): Partition | undefined {
    return this.hosted.get(topic, index);
  }

  partitionById(topicId: string, index: number): Partition | undefined {
    return this.hosted.getById(topicId, index);
  }

  /** NOT_LEADER_OR_FOLLOWER when the partition lives elsewhere, UNKNOWN_TOPIC_OR_PARTITION when there is none. */
  missingErrorCode(topic: string, index: number): number {
    return this.metadata?.topics.byName(topic)?.partitions[index] === undefined
      ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      : ErrorCode.NOT_LEADER_OR_FOLLOWER;
  }

  partitions(): Iterable<Partition> {
    return this.hosted;
  }

  /**
   * Finds the replica of a partition to fetch, which may have been created, moved or deleted since the session's last
   * request. The error codes are those of a partition that no broker could serve; one that lives elsewhere is found
   * out by the read.
   */
  resolve(fetch: FetchPartition, usesTopicIds: boolean): number {
    if (fetch.partition !== undefined && !fetch.partition.isDeleted) return ErrorCode.NONE;
    fetch.partition = undefined;
    const topics = this.metadata?.topics;
    if (usesTopicIds) {
      const topic = topics?.byId(fetch.topicId);
      if (topic === undefined) return this.unknownTopicIdErrorCode(fetch);
      fetch.topic = topic.name;
      if (topic.partitions[fetch.index] === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      fetch.partition = this.partitionById(fetch.topicId, fetch.index);
    } else {
      if (topics?.byName(fetch.topic!)?.partitions[fetch.index] === undefined) {
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      }
      fetch.partition = this.partition(fetch.topic!, fetch.index);
    }
    return ErrorCode.NONE;
  }

  /** Runs appends to several partitions, and wakes those who wait for them once, at the end. */
  batch(appends: () => void): void {
    this.startBatch();
    try {
      appends();
    } finally {
      this.finishBatch();
    }
  }

  startBatch(): void {
    this.batchDepth++;
  }

  finishBatch(): void {
    this.batchDepth--;
    if (this.batchDepth === 0 && this.changedPartitions.length > 0) this.wakeWaiters();
  }

  /**
   * Reads now, and calls `reader.done` once: within this call when enough is there, when nothing is to be waited for, or when
   * something is wrong with a partition; else later, and the fetch that waits is returned.
   */
  fetch(params: FetchParams, partitions: readonly FetchPartition[], reader: FetchReader): DelayedFetch | undefined {
    let waiting: DelayedFetch | undefined;
    this.batch(() => {
      const bytesRead = this.readPartitions(params, partitions, true);
      const answersNow =
        this.isClosed ||
        params.maxWaitMs <= 0 ||
        partitions.length === 0 ||
        bytesRead >= params.minBytes ||
        partitions.some((fetch) => cannotWait(fetch, params));
      if (answersNow) reader.done();
      else waiting = new DelayedFetch(this, params, partitions, bytesRead, reader);
    });
    return waiting;
  }

  readAgain(fetch: DelayedFetch): void {
    for (const partition of fetch.partitions) {
      if (partition.partition?.isDeleted === true) partition.partition = undefined;
    }
    this.readPartitions(fetch.params, fetch.partitions, false);
  }

  /** Creates, leads, follows, stops and deletes replicas as the metadata says. Called once per step, in order. */
  applyMetadata(delta: ReplicaMetadataDelta, image: ReplicaMetadata): void {
    this.metadata = image;
    this.batch(() => {
      // A topic created again under the name of a deleted one must find the name, and the directories, free.
      for (const [id, change] of delta.topics) {
        if (change.after === undefined) for (const partition of this.hosted.ofTopicId(id)) this.stopReplica(partition);
      }
      for (const change of delta.topics.values()) {
        if (change.after === undefined) continue;
        for (const index of change.partitions) this.applyPartition(change.after, index);
      }
      if (delta.configs.length > 0) this.applyConfigs(delta.configs);
    });
  }

  /** The broker stops, and its connections are closed: who waits is forgotten, and no timer is left behind. */
  close(): void {
    this.isClosed = true;
    for (const partition of this.hosted) partition.dropWaiters();
  }

  addLeadershipListener(listener: LeadershipListener): void {
    this.listeners.push(listener);
  }

  /** The directory of these logs has failed. */
  handleLogDirFailure(logs: readonly Log[]): void {
    this.batch(() => {
      for (const log of logs) {
        const partition = this.partition(log.topic, log.partition);
        if (partition === undefined || partition.log !== log) continue;
        partition.markOffline();
        for (const listener of this.listeners) listener.stopped?.(partition);
      }
    });
  }

  partitionChanged(partition: Partition): void {
    if (!partition.isQueued) {
      partition.isQueued = true;
      this.changedPartitions.push(partition);
    }
    if (this.batchDepth === 0) this.wakeWaiters();
  }

  isIsrEligible(follower: Follower): boolean {
    const broker = this.metadata?.brokers.get(follower.brokerId);
    if (broker === undefined || broker.fenced || broker.inControlledShutdown) return false;
    return follower.brokerEpoch === -1 || follower.brokerEpoch === broker.epoch;
  }

  isBrokerAlive(brokerId: number): boolean {
    const broker = this.metadata?.brokers.get(brokerId);
    return broker !== undefined && !broker.fenced;
  }

  /** Answers how many bytes were found. After the first non-empty partition every limit holds (KIP-74). */
  private readPartitions(params: FetchParams, partitions: readonly FetchPartition[], isFirstRead: boolean): number {
    let remainingBytes = params.maxBytes;
    let minOneMessage = true;
    for (const fetch of partitions) {
      // What was empty and has not changed since is still empty.
      if (!isFirstRead && !fetch.changed && fetch.records === null) continue;
      if (fetch.partition === undefined) {
        fetch.failed(this.missingErrorCode(fetch.topic!, fetch.index));
        continue;
      }
      const maxBytes = Math.min(fetch.maxBytes, remainingBytes);
      readPartition(fetch.partition, fetch, params, maxBytes, minOneMessage, isFirstRead);
      if (fetch.sizeBytes > 0) minOneMessage = false;
      remainingBytes = Math.max(0, remainingBytes - fetch.sizeBytes);
    }
    return params.maxBytes - remainingBytes;
  }

  /** What one waiter throws does not keep the others waiting: it is thrown on when all of them have been looked at. */
  private wakeWaiters(): void {
    let failure: { readonly error: unknown } | undefined;
    const attempt = (wake: () => void): void => {
      try {
        wake();
      } catch (error) {
        failure ??= { error };
      }
    };
    // An answer may lead to the next append at once; what that changes is looked at in the next round.
    this.batchDepth++;
    try {
      while (this.changedPartitions.length > 0) {
        const changed = this.changedPartitions;
        this.changedPartitions = [];
        const ready: DelayedFetch[] = [];
        for (const partition of changed) {
          partition.isQueued = false;
          attempt(() => partition.settleOffsetWaiters());
        }
        for (const partition of changed) attempt(() => collectReadyFetches(partition, ready));
        for (const fetch of ready) attempt(() => fetch.complete());
      }
    } finally {
      this.batchDepth--;
    }
    if (failure !== undefined) throw failure.error;
  }

  private applyPartition(topic: TopicMetadata, index: number): void {
    const metadata = topic.partitions[index];
    const hosted = this.partitionById(topic.id, index);
    if (metadata === undefined || !metadata.replicas.includes(this.nodeId)) {
      if (hosted !== undefined) this.stopReplica(hosted);
      return;
    }
    const partition = hosted ?? this.createPartition(topic, index);
    if (!partition.isOffline && partition.log === null)
      this.openLog(partition, metadata.directories[metadata.replicas.indexOf(this.nodeId)]);
    if (partition.log === null) return;
    if (metadata.leader === this.nodeId) {
      if (partition.makeLeader(metadata)) for (const listener of this.listeners) listener.becameLeader?.(partition);
    } else if (partition.makeFollower(metadata)) {
      for (const listener of this.listeners) listener.becameFollower?.(partition);
    }
  }

  private createPartition(topic: TopicMetadata, index: number): Partition {
    const partition = new Partition(this, topic.name, topic.id, index);
    this.hosted.add(partition);
    return partition;
  }

  /** An I/O error here makes the directory's failure known to the log manager, too. */
  private openLog(partition: Partition, directoryId: string | undefined): void {
    const { logs, configOf, runtime } = this.options;
    const directory = logs.logDirs.find((path) => directoryId !== undefined && logs.directoryId(path) === directoryId);
    try {
      partition.log = logs.getOrCreate(partition.topic, partition.index, partition.topicId, directory);
      partition.minInsyncReplicas = configOf(partition.topic)["min.insync.replicas"];
    } catch (error) {
      if (!isSystemError(error)) throw error;
      runtime.log.write("error", `Could not open the log of ${partition.topic}-${partition.index}: ${error.message}`);
      partition.markOffline();
    }
  }

  private stopReplica(partition: Partition): void {
    const hadLog = partition.log !== null;
    this.hosted.remove(partition);
    partition.delete();
    for (const listener of this.listeners) listener.stopped?.(partition);
    if (hadLog) this.options.logs.delete(partition.topic, partition.index);
  }

  private applyConfigs(changes: ReplicaMetadataDelta["configs"]): void {
    const partitions = new Set<Partition>();
    for (const change of changes) {
      if (change.type === TOPIC_RESOURCE)
        for (const partition of this.hosted.ofTopic(change.name)) partitions.add(partition);
      // The broker's own settings and the cluster-wide ones are the defaults of every topic.
      else if (change.type === BROKER_RESOURCE) for (const partition of this.hosted) partitions.add(partition);
    }
    for (const partition of partitions) {
      partition.updateMinInsyncReplicas(this.options.configOf(partition.topic)["min.insync.replicas"]);
    }
  }

  /** A session remembers the name its topic had: that tells a deleted topic from an id nobody ever heard of. */
  private unknownTopicIdErrorCode(fetch: FetchPartition): number {
    if (fetch.topic === null) return ErrorCode.UNKNOWN_TOPIC_ID;
    return this.metadata?.topics.byName(fetch.topic) === undefined
      ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      : ErrorCode.INCONSISTENT_TOPIC_ID;
  }
}

/** Kafka's codes of configurable resources. */
const TOPIC_RESOURCE = 2;
const BROKER_RESOURCE = 4;

/** Errors, a divergence, or an older segment that cannot grow any more: more bytes are not what it waits for. */
function cannotWait(fetch: FetchPartition, params: FetchParams): boolean {
  return (
    fetch.errorCode !== ErrorCode.NONE ||
    fetch.divergingEpoch !== NO_EPOCH ||
    continuesInLaterSegment(fetch, params.isolation)
  );
}

function collectReadyFetches(partition: Partition, ready: DelayedFetch[]): void {
  for (let waiter = partition.fetchWaiters; waiter !== null; waiter = waiter.nextWaiter) {
    const fetch = waiter.waitingFetch;
    if (fetch !== null && !fetch.isReady && fetch.partitionChanged(waiter)) {
      fetch.isReady = true;
      ready.push(fetch);
    } else waiter.changed = true;
  }
}
