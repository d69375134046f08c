import type { Log } from "../log/log.ts";
import { readFromMemory } from "../log/read-from-memory.ts";
import type { Slices } from "../log/slices.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { ZERO_UUID } from "../protocol/uuid.ts";
import type { Cancel, Clock, FileSystem, Runtime } from "../runtime.ts";
import { AlterPartitionManager, type AlterPartitionManagerOptions } from "./alter-partition-manager.ts";
import { DelayedFetch, type DelayedFetchOwner, type FetchReader } from "./delayed-fetch.ts";
import type { FetchParams } from "./fetch-params.ts";
import { type FetchPartition, NO_EPOCH, NO_REPLICA } from "./fetch-partition.ts";
import { FetchSessionCache } from "./fetch-session-cache.ts";
import type { Follower } from "./follower.ts";
import { HostedPartitions } from "./hosted-partitions.ts";
import type { Partition, PartitionOwner } from "./partition.ts";
import { PartitionWakeups } from "./partition-wakeups.ts";
import { continuesInLaterSegment, readPartition } from "./read-partition.ts";
import { type LeadershipListener, ReplicaAssignment, type ReplicaAssignmentOptions } from "./replica-assignment.ts";
import type { ReplicaMetadata, ReplicaMetadataDelta } from "./replica-metadata.ts";
import { type ReplicaStatus, replicaStatus } from "./replica-status.ts";
import type { ReplicationQuotas } from "./replication-quota.ts";

export interface ReplicaManagerOptions extends ReplicaAssignmentOptions {
  readonly runtime: Pick<Runtime, "clock" | "random" | "log" | "files">;
  readonly nodeId: number;
  /** `replica.lag.time.max.ms` */
  readonly replicaLagTimeMaxMs: number;
  /** `max.incremental.fetch.session.cache.slots` */
  readonly fetchSessionCacheSlots: number;
  readonly quotas: ReplicationQuotas;
  /** Of this incarnation of the broker; -1 while it is not registered. */
  readonly brokerEpoch: () => number;
  /** To the active controller. Calls back exactly once. */
  readonly alterPartition: AlterPartitionManagerOptions["alterPartition"];
}

/** All partitions that this broker has a replica of, and the requests that wait for them. */
export class ReplicaManager implements PartitionOwner, DelayedFetchOwner {
  readonly nodeId: number;
  readonly clock: Clock;
  readonly replicaLagTimeMaxMs: number;
  readonly fetchSessions: FetchSessionCache;
  readonly quotas: ReplicationQuotas;
  private readonly files: FileSystem;
  private readonly hosted = new HostedPartitions();
  private readonly assignment: ReplicaAssignment;
  private readonly wakeups = new PartitionWakeups();
  private readonly isrChanges: AlterPartitionManager;
  private cancelShrink: Cancel;
  private metadata: ReplicaMetadata | undefined = undefined;
  private isClosed = false;

  constructor(options: ReplicaManagerOptions) {
    this.nodeId = options.nodeId;
    this.clock = options.runtime.clock;
    this.files = options.runtime.files;
    this.replicaLagTimeMaxMs = options.replicaLagTimeMaxMs;
    this.quotas = options.quotas;
    this.assignment = new ReplicaAssignment(options, this, this.hosted);
    this.isrChanges = new AlterPartitionManager({
      ...options,
      brokerEpochOf: (brokerId) => this.brokerEpochOf(brokerId),
    });
    this.cancelShrink = this.scheduleShrink();
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
    return this.existenceErrorCode(topic, index) || ErrorCode.NOT_LEADER_OR_FOLLOWER;
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
      // A session remembers the name its topic had: another topic may have it now, which the read finds out.
      if (topic === undefined && fetch.topic === null) return ErrorCode.UNKNOWN_TOPIC_ID;
      if (topic === undefined) return this.existenceErrorCode(fetch.topic!, fetch.index);
      fetch.topic = topic.name;
      if (topic.partitions[fetch.index] === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      fetch.partition = this.partitionById(fetch.topicId, fetch.index);
    } else {
      const errorCode = this.existenceErrorCode(fetch.topic!, fetch.index);
      if (errorCode !== ErrorCode.NONE) return errorCode;
      fetch.partition = this.partition(fetch.topic!, fetch.index);
    }
    return ErrorCode.NONE;
  }

  /** Runs appends to several partitions, and wakes those who wait for them once, at the end. */
  batch(appends: () => void): void {
    this.wakeups.batch(appends);
  }

  /**
   * Reads now, and calls `reader.done` once: within this call when enough is there, when nothing is to be waited for, or when
   * something is wrong with a partition; else later. The partitions may be none, when others may join them. A reader that can
   * come again is asked to when what is needed to find the records is not in memory.
   */
  fetch(params: FetchParams, partitions: readonly FetchPartition[], reader: FetchReader): void {
    this.batch(() => {
      let bytesRead = 0;
      const read = (): void => {
        bytesRead = this.readPartitions(params, partitions, true);
      };
      const arrival = readFromMemory(this.files, reader.comeAgain !== undefined, read);
      if (arrival !== undefined) {
        void arrival.then(reader.comeAgain);
        return;
      }
      const answersNow =
        this.isClosed ||
        params.maxWaitMs <= 0 ||
        bytesRead >= params.minBytes ||
        partitions.some((fetch) => cannotWait(fetch, params));
      if (answersNow) reader.done(partitions);
      else reader.waits(new DelayedFetch(this, params, partitions, bytesRead, reader));
    });
  }

