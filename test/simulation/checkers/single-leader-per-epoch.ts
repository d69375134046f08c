import type { ClusterEvent } from "../cluster-event.ts";
import { Checker } from "./checker.ts";

/**
 * In one epoch of the metadata quorum all nodes that know a leader know the same one, no node votes twice, and in one
 * leader epoch of a partition one broker leads. Holds under every fault: what was voted and led is on the disk first.
 */
export class SingleLeaderPerEpoch extends Checker {
  readonly name = "SingleLeaderPerEpoch";
  readonly #leaders = new Map<string, number>();

  override observe(event: ClusterEvent): void {
    if (event.type === "leader seen") {
      this.#agree(`leader epoch ${event.leaderEpoch} of ${event.partition} (${event.topicId})`, event.leaderId);
    } else if (event.type === "quorum state written") {
      if (event.leaderId >= 0) this.#agree(`epoch ${event.epoch} of the quorum`, event.leaderId);
      const voter = `node ${event.nodeId} with directory ${event.directoryId}`;
      if (event.votedId >= 0) this.#agree(`the vote of ${voter} in epoch ${event.epoch}`, event.votedId);
    }
  }

  #agree(what: string, id: number): void {
    const known = this.#leaders.get(what);
    if (known !== undefined && known !== id) this.violated(`${what} is of ${known} and of ${id}`);
    this.#leaders.set(what, id);
  }
}
