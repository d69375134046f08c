import type { Log } from "../log/log.ts";
import { Follower } from "./follower.ts";
import { committedEndOffset } from "./high-watermark.ts";
import { InSyncReplicas } from "./in-sync-replicas.ts";
import type { PartitionMetadata } from "./replica-metadata.ts";

/** What a leader needs of the broker around it. */
export interface LeadershipOwner {
  readonly nodeId: number;
  /** `replica.lag.time.max.ms` */
  readonly replicaLagTimeMaxMs: number;
  /** Unfenced, not shutting down, and fetching with its current broker epoch (KIP-903). */
  isIsrEligible(follower: Follower): boolean;
  isBrokerAlive(brokerId: number): boolean;
  /** By the metadata; -1 when the broker is unknown. */
  brokerEpochOf(brokerId: number): number;
}

/** What the leader of a partition knows of its replicas, from the moment it leads until somebody else does. */
export class Leadership {
  /** Where the log ended when the present leader epoch began. */
  epochStartOffset: number;
  /** The other replicas. */
  readonly followers = new Map<number, Follower>();
  readonly isr: InSyncReplicas;
  private readonly owner: LeadershipOwner;

  constructor(owner: LeadershipOwner, metadata: PartitionMetadata, logEndOffset: number) {
    this.owner = owner;
    this.epochStartOffset = logEndOffset;
    this.isr = new InSyncReplicas(metadata.isr);
    this.updateFollowers(metadata.replicas);
  }

  /** Takes over replicas and ISR of a metadata record. */
  update(metadata: PartitionMetadata): void {
    this.updateFollowers(metadata.replicas);
    this.isr.commit(metadata.isr);
  }

  /** A leader epoch begins; `isNewLeader` when another broker led before. */
  epochStarted(logEndOffset: number, isNewLeader: boolean, nowMs: number): void {
    this.epochStartOffset = logEndOffset;
    for (const follower of this.followers.values()) {
      const isInSync = this.isr.committed.includes(follower.brokerId);
      follower.leaderEpochStarted(logEndOffset, isNewLeader, isInSync, nowMs);
    }
  }

  /** The offset below which every in-sync replica has everything. */
  committedEndOffset(logEndOffset: number, nowMs: number): number {
    if (this.followers.size === 0) return logEndOffset;
    return committedEndOffset({
      leaderEndOffset: logEndOffset,
      followers: this.followers.values(),
      maximalIsr: this.isr.maximal,
      nowMs,
      replicaLagTimeMaxMs: this.owner.replicaLagTimeMaxMs,
      isEligible: (follower) => this.owner.isIsrEligible(follower),
    });
  }

  /** The follower has been started anew since, and may have lost what an earlier incarnation tells to have (KIP-903). */
  isStale(follower: Follower, brokerEpoch: number): boolean {
    const newest = Math.max(this.owner.brokerEpochOf(follower.brokerId), follower.brokerEpoch ?? -1);
    return brokerEpoch >= 0 && brokerEpoch < newest;
  }

  /** The lowest log start of all live replicas. */
  lowWatermark(logStartOffset: number): number {
    let offset = logStartOffset;
    for (const follower of this.followers.values()) {
      if (follower.logStartOffset < offset && this.owner.isBrokerAlive(follower.brokerId)) {
        offset = follower.logStartOffset;
      }
    }
    return offset;
  }

  /** Proposes an ISR with a follower that has just fetched, when that one has caught up. True when it does. */
  proposeExpansion(follower: Follower, log: Log): boolean {
    if (this.isr.pending !== undefined || !this.mayJoin(follower, log)) return false;
    this.isr.propose("expand", [...this.isr.committed, follower.brokerId]);
    return true;
  }

  /** As {@link proposeExpansion}, with one of those that caught up while another change was under way. */
  proposeNextExpansion(log: Log, nowMs: number): boolean {
    for (const follower of this.followers.values()) {
      const isCaughtUp = follower.isCaughtUp(log.logEndOffset, nowMs, this.owner.replicaLagTimeMaxMs);
      if (isCaughtUp && this.proposeExpansion(follower, log)) return true;
    }
    return false;
  }

  /** Proposes an ISR without those that have lagged for too long. True when there are any. */
  proposeShrink(log: Log, nowMs: number): boolean {
    if (this.isr.pending !== undefined) return false;
    const { nodeId, replicaLagTimeMaxMs } = this.owner;
    const left = this.isr.committed.filter((id) => {
      const follower = this.followers.get(id);
      return id === nodeId || (follower?.isCaughtUp(log.logEndOffset, nowMs, replicaLagTimeMaxMs) ?? false);
    });
    if (left.length === this.isr.committed.length) return false;
    this.isr.propose("shrink", left);
    return true;
  }

  /** It must have all that may have been acknowledged, also under leaders before this one. */
  private mayJoin(follower: Follower, log: Log): boolean {
    return (
      !this.isr.committed.includes(follower.brokerId) &&
      follower.logEndOffset >= log.highWatermark &&
      follower.logEndOffset >= this.epochStartOffset &&
      this.owner.isIsrEligible(follower)
    );
  }

  private updateFollowers(replicas: readonly number[]): void {
    for (const brokerId of this.followers.keys()) {
      if (!replicas.includes(brokerId)) this.followers.delete(brokerId);
    }
    for (const brokerId of replicas) {
      if (brokerId !== this.owner.nodeId && !this.followers.has(brokerId)) {
        this.followers.set(brokerId, new Follower(brokerId));
      }
    }
  }
}