  readAgain(fetch: DelayedFetch): void {
    for (const partition of fetch.partitions) {
      if (partition.partition?.isDeleted === true) partition.partition = undefined;
    }
    this.readPartitions(fetch.params, fetch.partitions, false);
  }

  /**
   * Called once per step, in order. Between the slices some partitions are as the image says, and the others as they were:
   * who asks for one of those is told to come again, as by a broker that has not heard of the step yet.
   */
  *applyMetadata(delta: ReplicaMetadataDelta, image: ReplicaMetadata): Slices<void> {
    this.metadata = image;
    const changes = this.assignment.apply(delta);
    while (!this.applySlice(changes)) yield;
  }

  /** The broker stops, and its connections are closed: who waits is forgotten, and no timer is left behind. */
  close(): void {
    this.isClosed = true;
    this.cancelShrink();
    this.isrChanges.close();
    for (const partition of this.hosted) partition.dropWaiters();
  }

  addLeadershipListener(listener: LeadershipListener): void {
    this.assignment.addListener(listener);
  }

  /** The directory of these logs has failed. */
  handleLogDirFailure(logs: readonly Log[]): void {
    this.batch(() => this.assignment.handleLogDirFailure(logs));
  }

  partitionChanged(partition: Partition): void {
    this.wakeups.partitionChanged(partition);
  }

  get status(): ReplicaStatus {
    return replicaStatus(this.hosted);
  }

  isrChangeProposed(partition: Partition): void {
    this.isrChanges.submit(partition);
  }

  isLeaderQuotaExceeded(): boolean {
    return this.quotas.leader.isExceeded;
  }

  isIsrEligible(follower: Follower): boolean {
    const broker = this.metadata?.brokers.get(follower.brokerId);
    if (broker === undefined || broker.fenced || broker.inControlledShutdown) return false;
    return follower.brokerEpoch === UNKNOWN_BROKER_EPOCH || follower.brokerEpoch === broker.epoch;
  }

  isBrokerAlive(brokerId: number): boolean {
    const broker = this.metadata?.brokers.get(brokerId);
    return broker !== undefined && !broker.fenced;
  }

  brokerEpochOf(brokerId: number): number {
    return this.metadata?.brokers.get(brokerId)?.epoch ?? UNKNOWN_BROKER_EPOCH;
  }

  /** True when there are no further changes. Who waits for the partitions of a slice is woken once. */
  private applySlice(changes: Slices<void>): boolean {
    const endMs = this.clock.elapsed() + SLICE_MS;
    let isDone = false;
    this.batch(() => {
      for (let count = 0; !isDone && count < CHANGES_PER_SLICE; count++) {
        isDone = changes.next().done === true;
        if (count + 1 >= LEAST_CHANGES_PER_SLICE && this.clock.elapsed() >= endMs) break;
      }
    });
    return isDone;
  }

  /** Twice per lag time, so that nobody stays in an ISR for longer than one and a half of it without a reason. */
  private scheduleShrink(): Cancel {
    return this.clock.schedule(this.replicaLagTimeMaxMs / 2, () => {
      this.cancelShrink = this.scheduleShrink();
      for (const partition of this.hosted) partition.maybeShrinkIsr();
    });
  }

  /** Answers how many bytes were found. After the first non-empty partition every limit holds (KIP-74). */
  private readPartitions(params: FetchParams, partitions: readonly FetchPartition[], isFirstRead: boolean): number {
    let remainingBytes = params.maxBytes;
    let minOneMessage = true;
    for (const fetch of partitions) {
      // What was empty and has not changed since is still empty, unless it was kept back.
      const isKnown = !fetch.changed && fetch.records === null && fetch.partition?.isThrottledLeader !== true;
      if (!isFirstRead && isKnown) continue;
      if (fetch.partition === undefined) {
        fetch.failed(this.unreadableErrorCode(fetch));
        continue;
      }
      const maxBytes = Math.min(fetch.maxBytes, remainingBytes);
      readPartition(fetch.partition, fetch, params, maxBytes, minOneMessage, isFirstRead);
      if (fetch.sizeBytes > 0) minOneMessage = false;
      remainingBytes = Math.max(0, remainingBytes - fetch.sizeBytes);
    }
    return params.maxBytes - remainingBytes;
  }

  private existenceErrorCode(topic: string, index: number): number {
    return this.metadata?.topics.byName(topic)?.partitions[index] === undefined
      ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      : ErrorCode.NONE;
  }

  /** Why there is nothing here to read: it lives elsewhere, or what lives here is that of a topic created since. */
  private unreadableErrorCode({ topic, topicId, index }: FetchPartition): number {
    const here = topicId === ZERO_UUID ? undefined : this.partition(topic!, index);
    const isOther = here !== undefined && here !== this.partitionById(topicId, index);
    return isOther ? ErrorCode.INCONSISTENT_TOPIC_ID : this.missingErrorCode(topic!, index);
  }
}

/** Of the changes of one step, applied without serving requests in between: so many, and more while it is not so late. */
const LEAST_CHANGES_PER_SLICE = 64;
const CHANGES_PER_SLICE = 256;
const SLICE_MS = 10;
/** Of a follower that tells none (KIP-903). */
const UNKNOWN_BROKER_EPOCH = -1;

/** Errors, a divergence, or an older segment that cannot grow any more: more bytes are not what it waits for. */
function cannotWait(fetch: FetchPartition, params: FetchParams): boolean {
  return (
    fetch.errorCode !== ErrorCode.NONE ||
    fetch.divergingEpoch !== NO_EPOCH ||
    fetch.preferredReadReplica !== NO_REPLICA ||
    continuesInLaterSegment(fetch, params.isolation)
  );
}
