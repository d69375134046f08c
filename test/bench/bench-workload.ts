import type { Figure, Goal, Workload } from "../../bench/workloads/workload.ts";

/** One that is not run. */
export function benchWorkload(id: string, goals: readonly (readonly [Figure, Goal])[] = []): Workload {
  return { id, title: `what ${id} does`, bytes: 0, goals: new Map(goals), run: () => Promise.reject(new Error(id)) };
}
