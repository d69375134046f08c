/** A process of `npm run simulate`: simulates the seeds that it is given, one after the other. */
import { Simulation, type SimulationReport } from "./simulation.ts";

export interface SeedTask {
  readonly seed: number;
  readonly hours: number;
  /** The hash of another run of this seed, which this one must have, too. */
  readonly expectedHash: string | undefined;
  readonly isVerbose: boolean;
}

export interface SeedResult {
  readonly seed: number;
  /** Undefined when it has failed. */
  readonly report: SimulationReport | undefined;
  /** Why it has failed. */
  readonly failure: string | undefined;
  /** It repeats another run. */
  readonly isReplay: boolean;
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

async function simulate({ seed, hours, expectedHash, isVerbose }: SeedTask): Promise<SeedResult> {
  const startSeconds = cpuSeconds();
  const simulation = new Simulation({
    seed,
    hours,
    ...(expectedHash === undefined ? {} : { checkers: [] }),
    ...(isVerbose ? { tell: (text) => console.log(text) } : {}),
  });
  let report: SimulationReport | undefined;
  let failure: string | undefined;
  try {
    report = await simulation.run();
    checkHash(report, expectedHash);
  } catch (error) {
    report = undefined;
    failure = (error as Error).stack ?? String(error);
    if (isVerbose) for (const line of simulation.logs()) console.log(line);
  }
  return { seed, report, failure, isReplay: expectedHash !== undefined, cpuSeconds: cpuSeconds() - startSeconds };
}

function checkHash({ traceHash }: SimulationReport, expected: string | undefined): void {
  if (expected === undefined || traceHash === expected) return;
  throw new Error(`Not the same run: its hash was ${expected}, and is ${traceHash} when it is replayed`);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
