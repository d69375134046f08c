import type { ClusterEvent } from "../cluster-event.ts";
import { Checker } from "./checker.ts";

/**
 * In one generation of a group a partition is assigned to one member only. Holds under every fault that CommittedNeverLost
 * holds under, as assignments are records of a replicated partition.
 */
export class SingleOwnerPerGeneration extends Checker {
  readonly name = "SingleOwnerPerGeneration";
  readonly #owners = new Map<string, string>();

  override observe(event: ClusterEvent): void {
    if (event.type !== "assigned") return;
    const { group, generationId, memberId, partitions } = event;
    for (const partition of partitions) {
      const key = `partition ${partition} in generation ${generationId} of ${group}`;
      const owner = this.#owners.get(key);
      if (owner !== undefined && owner !== memberId) this.violated(`${key} is of ${owner} and of ${memberId}`);
      this.#owners.set(key, memberId);
    }
  }
}
