import type { SeededRandom } from "../../../adapters/simulator/index.ts";
import type { Cluster, ClusterNode } from "../cluster.ts";

/** What a fault may look at before it strikes. */
export interface FaultContext {
  readonly cluster: Cluster;
  readonly random: SeededRandom;
  /** All nodes run, and all replicas are in sync. */
  mayLosePower(): boolean;
  /** That, and all controllers vote, so that the quorum can do without one of them for good. */
  mayReplaceDisk(): boolean;
  /** Nobody has lost what was not synced since that was so: who is killed then may be the last who has it. */
  mayKill(): boolean;
}

/** What strikes, and is made good after a while. */
export interface Fault {
  readonly kind: string;
  /** Begins it, and answers how it ends; undefined when it can't strike now. */
  strike(context: FaultContext): ActiveFault | undefined;
}

export interface ActiveFault {
  /** What is wrong, for who reads the trace. */
  readonly text: string;
  heal(): void;
}

/** One of the nodes that run. */
export function anyRunning({ cluster, random }: FaultContext): ClusterNode | undefined {
  const running = cluster.nodes.filter(({ computer, isWanted }) => computer.isRunning && isWanted);
  return running.length === 0 ? undefined : running[random.integer(running.length)];
}
