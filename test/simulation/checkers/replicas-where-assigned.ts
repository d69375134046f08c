import { CLUSTER_METADATA_DIRECTORY } from "../../../src/raft/load-metadata-log.ts";
import type { ClusterEnd } from "../cluster-end.ts";
import { Checker } from "./checker.ts";

/**
 * In the end the replicas of a partition have its log, each once, and nobody else has it: whoever was away while it was moved
 * or deleted has found out. Holds under every fault that is healed.
 */
export class ReplicasWhereAssigned extends Checker {
  readonly name = "ReplicasWhereAssigned";

  override finish({ logs, replicas }: ClusterEnd): void {
    for (const partition of new Set([...logs.keys(), ...replicas.keys()])) {
      if (partition === CLUSTER_METADATA_DIRECTORY) continue;
      const found = inOrder(logs.get(partition)?.map(({ nodeId }) => nodeId) ?? []);
      const assigned = inOrder(replicas.get(partition) ?? []);
      if (found === assigned) continue;
      this.violated(`logs of ${partition} are on [${found}], and its replicas on [${assigned}]`);
    }
  }
}

function inOrder(nodeIds: readonly number[]): string {
  return nodeIds.toSorted((a, b) => a - b).join(", ");
}
