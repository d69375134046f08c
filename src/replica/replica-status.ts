import type { Partition } from "./partition.ts";

/** How the replicas of a broker are, for those who watch over it. */
export interface ReplicaStatus {
  readonly partitionCount: number;
  readonly leaderCount: number;
  /** Led here, with fewer replicas in sync than there are. */
  readonly underReplicatedCount: number;
  /** Led here, with fewer replicas in sync than `min.insync.replicas`. */
  readonly underMinIsrCount: number;
  /** Led here, with just as many replicas in sync: one less, and acks=all is refused. */
  readonly atMinIsrCount: number;
  /** In a log directory that has failed. */
  readonly offlineReplicaCount: number;
}

export function replicaStatus(partitions: Iterable<Partition>): ReplicaStatus {
  const status = {
    partitionCount: 0,
    leaderCount: 0,
    underReplicatedCount: 0,
    underMinIsrCount: 0,
    atMinIsrCount: 0,
    offlineReplicaCount: 0,
  };
  for (const partition of partitions) {
    status.partitionCount++;
    if (partition.isOffline) status.offlineReplicaCount++;
    if (!partition.isLeader) continue;
    const { isr, replicas, effectiveMinIsr } = partition;
    status.leaderCount++;
    if (isr.length < replicas.length) status.underReplicatedCount++;
    if (isr.length < effectiveMinIsr) status.underMinIsrCount++;
    if (isr.length === effectiveMinIsr) status.atMinIsrCount++;
  }
  return status;
}
