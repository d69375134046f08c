/** `npm run simulate`: simulates seeds in processes of their own, and tells what they have come to. */
import { type ChildProcess, fork } from "node:child_process";
import { parseSimulateOptions, type SimulateOptions, usage } from "./command-line.ts";
import type { SeedResult, SeedTask } from "./seed-process.ts";
import { lineOf, SimulationTotals } from "./simulation-totals.ts";

const options = parseSimulateOptions(process.argv.slice(2));
if (options === undefined) console.log(usage);
else process.exitCode = await simulateAll(options);

async function simulateAll(all: SimulateOptions): Promise<number> {
  const totals = new SimulationTotals();
  const tasks = tasksOf(all);
  const count = Math.min(all.processes, all.seedCount);
  await Promise.all(Array.from({ length: count }, () => work(tasks, all, totals)));
  for (const line of totals.lines()) console.log(line);
  return totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

/** The processes share them. */
function* tasksOf({ firstSeed, seedCount, hours, seconds, replayEvery, isVerbose }: SimulateOptions) {
  const endMs = performance.now() + 1000 * seconds;
  for (let index = 0; index < seedCount && performance.now() < endMs; index++) {
    yield { seed: firstSeed + index, hours, isReplayed: (index + 1) % replayEvery === 0, isVerbose };
  }
}

async function work(tasks: Iterable<SeedTask>, all: SimulateOptions, totals: SimulationTotals): Promise<void> {
  const child = fork(`${import.meta.dirname}/seed-process.ts`, { serialization: "advanced" });
  try {
    for (const task of tasks) {
      const result = await resultOf(child, task);
      totals.add(result);
      console.log(lineOf(result));
      if (result.failure === undefined) continue;
      console.log(`again: npm run simulate -- --seed ${task.seed} --hours ${all.hours} --verbose`);
    }
  } finally {
    child.kill();
  }
}

function resultOf(child: ChildProcess, task: SeedTask): Promise<SeedResult> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`The process of seed ${task.seed} has ended: ${code}`));
    child.once("exit", ended);
    child.once("message", (result) => {
      child.off("exit", ended);
      resolve(result as SeedResult);
    });
    child.send(task);
  });
}
