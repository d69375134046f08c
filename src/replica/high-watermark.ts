import type { Follower } from "./follower.ts";

export interface HighWatermarkInputs {
  readonly leaderEndOffset: number;
  readonly followers: Iterable<Follower>;
  /** The ISR, together with replicas whose joining the controller has not yet confirmed (KIP-497). */
  readonly maximalIsr: readonly number[];
  readonly nowMs: number;
  readonly replicaLagTimeMaxMs: number;
  /** Unfenced, not shutting down, and fetching with its current broker epoch. */
  isEligible(follower: Follower): boolean;
}

/**
 * The offset below which every in-sync replica has everything. A caught-up replica that is about to join the ISR counts
 * as well: otherwise the high watermark could keep running ahead of it and it would never be allowed in.
 */
export function committedEndOffset(inputs: HighWatermarkInputs): number {
  let offset = inputs.leaderEndOffset;
  for (const follower of inputs.followers) {
    if (follower.logEndOffset >= offset) continue;
    const counts =
      inputs.maximalIsr.includes(follower.brokerId) ||
      (follower.isCaughtUp(inputs.leaderEndOffset, inputs.nowMs, inputs.replicaLagTimeMaxMs) &&
        inputs.isEligible(follower));
    if (counts) offset = follower.logEndOffset;
  }
  return offset;
}
