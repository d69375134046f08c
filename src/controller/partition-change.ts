import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import {
  LeaderRecoveryState,
  NO_LEADER,
  NO_LEADER_CHANGE,
  type PartitionRegistration,
} from "./partition-registration.ts";
import { type PartitionChange, partitionChangeRecord } from "./record-factory.ts";

export type Election =
  /** The present leader stays while it is valid, else the first valid replica. */
  | "online"
  /** The first replica takes over when it is valid. */
  | "preferred"
  /** As a last resort any live replica, at the price of records. */
  | "unclean";

export interface PartitionChangeOptions {
  readonly topicId: string;
  readonly partition: PartitionRegistration;
  readonly election?: Election;
  /** The ISR to be; the present one when left out. */
  readonly targetIsr?: readonly number[];
  readonly targetRecoveryState?: number;
  readonly minInsyncReplicas: number;
  readonly elrEnabled: boolean;
  /** Unfenced, not shutting down, and its directory online. */
  readonly canLead: (replica: number) => boolean;
  /** Replicas that may have lost what they had acknowledged. */
  readonly uncleanShutdown?: readonly number[];
}

/**
 * The record that brings a partition to its target ISR and gives it a leader, following the rules of replica elections
 * and of eligible leader replicas (KIP-966); undefined when nothing changes.
 */
export function partitionChange(options: PartitionChangeOptions): MetadataRecord | undefined {
  const { partition, elrEnabled } = options;
  const target = targetReplicaSets(options);
  const elected = electLeader(options, target);
  const change: PartitionChange = { topicId: options.topicId, partitionId: partition.partitionId };

  let { isr, elr } = target;
  if (elected.node !== partition.leader) {
    change.leader = elected.node;
    if (elected.unclean) {
      isr = [elected.node];
      elr = [];
      if (partition.leaderRecoveryState !== LeaderRecoveryState.RECOVERING) {
        change.leaderRecoveryState = LeaderRecoveryState.RECOVERING;
      }
    } else if (elr.includes(elected.node)) {
      isr = [elected.node];
      elr = elr.filter((replica) => replica !== elected.node);
    }
  }
  if (!same(elr, partition.elr)) change.eligibleLeaderReplicas = elr;
  // Without eligible replicas an empty ISR would lose who was in sync: the last ones stay in it.
  if ((isr.length > 0 || elrEnabled) && !same(isr, partition.isr)) change.isr = isr;
  if (elrEnabled) rememberLastLeader(partition, change);
  const state = options.targetRecoveryState;
  if (state !== undefined && state !== partition.leaderRecoveryState) change.leaderRecoveryState = state;
  return Object.keys(change).length > 2 ? partitionChangeRecord(change) : undefined;
}

interface ReplicaSets {
  readonly isr: readonly number[];
  readonly elr: readonly number[];
}

/** Members that leave an ISR below the minimum hold all that is committed: they stay eligible. */
function targetReplicaSets(options: PartitionChangeOptions): ReplicaSets {
  const { partition, minInsyncReplicas, uncleanShutdown = [] } = options;
  const isr = options.targetIsr ?? partition.isr;
  if (!options.elrEnabled || isr.length >= minInsyncReplicas) return { isr, elr: [] };
  const candidates = new Set([...partition.elr, ...partition.isr]);
  return { isr, elr: [...candidates].filter((id) => !isr.includes(id) && !uncleanShutdown.includes(id)) };
}

interface ElectionResult {
  readonly node: number;
  readonly unclean: boolean;
}

function electLeader(options: PartitionChangeOptions, target: ReplicaSets): ElectionResult {
  const { partition, election = "online", canLead } = options;
  const clean = (replica: number) =>
    canLead(replica) && (target.isr.includes(replica) || (target.isr.length === 0 && target.elr.includes(replica)));
  const [preferred, ...others] = partition.replicas;
  const order =
    election === "preferred" ? [preferred!, partition.leader, ...others] : [partition.leader, ...partition.replicas];
  const leader = order.find((replica) => replica !== NO_LEADER && clean(replica));
  if (leader !== undefined) return { node: leader, unclean: false };
  const lastLeader = lastKnownLeader(options, target);
  if (lastLeader !== undefined) return { node: lastLeader, unclean: true };
  if (election === "unclean") {
    const live = partition.replicas.find(canLead);
    if (live !== undefined) return { node: live, unclean: true };
  }
  return { node: NO_LEADER, unclean: false };
}

/** The leader of a partition that lost its whole ISR may come back when nobody else is eligible. */
function lastKnownLeader(options: PartitionChangeOptions, target: ReplicaSets): number | undefined {
  if (!options.elrEnabled || target.isr.length > 0 || target.elr.length > 0) return undefined;
  const { lastKnownElr } = options.partition;
  const [leader] = lastKnownElr;
  return lastKnownElr.length === 1 && options.canLead(leader!) ? leader : undefined;
}

function rememberLastLeader(partition: PartitionRegistration, change: PartitionChange): void {
  const leader = change.leader ?? NO_LEADER_CHANGE;
  if (change.isr?.length === 0 && !same(partition.lastKnownElr, [partition.leader])) {
    change.lastKnownElr = [partition.leader];
  } else if (
    (leader >= 0 || (partition.leader !== NO_LEADER && leader !== NO_LEADER)) &&
    partition.lastKnownElr.length > 0
  ) {
    change.lastKnownElr = [];
  }
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
