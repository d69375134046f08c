import { cpuSeconds } from "../process-figures.ts";

/** Of each repeated thing; long enough that clock ticks do not matter. */
const measuredMs = 1_500;
const leastRepeats = 20;

/** What something took, and what it cost the process, with all its threads. */
export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

export async function costOf(pid: number, perform: () => Promise<unknown>): Promise<Cost> {
  const cpuBefore = cpuSeconds(pid);
  const startedMs = performance.now();
  await perform();
  const ms = performance.now() - startedMs;
  return { ms, cpuMs: (cpuSeconds(pid) - cpuBefore) * 1_000 };
}

/** On the average of many times, after a few that do not count. */
export async function repeatedCostOf(pid: number, perform: () => Promise<unknown>): Promise<Cost> {
  for (let done = 0; done < leastRepeats; done++) await perform();
  let count = 0;
  const { ms, cpuMs } = await costOf(pid, async () => {
    for (const endMs = performance.now() + measuredMs; count < leastRepeats || performance.now() < endMs; count++) {
      await perform();
    }
  });
  return { ms: ms / count, cpuMs: cpuMs / count };
}
