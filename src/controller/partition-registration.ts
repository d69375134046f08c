import { MIGRATING_DIRECTORY, UNASSIGNED_DIRECTORY } from "../protocol/directory-id.ts";
import type { PartitionChangeRecord } from "../protocol/metadata-records/partition-change-record.ts";
import type { PartitionRecord } from "../protocol/metadata-records/partition-record.ts";

/** One partition as the metadata log describes it. Immutable: every change is a new value. */
export interface PartitionRegistration {
  readonly partitionId: number;
  /** In order of preference; the first is the preferred leader. */
  readonly replicas: readonly number[];
  /** The log directory of each replica, in the order of {@link replicas}. */
  readonly directories: readonly string[];
  readonly isr: readonly number[];
  readonly removingReplicas: readonly number[];
  readonly addingReplicas: readonly number[];
  /** Eligible leader replicas (KIP-966). */
  readonly elr: readonly number[];
  readonly lastKnownElr: readonly number[];
  /** -1: no leader. */
  readonly leader: number;
  readonly leaderRecoveryState: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
}

export const NO_LEADER = -1;
/** In a PartitionChangeRecord: the leader stays. */
export const NO_LEADER_CHANGE = -2;

export const LeaderRecoveryState = { NO_CHANGE: -1, RECOVERED: 0, RECOVERING: 1 } as const;

export function partitionFromRecord(record: PartitionRecord): PartitionRegistration {
  if (record.directories.length > 0 && record.directories.length !== record.replicas.length) {
    throw new Error(`Partition ${record.topicId}:${record.partitionId} has replicas and directories that do not match`);
  }
  return {
    partitionId: record.partitionId,
    replicas: record.replicas,
    directories: record.directories.length > 0 ? record.directories : record.replicas.map(() => MIGRATING_DIRECTORY),
    isr: record.isr,
    removingReplicas: record.removingReplicas,
    addingReplicas: record.addingReplicas,
    elr: record.eligibleLeaderReplicas ?? [],
    lastKnownElr: record.lastKnownElr ?? [],
    leader: record.leader,
    leaderRecoveryState: checkedRecoveryState(record.leaderRecoveryState),
    leaderEpoch: record.leaderEpoch,
    partitionEpoch: record.partitionEpoch,
  };
}

/**
 * Every change counts the partition epoch up. Naming a leader counts the leader epoch up too, even the same leader again:
 * that is how a mere epoch bump is written.
 */
export function mergePartitionChange(
  partition: PartitionRegistration,
  change: PartitionChangeRecord,
): PartitionRegistration {
  const replicas = change.replicas ?? partition.replicas;
  const leaderNamed = change.leader !== NO_LEADER_CHANGE;
  return {
    partitionId: partition.partitionId,
    replicas,
    directories: change.directories ?? followReplicas(partition, replicas),
    isr: change.isr ?? partition.isr,
    removingReplicas: change.removingReplicas ?? partition.removingReplicas,
    addingReplicas: change.addingReplicas ?? partition.addingReplicas,
    elr: change.eligibleLeaderReplicas ?? partition.elr,
    lastKnownElr: change.lastKnownElr ?? partition.lastKnownElr,
    leader: leaderNamed ? change.leader : partition.leader,
    leaderRecoveryState:
      change.leaderRecoveryState === LeaderRecoveryState.NO_CHANGE
        ? partition.leaderRecoveryState
        : checkedRecoveryState(change.leaderRecoveryState),
    leaderEpoch: leaderNamed ? partition.leaderEpoch + 1 : partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch + 1,
  };
}

/** What a ClearElrRecord makes of the partition: a change like any other. The partition itself where there is nothing to clear. */
export function withoutEligibleReplicas(partition: PartitionRegistration): PartitionRegistration {
  if (partition.elr.length === 0 && partition.lastKnownElr.length === 0) return partition;
  return { ...partition, elr: [], lastKnownElr: [], partitionEpoch: partition.partitionEpoch + 1 };
}

export function hasPreferredLeader(partition: PartitionRegistration): boolean {
  return partition.leader === partition.replicas[0];
}

export function isReassigning(partition: PartitionRegistration): boolean {
  return partition.addingReplicas.length > 0 || partition.removingReplicas.length > 0;
}

function followReplicas(partition: PartitionRegistration, replicas: readonly number[]): readonly string[] {
  if (replicas === partition.replicas) return partition.directories;
  return replicas.map((replica) => partition.directories[partition.replicas.indexOf(replica)] ?? UNASSIGNED_DIRECTORY);
}

function checkedRecoveryState(state: number): number {
  if (state !== LeaderRecoveryState.RECOVERED && state !== LeaderRecoveryState.RECOVERING) {
    throw new Error(`Unknown leader recovery state ${state}`);
  }
  return state;
}
