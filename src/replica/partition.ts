import type { AppendSource, Log } from "../log/log.ts";
import { appendRefused, type LogAppendInfo } from "../log/log-append-info.ts";
import { isCompacted, isDeleted } from "../log/log-config.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { Clock } from "../runtime.ts";
import { AppendLine } from "./append-line.ts";
import { NO_EPOCH, NO_OFFSET } from "./fetch-partition.ts";
import { FetchWaiters } from "./fetch-waiters.ts";
import type { Follower } from "./follower.ts";
import { appendFromLeader, type LeaderOffsets } from "./follower-append.ts";
import type { PendingIsrChange } from "./in-sync-replicas.ts";
import { Leadership, type LeadershipOwner } from "./leadership.ts";
import { PartitionWaiters } from "./partition-waiters.ts";
import type { PartitionMetadata } from "./replica-metadata.ts";

export const NO_LEADER = -1;
/** acks=all: the leader and every in-sync replica. */
export const ACKS_ALL = -1;

/** What a partition needs of the broker around it. */
export interface PartitionOwner extends LeadershipOwner {
  readonly clock: Clock;
  /** Offsets or leadership have changed: look at those who wait for it. */
  partitionChanged(partition: Partition): void;
  /** The leader here has a change of its ISR for the controller: {@link Partition.pendingIsrChange}. */
  isrChangeProposed(partition: Partition): void;
  /** More than `leader.replication.throttled.rate` goes to throttled replicas. */
  isLeaderQuotaExceeded(): boolean;
}

/** What the controller has made of a change of the ISR. */
export interface IsrChangeResult {
  readonly isr: readonly number[];
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
}

/**
 * One partition that this broker has a replica of: who leads it, how far it is replicated, and who waits for that. The
 * log below it knows nothing of replication; everything above it knows nothing of files.
 */
export class Partition {
  readonly topic: string;
  readonly topicId: string;
  readonly index: number;
  /** Null while it has no usable log: its directory failed, or it was deleted. */
  log: Log | null = null;
  /** The copy that will take the log's place, while the partition moves to another log directory (KIP-113). */
  futureLog: Log | null = null;
  /** Its log directory has failed. */
  isOffline = false;
  isDeleted = false;

  leader = NO_LEADER;
  leaderEpoch = NO_EPOCH;
  partitionEpoch = -1;
  replicas: readonly number[] = [];
  /** `min.insync.replicas` */
  minInsyncReplicas = 1;
  /** Named by `leader.replication.throttled.replicas` and `follower.replication.throttled.replicas` (KIP-73). */
  isThrottledLeader = false;
  isThrottledFollower = false;

  /** Set while this broker leads the partition. */
  private leadership: Leadership | null = null;
  readonly waiters = new PartitionWaiters();
  /** The appends of clients, in the order in which they came. */
  readonly appendLine = new AppendLine();
  readonly fetchWaiters = new FetchWaiters();
  /** The partition's places in fetch sessions that have told everything of it. */
  readonly settledFetches = new FetchWaiters();
  private readonly owner: PartitionOwner;
  /** True while it is in the owner's list of partitions whose waiters are to be looked at. */
  isQueued = false;

  constructor(owner: PartitionOwner, topic: string, topicId: string, index: number) {
    this.owner = owner;
    this.topic = topic;
    this.topicId = topicId;
    this.index = index;
  }

  get isLeader(): boolean {
    return this.leader === this.owner.nodeId;
  }

  get highWatermark(): number {
    return this.log === null ? NO_OFFSET : this.log.highWatermark;
  }

  /** Where the log ended when this broker became the leader of {@link leaderEpoch}; -1 when it does not lead. */
  get leaderEpochStartOffset(): number {
    return this.leadership === null ? NO_OFFSET : this.leadership.epochStartOffset;
  }

  /** The other replicas; none unless this broker leads. */
  get followers(): ReadonlyMap<number, Follower> {
    return this.leadership === null ? NO_FOLLOWERS : this.leadership.followers;
  }

  /** As the controller has committed it; empty unless this broker leads. */
  get isr(): readonly number[] {
    return this.leadership === null ? [] : this.leadership.isr.committed;
  }

  /** A change of the ISR that the controller has not answered. */
  get pendingIsrChange(): PendingIsrChange | undefined {
    return this.leadership?.isr.pending;
  }

