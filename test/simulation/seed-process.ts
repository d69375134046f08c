/** A process of `npm run simulate`: simulates the seeds that it is given, one after the other. */
import { Simulation, type SimulationReport } from "./simulation.ts";

export interface SeedTask {
  readonly seed: number;
  readonly hours: number;
  readonly isReplayed: boolean;
  readonly isVerbose: boolean;
}

export interface SeedResult {
  readonly seed: number;
  /** Undefined when it has failed. */
  readonly report: SimulationReport | undefined;
  /** Why it has failed. */
  readonly failure: string | undefined;
  readonly isReplayed: boolean;
  readonly cpuSeconds: number;
}

// A simulated process that ends itself throws in the middle of what it does, and nobody is left to catch it.
process.on("unhandledRejection", (error) => {
  if ((error as Error).name !== "ProcessHalt") throw error;
});

process.on("message", (task: SeedTask) => {
  // Most errors of a simulation are expected, and a stack costs more than what it tells.
  Error.stackTraceLimit = task.isVerbose ? 30 : 0;
  void simulate(task).then((result) => process.send!(result));
});

async function simulate(task: SeedTask): Promise<SeedResult> {
  const { seed, hours, isReplayed, isVerbose } = task;
  const startSeconds = cpuSeconds();
  const simulation = new Simulation({ seed, hours, ...(isVerbose ? { tell: (text) => console.log(text) } : {}) });
  let report: SimulationReport | undefined;
  let failure: string | undefined;
  try {
    report = await simulation.run();
    if (isReplayed) await replay(report, hours);
  } catch (error) {
    report = undefined;
    failure = (error as Error).stack ?? String(error);
    if (isVerbose) for (const line of simulation.logs()) console.log(line);
  }
  return { seed, report, failure, isReplayed, cpuSeconds: cpuSeconds() - startSeconds };
}

async function replay({ seed, traceHash }: SimulationReport, hours: number): Promise<void> {
  const again = await new Simulation({ seed, hours }).run();
  if (again.traceHash === traceHash) return;
  throw new Error(`Not the same run: its hash was ${traceHash}, and is ${again.traceHash} when it is replayed`);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
