import { SeededRandom } from "../../adapters/simulator/seeded-random.ts";
import type { Fault } from "../../test/clients/cluster/faults.ts";

/** With how long a node that is killed stays away, a silent one silent, a full disk full; and what the fault needs. */
export interface FaultKind {
  readonly fault: Fault;
  readonly awayMs: number;
  readonly needs?: "networks" | "disks";
}

/** Twice the session of a broker, and more. */
const SILENCE_MS = 20_000;

export const faultKinds: readonly FaultKind[] = [
  { fault: "kill the leader", awayMs: 3_000 },
  { fault: "kill the active controller", awayMs: 3_000 },
  { fault: "kill a follower", awayMs: 3_000 },
  { fault: "kill all nodes", awayMs: 500 },
  { fault: "restart the leader", awayMs: 0 },
  { fault: "stop the leader for a while", awayMs: SILENCE_MS },
  { fault: "cut the leader off from the nodes", awayMs: SILENCE_MS, needs: "networks" },
  { fault: "cut the active controller off from all", awayMs: SILENCE_MS, needs: "networks" },
  { fault: "fill the disk of the leader", awayMs: 5_000, needs: "disks" },
];

/** So many faults, each kind as often as the others, in an order that the seed decides. */
export function schedule(kinds: readonly FaultKind[], count: number, seed: number): FaultKind[] {
  const random = new SeededRandom(seed);
  const faults: FaultKind[] = [];
  while (faults.length < count) faults.push(...shuffled(kinds, random));
  return faults.slice(0, count);
}

function shuffled(kinds: readonly FaultKind[], random: SeededRandom): FaultKind[] {
  const left = [...kinds];
  return kinds.map(() => left.splice(random.integer(left.length), 1)[0]!);
}