  /** `min.insync.replicas`, but never more than there are replicas. */
  get effectiveMinIsr(): number {
    return Math.min(this.minInsyncReplicas, this.followers.size + 1);
  }

  get isUnderMinIsr(): boolean {
    return this.leadership !== null && this.isr.length < this.effectiveMinIsr;
  }

  /** In-sync replicas are never kept waiting; the others are, while too much is sent to throttled replicas. */
  isThrottledFor(followerId: number): boolean {
    return this.isThrottledLeader && this.owner.isLeaderQuotaExceeded() && !this.isr.includes(followerId);
  }

  /** The lowest log start of all live replicas: what is below it is gone everywhere. */
  get lowWatermark(): number {
    const start = this.log === null ? NO_OFFSET : this.log.logStartOffset;
    const offset = this.futureLog === null ? start : Math.min(start, this.futureLog.logStartOffset);
    return this.leadership === null ? offset : this.leadership.lowWatermark(offset);
  }

  /** Why a request that knows `currentLeaderEpoch` (-1: none) cannot be served here; 0 when it can (KIP-320). */
  checkAccess(currentLeaderEpoch: number, requireLeader: boolean): number {
    if (this.isOffline) return ErrorCode.KAFKA_STORAGE_ERROR;
    if (currentLeaderEpoch !== NO_EPOCH && currentLeaderEpoch !== this.leaderEpoch) {
      return currentLeaderEpoch < this.leaderEpoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
    if (this.log === null || (requireLeader && !this.isLeader)) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    return ErrorCode.NONE;
  }

  /** Takes the log of its directory, and listens to its flushes and to its retention. */
  useLog(log: Log): void {
    this.log = log;
    log.onOffsetsMoved = () => {
      if (this.log !== log) return;
      this.maybeAdvanceHighWatermark(log);
      this.owner.partitionChanged(this);
    };
  }

  /**
   * Appends batches of a client or of a coordinator, in place and with one write. What could not be appended is told by
   * the error code of the value; acks=all is refused while too few replicas are in sync.
   */
  appendRecordsToLeader(records: Uint8Array, requiredAcks: number, source: AppendSource = {}): LogAppendInfo {
    const refusal = this.appendRefusal(requiredAcks);
    const log = this.log!;
    if (refusal !== ErrorCode.NONE) return appendRefused(refusal, this.log?.logStartOffset);
    const info = log.appendAsLeader(records, {
      leaderEpoch: this.leaderEpoch,
      nowMs: this.owner.clock.now(),
      ...source,
    });
    if (info.errorCode === ErrorCode.NONE && !info.duplicate) {
      this.maybeAdvanceHighWatermark(log);
      // Followers wait for the log end, consumers for the high watermark.
      this.owner.partitionChanged(this);
    }
    return info;
  }

  /** Whether acks=1 is to be answered: `flush.messages` may want the records on the disk first. */
  isSettled(requiredOffset: number): boolean {
    return this.log === null || this.log.settledEndOffset >= requiredOffset;
  }

  /** Why nothing can be appended now, whatever it is; 0 when something can. */
  appendRefusal(requiredAcks: number): number {
    if (this.isOffline) return ErrorCode.KAFKA_STORAGE_ERROR;
    if (this.log === null || !this.isLeader) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    return requiredAcks === ACKS_ALL && this.isUnderMinIsr ? ErrorCode.NOT_ENOUGH_REPLICAS : ErrorCode.NONE;
  }

  /**
   * What acks=all answers once everything below `requiredOffset` is committed; undefined while it is not. A shrunken ISR
   * may have let the high watermark pass with fewer copies than `min.insync.replicas` promises.
   */
  commitResult(requiredOffset: number): number | undefined {
    if (this.log === null || !this.isLeader) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    if (this.log.highWatermark < requiredOffset) return undefined;
    return this.committedErrorCode;
  }

  /** Settles those who wait for an offset; who waits to read is looked at by the owner. */
  settleOffsetWaiters(): void {
    if (this.waiters.count === 0) return;
    const { log } = this;
    if (log === null || !this.isLeader) {
      this.waiters.failAll(this.isOffline ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NOT_LEADER_OR_FOLLOWER);
      return;
    }
    this.waiters.advance({
      committed: log.highWatermark,
      committedErrorCode: this.committedErrorCode,
      settled: log.settledEndOffset,
      deleted: () => this.lowWatermark,
    });
  }

  /** The broker stops: nobody who waits here is answered any more. */
  dropWaiters(): void {
    this.fetchWaiters.drop();
    // A fetch of partitions that are all settled waits at none of them.
    for (let fetch = this.settledFetches.first; fetch !== null; fetch = fetch.nextWaiter) fetch.settledIn!.dropWait();
    this.waiters.dropAll();
  }

  /** Takes the leadership of a metadata record. True when a leader epoch begins here. */
  makeLeader(metadata: PartitionMetadata): boolean {
    if (metadata.partitionEpoch < this.partitionEpoch) return false;
    const log = this.log;
    if (log === null) return false;
    const isNewLeader = this.leadership === null;
    const isNewEpoch = metadata.leaderEpoch > this.leaderEpoch;
    this.leadership ??= new Leadership(this.owner, metadata, log.logEndOffset);
    // The controller's answer may have been quicker than the record; the change after that one is still on its way then.
    if (isNewLeader || metadata.partitionEpoch > this.partitionEpoch) this.leadership.update(metadata);
    if (isNewEpoch) {
      // Even an epoch without a record must be known here: a follower may ask where it, or an older one, ended.
      log.assignEpochStartOffset(metadata.leaderEpoch, log.logEndOffset);
      this.leadership.epochStarted(log.logEndOffset, isNewLeader, this.owner.clock.elapsed());
    }
    this.leaderEpoch = metadata.leaderEpoch;
    this.replicas = metadata.replicas;
    this.partitionEpoch = metadata.partitionEpoch;
    this.leader = this.owner.nodeId;
    this.maybeAdvanceHighWatermark(log);
    this.owner.partitionChanged(this);
    return isNewEpoch;
  }

  /** Follows the leader of a metadata record, or nobody. True when a leader epoch begins. */
  makeFollower(metadata: PartitionMetadata): boolean {
    if (metadata.partitionEpoch < this.partitionEpoch) return false;
    const isNewEpoch = metadata.leaderEpoch > this.leaderEpoch;
    this.leader = metadata.leader;
    this.leaderEpoch = metadata.leaderEpoch;
    this.partitionEpoch = metadata.partitionEpoch;
    this.replicas = metadata.replicas;
    this.leadership = null;
    this.owner.partitionChanged(this);
    return isNewEpoch;
  }

  /** A lower one may let the high watermark move on. */
  updateMinInsyncReplicas(count: number): void {
    this.minInsyncReplicas = count;
    if (this.log !== null && this.isLeader && this.maybeAdvanceHighWatermark(this.log))
      this.owner.partitionChanged(this);
  }

  /** The replica is gone from this broker; everybody who waits is told. */
  delete(): void {
    this.isDeleted = true;
    this.stop();
  }

  /** The log directory has failed. */
  markOffline(): void {
    this.isOffline = true;
    this.stop();
  }

  /** A follower has fetched: its fetch offset acknowledges everything below it. Answers an error code. */
  followerFetched(brokerId: number, brokerEpoch: number, fetchOffset: number, logStartOffset: number): number {
    const { log, leadership } = this;
    const follower = leadership?.followers.get(brokerId);
    if (follower === undefined || log === null) return ErrorCode.UNKNOWN_LEADER_EPOCH;
    if (leadership!.isStale(follower, brokerEpoch)) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    const previousEndOffset = follower.logEndOffset;
    follower.fetched(fetchOffset, logStartOffset, brokerEpoch, log.logEndOffset, this.owner.clock.elapsed());
    if (leadership!.proposeExpansion(follower, log)) this.owner.isrChangeProposed(this);
    const hasAdvanced = previousEndOffset !== fetchOffset && this.maybeAdvanceHighWatermark(log);
    if (hasAdvanced || this.waiters.deleted.count > 0) this.owner.partitionChanged(this);
    return ErrorCode.NONE;
  }

  /** Followers that have lagged for `replica.lag.time.max.ms` are to leave the ISR. */
  maybeShrinkIsr(): void {
    if (this.log === null || this.leadership === null) return;
    if (this.leadership.proposeShrink(this.log, this.owner.clock.elapsed())) this.owner.isrChangeProposed(this);
  }

  /** The controller has done the change, and possibly more. What another change or epoch has overtaken is ignored. */
  isrChangeDone(change: PendingIsrChange, result: IsrChangeResult): void {
    const { log, leadership } = this;
    if (log === null || leadership === null || leadership.isr.pending !== change) return;
    if (result.leaderEpoch !== this.leaderEpoch || result.partitionEpoch < this.partitionEpoch) return;
    leadership.isr.commit(result.isr);
    this.partitionEpoch = result.partitionEpoch;
    this.maybeAdvanceHighWatermark(log);
    if (leadership.proposeNextExpansion(log, this.owner.clock.elapsed())) this.owner.isrChangeProposed(this);
    this.owner.partitionChanged(this);
  }

  /** The controller has not done the change and will not: the members are as they were. */
  isrChangeRefused(change: PendingIsrChange): void {
    if (this.leadership?.isr.pending !== change) return;
    this.leadership.isr.withdraw();
    this.followersChanged();
  }

  /** One that was waited for, as it was about to join the ISR, or had to delete records, may be gone. */
  followersChanged(): void {
    const { log } = this;
    if (log === null) return;
    const hasAdvanced = log.highWatermark < log.logEndOffset && this.maybeAdvanceHighWatermark(log);
    if (hasAdvanced || this.waiters.deleted.count > 0) this.owner.partitionChanged(this);
  }

  /** Appends what the leader of the present epoch has answered to a fetch, as it is, and follows its offsets. */
  appendRecordsToFollower(records: Uint8Array, leader: LeaderOffsets): LogAppendInfo {
    if (this.isOffline) return appendRefused(ErrorCode.KAFKA_STORAGE_ERROR);
    if (this.log === null || this.leadership !== null) return appendRefused(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    const { highWatermark, logStartOffset } = this.log;
    const info = appendFromLeader(this.log, records, this.leaderEpoch, leader);
    // Consumers may read from a follower (KIP-392).
    const isSame = this.log.highWatermark === highWatermark && this.log.logStartOffset === logStartOffset;
    if (!isSame) this.owner.partitionChanged(this);
    return info;
  }

  /** The leader has another history from there on. */
  truncateTo(offset: number): void {
    if (this.log?.truncateTo(offset)) this.owner.partitionChanged(this);
  }

  /** The leader has nothing of what is here any more. */
  truncateFullyAndStartAt(offset: number): void {
    if (this.log === null) return;
    this.log.truncateFullyAndStartAt(offset);
    this.owner.partitionChanged(this);
  }

  /** The partition has moved: the log is in another directory, and holds the same. */
  replaceLog(log: Log): void {
    this.useLog(log);
    this.futureLog = null;
    this.owner.partitionChanged(this);
  }

  /** DeleteRecords: everything below `offset` goes. The log start moves at once; files go with the next retention run. */
  deleteRecords(offset: number): { readonly errorCode: number; readonly requiredOffset: number } {
    const log = this.log;
    if (this.isOffline) return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, requiredOffset: NO_OFFSET };
    if (log === null || !this.isLeader) {
      return { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, requiredOffset: NO_OFFSET };
    }
    if (isCompacted(log.config) && !isDeleted(log.config)) {
      return { errorCode: ErrorCode.POLICY_VIOLATION, requiredOffset: NO_OFFSET };
    }
    const requiredOffset = offset === NO_OFFSET ? log.highWatermark : offset;
    if (requiredOffset < 0 || requiredOffset > log.highWatermark) {
      return { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, requiredOffset };
    }
    if (log.incrementLogStartOffset(requiredOffset)) this.owner.partitionChanged(this);
    return { errorCode: ErrorCode.NONE, requiredOffset };
  }

  /** True when it has moved. Stands still while fewer replicas are in sync than `min.insync.replicas` (KIP-966). */
  private maybeAdvanceHighWatermark(log: Log): boolean {
    if (this.leadership === null || this.isUnderMinIsr) return false;
    const before = log.highWatermark;
    const offset = this.leadership.committedEndOffset(log.settledEndOffset, this.owner.clock.elapsed());
    if (offset > before) log.updateHighWatermark(offset);
    return log.highWatermark > before;
  }

  private get committedErrorCode(): number {
    return this.isUnderMinIsr ? ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND : ErrorCode.NONE;
  }

  private stop(): void {
    this.log = null;
    this.futureLog = null;
    this.leader = NO_LEADER;
    this.leadership = null;
    this.owner.partitionChanged(this);
  }
}

const NO_FOLLOWERS: ReadonlyMap<number, Follower> = new Map();
