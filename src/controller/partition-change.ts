import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import {
  LeaderRecoveryState,
  NO_LEADER,
  NO_LEADER_CHANGE,
  type PartitionRegistration,
} from "./partition-registration.ts";
import { completedReassignment, type Reassignment } from "./reassignment.ts";
import { type PartitionChange, partitionChangeRecord } from "./record-factory.ts";

export type Election =
  /** The present leader stays while it is valid, else the first valid replica. */
  | "online"
  /** The first replica takes over when it is valid. */
  | "preferred"
  /** As a last resort any live replica, at the price of records. */
  | "unclean";

/** What a partition is to become. What is left out stays as it is. */
export interface PartitionTarget {
  readonly election?: Election;
  readonly isr?: readonly number[];
  readonly recoveryState?: number;
  readonly replicas?: readonly number[];
  readonly adding?: readonly number[];
  readonly removing?: readonly number[];
  /** The log directory of a replica, by broker id. */
  readonly directories?: ReadonlyMap<number, string>;
  /** Replicas that may have lost what they had acknowledged. */
  readonly uncleanShutdown?: readonly number[];
}

/** The world that the change happens in. */
export interface PartitionChangeContext {
  readonly minInsyncReplicas: number;
  readonly elrEnabled: boolean;
  /** Unfenced, not shutting down, and its directory online. */
  readonly canLead: (replica: number) => boolean;
  /** Where a replica goes that the partition did not have before. */
  readonly directoryOf: (replica: number) => string;
}

/**
 * The record that brings a partition to its target and gives it a leader, following the rules of replica elections, of
 * reassignments (KIP-455) and of eligible leader replicas (KIP-966); undefined when nothing changes.
 */
export function partitionChange(
  topicId: string,
  partition: PartitionRegistration,
  target: PartitionTarget,
  context: PartitionChangeContext,
): MetadataRecord | undefined {
  const { elrEnabled } = context;
  const sets = targetSets(partition, target, context);
  const elected = electLeader(partition, target.election ?? "online", sets, context);
  const change: PartitionChange = { topicId, partitionId: partition.partitionId };

  let { isr, elr } = sets;
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
  } else if (!partition.replicas.every((replica) => sets.replicas.includes(replica))) {
    // Whoever is no longer a replica must be fenced off: naming the leader again begins a new epoch.
    change.leader = partition.leader;
  }
  if (!elrEnabled) elr = [];
  if (!same(elr, partition.elr)) change.eligibleLeaderReplicas = [...elr];
  // Without eligible replicas an empty ISR would lose who was in sync: the last ones stay in it.
  if ((isr.length > 0 || elrEnabled) && !same(isr, partition.isr)) change.isr = [...isr];
  if (elrEnabled) rememberLastLeader(partition, change);
  changeAssignment(partition, target, sets, context, change);
  const state = target.recoveryState;
  if (state !== undefined && state !== partition.leaderRecoveryState) change.leaderRecoveryState = state;
  return Object.keys(change).length > 2 ? partitionChangeRecord(change) : undefined;
}

interface TargetSets extends Reassignment {
  readonly isr: readonly number[];
  readonly elr: readonly number[];
}

/** A reassignment that the target ISR completes is over with this very change. */
function targetSets(
  partition: PartitionRegistration,
  target: PartitionTarget,
  context: PartitionChangeContext,
): TargetSets {
  const reassignment = {
    replicas: target.replicas ?? partition.replicas,
    adding: target.adding ?? partition.addingReplicas,
    removing: target.removing ?? partition.removingReplicas,
  };
  const isr = target.isr ?? partition.isr;
  const completed = completedReassignment(reassignment, isr);
  const sets = completed === undefined ? { ...reassignment, isr } : { ...completed, adding: [], removing: [] };
  return { ...sets, elr: targetElr(partition, target, sets, context) };
}

/**
 * Members that leave an ISR below the minimum hold all that is committed: they stay eligible, as long as they are replicas.
 * Apache Kafka keeps others, too, and a last known leader is not elected then, though nobody else can be. When the feature is
 * turned off, those that there are may still be elected, for the last time.
 */
function targetElr(
  partition: PartitionRegistration,
  { uncleanShutdown = [] }: PartitionTarget,
  { isr, replicas }: Pick<TargetSets, "isr" | "replicas">,
  { elrEnabled, minInsyncReplicas }: PartitionChangeContext,
): readonly number[] {
  if (!elrEnabled) return partition.elr;
  if (isr.length >= Math.min(minInsyncReplicas, replicas.length)) return [];
  const candidates = [...new Set([...partition.elr, ...partition.isr])].sort((a, b) => a - b);
  return candidates.filter((id) => replicas.includes(id) && !isr.includes(id) && !uncleanShutdown.includes(id));
}

interface ElectionResult {
  readonly node: number;
  readonly unclean: boolean;
}

function electLeader(
  partition: PartitionRegistration,
  election: Election,
  sets: TargetSets,
  context: PartitionChangeContext,
): ElectionResult {
  const { canLead } = context;
  const clean = (replica: number) =>
    canLead(replica) && (sets.isr.includes(replica) || (sets.isr.length === 0 && sets.elr.includes(replica)));
  const [preferred, ...others] = sets.replicas;
  const order =
    election === "preferred" ? [preferred!, partition.leader, ...others] : [partition.leader, ...sets.replicas];
  const leader = order.find((replica) => replica !== NO_LEADER && clean(replica));
  if (leader !== undefined) return { node: leader, unclean: false };
  const lastLeader = lastKnownLeader(partition, sets, context);
  if (lastLeader !== undefined) return { node: lastLeader, unclean: true };
  if (election === "unclean") {
    const live = sets.replicas.find(canLead);
    if (live !== undefined) return { node: live, unclean: true };
  }
  return { node: NO_LEADER, unclean: false };
}

/** The leader of a partition that lost its whole ISR may come back when nobody else is eligible. */
function lastKnownLeader(
  { lastKnownElr }: PartitionRegistration,
  { isr, elr }: TargetSets,
  { elrEnabled, canLead }: PartitionChangeContext,
): number | undefined {
  if (!elrEnabled || isr.length > 0 || elr.length > 0) return undefined;
  const [leader] = lastKnownElr;
  return lastKnownElr.length === 1 && canLead(leader!) ? leader : undefined;
}

function rememberLastLeader(partition: PartitionRegistration, change: PartitionChange): void {
  const leader = change.leader ?? NO_LEADER_CHANGE;
  const isKnown = partition.lastKnownElr.length > 0;
  if (leader === NO_LEADER && !isKnown) change.lastKnownElr = [partition.leader];
  else if (leader >= 0 && isKnown) change.lastKnownElr = [];
}

function changeAssignment(
  partition: PartitionRegistration,
  { directories: given }: PartitionTarget,
  { replicas, adding, removing }: TargetSets,
  { directoryOf }: PartitionChangeContext,
  change: PartitionChange,
): void {
  const directories = replicas.map(
    (id) => given?.get(id) ?? partition.directories[partition.replicas.indexOf(id)] ?? directoryOf(id),
  );
  if (!same(directories, partition.directories)) change.directories = directories;
  if (!same(replicas, partition.replicas)) change.replicas = [...replicas];
  if (!same(removing, partition.removingReplicas)) change.removingReplicas = [...removing];
  if (!same(adding, partition.addingReplicas)) change.addingReplicas = [...adding];
}

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
