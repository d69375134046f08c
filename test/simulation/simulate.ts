/** `npm run simulate`: simulates seeds in processes of their own, and tells what they have come to. */
import { type ChildProcess, fork } from "node:child_process";
import { parseSimulateOptions, type SimulateOptions, usage } from "./command-line.ts";
import type { SeedResult, SeedTask } from "./seed-process.ts";
import { SeedQueue } from "./seed-queue.ts";
import { lineOf, SimulationTotals } from "./simulation-totals.ts";

/**
 * What V8's other threads do for one of these processes, the next one waits for: each does everything on one thread, as
 * there are as many of them as processors. Most of what a seed leaves behind is garbage before so much has been allocated.
 */
const V8_FLAGS = [
  "--single-threaded",
  "--min-semi-space-size=64",
  "--max-semi-space-size=64",
  "--initial-old-space-size=256",
];

const options = parseSimulateOptions(process.argv.slice(2));
if (options === undefined) console.log(usage);
else process.exitCode = await simulateAll(options);

async function simulateAll(all: SimulateOptions): Promise<number> {
  const totals = new SimulationTotals();
  const queue = new SeedQueue(all, timeOf(all));
  const count = Math.min(all.processes, all.seedCount);
  await Promise.all(Array.from({ length: count }, () => work(queue, all, totals)));
  for (const line of totals.lines()) console.log(line);
  return totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

/** Until the seconds are over, or somebody sends SIGTERM. */
function timeOf({ seconds }: SimulateOptions): () => boolean {
  const endMs = performance.now() + 1000 * seconds;
  let isTerminated = false;
  process.once("SIGTERM", () => {
    isTerminated = true;
  });
  return () => !isTerminated && performance.now() < endMs;
}

async function work(queue: SeedQueue, all: SimulateOptions, totals: SimulationTotals): Promise<void> {
  const child = fork(`${import.meta.dirname}/seed-process.ts`, {
    serialization: "advanced",
    execArgv: [...process.execArgv, ...V8_FLAGS],
  });
  try {
    for (let task = queue.next(); task !== undefined; task = queue.next()) {
      const result = await resultOf(child, task);
      queue.done(result);
      totals.add(result);
      if (result.failure !== undefined || !all.isQuiet) console.log(lineOf(result));
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
