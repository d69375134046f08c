/**
 * Polylog on each runtime, with Apache Kafka beside it if wanted, on one machine, in one run, as one table. Rounds go
 * through the brokers in turn, so that whatever else the machine does hits all of them; a cell is the median of its rounds.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { Target } from "../test/clients/broker-under-test.ts";
import { polylogTargets } from "../test/clients/polylog-server.ts";
import { installApacheKafka } from "../test/interop/apache-kafka/install.ts";
import { apacheKafka } from "../test/interop/apache-kafka/target.ts";
import { describeMachine, machineLines } from "./machine.ts";
import { type BenchOptions, help, readOptions } from "./options.ts";
import { chart } from "./report/chart.ts";
import { resultsJson } from "./report/json.ts";
import { numberText } from "./report/number-text.ts";
import { table } from "./report/table.ts";
import { type Results, sinkName } from "./results.ts";
import { Session } from "./session.ts";
import { hasKcat } from "./workloads/librdkafka.ts";

// What it has started ends when the process exits.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(help());
  else await bench(options);
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function bench(options: BenchOptions): Promise<void> {
  const targets: Target[] = polylogTargets.filter(({ name }) => options.targets.includes(name));
  if (options.apache) targets.push(readyApacheKafka());
  const workloads = options.workloads.filter(({ id }) => !id.startsWith("librdkafka") || hasKcat());
  if (workloads.length < options.workloads.length)
    console.error("bench: the librdkafka rows are left out, as there is no kcat in the PATH (package kcat)");
  const machine = describeMachine(options.targets, options.apache);
  const session = new Session(targets, workloads, options.rounds);
  await session.run();
  const { results } = session;
  console.log(`${table(results)}\n\n${notes(results, options)}\n${machineLines(machine).join("\n")}`);
  if (options.jsonFile) writeFileSync(options.jsonFile, resultsJson(results, machine, options.rounds, options.isQuick));
  if (options.svgFile) writeFileSync(options.svgFile, chart(results, machine));
  if (session.hasFailed) process.exitCode = 1;
}

/** Throws an error that says what is missing. */
function readyApacheKafka(): Target {
  for (const [program, what] of [
    ["java", "Java 17 or later"],
    ["mvn", "Maven"],
  ] as const) {
    if (spawnSync(program, ["-version"], { stdio: "ignore" }).status !== 0)
      throw new Error(`--apache needs ${what}: ${program} is not in the PATH`);
  }
  installApacheKafka();
  return apacheKafka;
}

function notes(results: Results, { rounds, isQuick }: BenchOptions): string {
  const ceilings = results.workloads.flatMap((workload) => {
    const cell = results.cell(workload, sinkName, "MB/s");
    return cell === undefined ? [] : `${workload.id} ${numberText(cell.median)}`;
  });
  return [
    isQuick ? "A quick look: a tenth of the data, no figures to quote." : "",
    `Medians of ${rounds} ${rounds === 1 ? "round" : "rounds"}, ± half the distance from the least to the greatest. What was written was read back: count and CRC.`,
    ceilings.length === 0 ? "" : `The load generator against a sink, MB/s: ${ceilings.join(", ")}.`,
    ceilings.length === 0 ? "" : "* above 85 % of that: the CPU of the broker says more than the MB/s.",
    results.columns.includes("apache-kafka")
      ? "To reach: the best runtime / every runtime, as a ratio to Apache Kafka, within the noise: Apache Kafka against itself."
      : "",
  ]
    .filter((line) => line !== "")
    .join("\n");
}
