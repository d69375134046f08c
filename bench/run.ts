/**
 * Polylog on each runtime beside Apache Kafka, on one machine, in one run, as one table. Rounds go through the brokers in
 * turn, so that whatever else the machine does hits all of them; a cell is the median of its rounds.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePorts, type Target } from "../test/clients/broker-under-test.ts";
import { polylogTargets } from "../test/clients/polylog-server.ts";
import { apacheKafka } from "../test/interop/apache-kafka/target.ts";
import { runLoad } from "./load/run-load.ts";
import { type Amounts, type Figures, measure } from "./measure.ts";
import { table } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    targets: { type: "string", default: "node,bun,deno,apache-kafka" },
    rounds: { type: "string", default: "3" },
    quick: { type: "boolean" },
  },
});

if (options.help) {
  console.log(`Usage: npm run bench [-- --targets node,bun,deno,apache-kafka] [--rounds N] [--quick]

  --targets   brokers to measure, in this order; Apache Kafka needs Java and Maven
  --rounds    rounds through all of them; default 3
  --quick     one round of a tenth of the data: for a look, not for figures`);
} else await run();

async function run(): Promise<void> {
  const names = options.targets.split(",");
  const targets = [...polylogTargets, apacheKafka].filter(({ name }) => names.includes(name));
  const rounds = options.quick ? 1 : Number(options.rounds);
  const amounts: Amounts = options.quick
    ? { largeBatchBytes: 100e6, smallBatchBytes: 30e6, latencyRecords: 400 }
    : { largeBatchBytes: 1_000e6, smallBatchBytes: 300e6, latencyRecords: 2_000 };
  const columns = new Map<string, Figures[]>(targets.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const target of targets) {
      console.error(`round ${round} of ${rounds}: ${target.name}`);
      columns.get(target.name)!.push(await measureOrReport(target, amounts));
    }
  }
  console.log(`${table(columns)}\n\nThe load generator alone: ${await sinkFigures(amounts)}`);
}

async function measureOrReport(target: Target, amounts: Amounts): Promise<Figures> {
  try {
    return await measure(target, amounts);
  } catch (error) {
    console.error(`${target.name}: ${error}`);
    process.exitCode = 1;
    return new Map();
  }
}

/** What the generator reaches when nobody does anything with its requests. */
async function sinkFigures(amounts: Amounts): Promise<string> {
  const [port] = (await freePorts(1)) as [number];
  const sink = spawn(process.execPath, [join(import.meta.dirname, "sink.ts"), String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => sink.stdout.once("data", resolve));
  try {
    const load = {
      kind: "produce",
      host: "127.0.0.1",
      port,
      topics: ["sink"],
      partitions: 1,
      partitionsPerRequest: 1,
      recordBytes: 1_024,
    } as const;
    const large = await runLoad({ ...load, batchBytes: 1_000_000, totalBytes: amounts.largeBatchBytes });
    const small = await runLoad({ ...load, batchBytes: 16_384, totalBytes: amounts.smallBatchBytes });
    const rate = ({ bytes, seconds }: { bytes: number; seconds: number }) =>
      `${(bytes / seconds / 1e6).toFixed(0)} MB/s`;
    return `${rate(large)} in 1 MB batches, ${rate(small)} in 16 KB batches`;
  } finally {
    sink.kill();
  }
}
