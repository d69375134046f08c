import type { Partition } from "./partition.ts";

/** A replica that a consumer could read from. */
interface Candidate {
  readonly brokerId: number;
  readonly logEndOffset: number;
  readonly lastCaughtUpMs: number;
}

/**
 * The replica in the consumer's own rack that it should read from instead of the leader, which is asked (KIP-392); undefined
 * when that is the leader itself, or when none there is in sync and has the offset. `rackOf` knows the racks of live brokers
 * that the consumer can reach.
 */
export function preferredReadReplica(
  partition: Partition,
  fetchOffset: number,
  rack: string,
  rackOf: (brokerId: number) => string | null | undefined,
): number | undefined {
  if (!partition.isLeader || rackOf(partition.leader) === rack) return undefined;
  let best: Candidate | undefined;
  for (const follower of partition.followers.values()) {
    const { brokerId, logEndOffset, logStartOffset } = follower;
    const canServe =
      partition.isr.includes(brokerId) &&
      logEndOffset >= fetchOffset &&
      logStartOffset <= fetchOffset &&
      rackOf(brokerId) === rack;
    if (canServe && (best === undefined || isBetter(follower, best))) best = follower;
  }
  return best?.brokerId;
}

/** Who has more, and has had it more recently; ids decide what is left, so that all consumers get the same answer. */
function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.logEndOffset !== b.logEndOffset) return a.logEndOffset > b.logEndOffset;
  if (a.lastCaughtUpMs !== b.lastCaughtUpMs) return a.lastCaughtUpMs > b.lastCaughtUpMs;
  return a.brokerId > b.brokerId;
}
