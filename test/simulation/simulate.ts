import { parseSimulateOptions, type SimulateOptions, usage } from "./command-line.ts";
import { Simulation, type SimulationReport } from "./simulation.ts";
import { lineOf, SimulationTotals } from "./simulation-totals.ts";

// A simulated process that ends itself throws in the middle of what it does, and nobody is left to catch it.
process.on("unhandledRejection", (error) => {
  if ((error as Error).name !== "ProcessHalt") throw error;
});

const options = parseSimulateOptions(process.argv.slice(2));
if (options === undefined) console.log(usage);
else process.exitCode = await simulateAll(options);

async function simulateAll(all: SimulateOptions): Promise<number> {
  const totals = new SimulationTotals();
  for (let index = 0; index < all.seedCount; index++) await simulate(all.firstSeed + index, all, totals);
  for (const line of totals.lines(cpuSeconds(), all.isReplayed ? 2 : 1)) console.log(line);
  return totals.failed === 0 ? 0 : 1;
}

async function simulate(seed: number, all: SimulateOptions, totals: SimulationTotals): Promise<void> {
  const startSeconds = cpuSeconds();
  const tell = all.isVerbose ? (text: string) => console.log(text) : undefined;
  const simulation = new Simulation({ seed, hours: all.hours, tell });
  try {
    const report = await simulation.run();
    if (all.isReplayed) await replay(report, all);
    totals.add(report);
    console.log(lineOf(report, cpuSeconds() - startSeconds));
  } catch (error) {
    totals.failed++;
    console.log(`seed ${seed} failed: ${(error as Error).stack}`);
    console.log(`again: npm run simulate -- --seed ${seed} --hours ${all.hours} --verbose`);
    if (all.isVerbose) for (const line of simulation.logs()) console.log(line);
  }
}

async function replay({ seed, traceHash }: SimulationReport, { hours }: SimulateOptions): Promise<void> {
  const again = await new Simulation({ seed, hours }).run();
  if (again.traceHash === traceHash) return;
  throw new Error(`Not the same run: its hash was ${traceHash}, and is ${again.traceHash} when it is replayed`);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
