import type { PartitionRegistration } from "./partition-registration.ts";

/** Who holds a partition while it moves (KIP-455): what is being removed stays a replica until what is added is in sync. */
export interface Reassignment {
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

/** The way from the present replicas to the wanted ones. */
export function reassignmentTo(partition: PartitionRegistration, target: readonly number[]): Reassignment {
  const ascending = (a: number, b: number) => a - b;
  const removing = partition.replicas.filter((id) => !target.includes(id)).sort(ascending);
  const adding = target.filter((id) => !partition.replicas.includes(id)).sort(ascending);
  return { replicas: [...target, ...removing], adding, removing };
}

/**
 * Replicas and ISR when the reassignment is over; undefined when none moves, while one that is added is not in sync, and, where
 * there will be fewer of them, while one that stays is not: it must not end with fewer copies than there were to be.
 */
export function completedReassignment(
  { replicas, adding, removing }: Reassignment,
  isr: readonly number[],
): { readonly replicas: readonly number[]; readonly isr: readonly number[] } | undefined {
  if (adding.length === 0 && removing.length === 0) return undefined;
  const leftIsr = isr.filter((id) => !removing.includes(id));
  const leftReplicas = replicas.filter((id) => !removing.includes(id));
  const mustBeInSync = adding.length < removing.length ? leftReplicas : adding;
  if (leftIsr.length === 0 || leftReplicas.length === 0) return undefined;
  if (!mustBeInSync.every((id) => leftIsr.includes(id)) || !adding.every((id) => leftIsr.includes(id)))
    return undefined;
  return { replicas: leftReplicas, isr: leftIsr };
}

/** What a cancelled reassignment goes back to. */
export interface RevertedReassignment {
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  /** Only new replicas are in sync: going back gives up what they alone have. */
  readonly isUnclean: boolean;
}

/** Undefined when the partition would have no replica left. */
export function revertedReassignment(partition: PartitionRegistration): RevertedReassignment | undefined {
  const isOld = (id: number) => !partition.addingReplicas.includes(id);
  const replicas = partition.replicas.filter(isOld);
  const isr = partition.isr.filter(isOld);
  if (isr.length > 0) return { replicas, isr, isUnclean: false };
  const [first] = replicas;
  return first === undefined ? undefined : { replicas, isr: [first], isUnclean: true };
}
