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
