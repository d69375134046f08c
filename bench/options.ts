import { parseArgs } from "node:util";
import { runtimeNames } from "../test/clients/polylog-server.ts";
import { benchWorkloads } from "./workloads/index.ts";
import type { Workload } from "./workloads/workload.ts";

export interface BenchOptions {
  readonly targets: readonly string[];
  readonly apache: boolean;
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly isQuick: boolean;
  readonly jsonFile: string | undefined;
  readonly svgFile: string | undefined;
}

/** Of the data of a run, for a look. */
export const quickScale = 0.1;

/** Undefined when help was asked for. Throws an error that says which option is wrong, and what it may be. */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h" },
      apache: { type: "boolean" },
      targets: { type: "string", default: runtimeNames.join(",") },
      workloads: { type: "string" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      svg: { type: "string" },
    },
  });
  if (values.help) return undefined;
  const all = benchWorkloads(values.quick ? quickScale : 1);
  const ids = values.workloads?.split(",") ?? all.map(({ id }) => id);
  allOf("--workloads", ids, new Set(all.map(({ id }) => id)));
  const targets = values.targets.split(",");
  allOf("--targets", targets, new Set(runtimeNames));
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100)
    throw new Error(`--rounds is ${values.rounds}, and has to be a number from 1 to 100`);
  return {
    targets,
    apache: values.apache ?? false,
    workloads: all.filter(({ id }) => ids.includes(id)),
    rounds,
    isQuick: values.quick,
    jsonFile: values.json,
    svgFile: values.svg,
  };
}

export function help(): string {
  const workloads = benchWorkloads(1).map(({ id, title }) => `  ${id.padEnd(20)}${title}`);
  return `Usage: npm run bench [-- OPTION ...]

Polylog on each runtime, side by side, on this machine.

  --apache            Apache Kafka 4.4.0 beside them, and the ratios to it; needs Java, and Maven to download it once
  --targets LIST      of ${runtimeNames.join(", ")}; all of them by default
  --workloads LIST    of those below; all of them by default
  --rounds N          through all brokers, in turn; a cell is the median; 5 by default
  --quick             one round of a tenth of the data: for a look, not for figures
  --json FILE         every value of every round
  --svg FILE          a chart of the medians
  --help              this

Workloads:
${workloads.join("\n")}`;
}

function allOf(option: string, given: readonly string[], known: ReadonlySet<string>): void {
  for (const name of given) {
    if (!known.has(name))
      throw new Error(`${option} has no ${JSON.stringify(name)}; there are ${[...known].join(", ")}`);
  }
}
