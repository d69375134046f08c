/**
 * How long nobody can write, for each kind of fault: three nodes are killed, stopped, cut off, filled up and restarted under
 * producers and a group of consumers, Polylog on each runtime beside Apache Kafka. At the end what is stored, and what the
 * group was given, is compared with what was acknowledged.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRuntime } from "#adapter";
import { textTable } from "../../src/command/text-table.ts";
import { NodeNetworks } from "../../test/clients/cluster/node-networks.ts";
import { SmallDisk } from "../../test/clients/cluster/small-disk.ts";
import { runtimeNames } from "../../test/clients/polylog-server.ts";
import { APACHE_KAFKA } from "../../test/interop/cluster/launcher.ts";
import { median } from "../statistics.ts";
import { type Figures, hitCluster } from "./hit-cluster.ts";
import { type FaultKind, faultKinds, schedule } from "./schedule.ts";

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    targets: { type: "string", default: ["mixed", ...runtimeNames, APACHE_KAFKA].join(",") },
    faults: { type: "string", default: "50" },
    only: { type: "string", default: "" },
    seed: { type: "string", default: "1" },
    logs: { type: "string" },
  },
});

if (options.help) {
  console.log(`Usage: npm run bench:faults [-- OPTION ...]

  --targets LIST   of mixed,${runtimeNames.join(",")},${APACHE_KAFKA}: clusters to hit, in this order; mixed has one node on
                   each runtime; Apache Kafka needs Java and Maven
  --faults N       each kind as often as the others; default 50
  --only WORDS     only the kinds with these words in their names: ${faultKinds.map(({ fault }) => fault).join("; ")}
  --seed N         decides their order; default 1
  --logs DIRECTORY what each node has said is written there at the end

Cutting off and filling up need Linux and root: for others these faults are left out, and the bench says so.`);
} else {
  // What has to be undone at the end is undone then too.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  await run(schedule(possibleKinds(), Number(options.faults), Number(options.seed)));
}

async function run(faults: readonly FaultKind[]): Promise<void> {
  const columns = new Map<string, Figures>();
  for (const target of options.targets.split(",")) {
    const software = target === "mixed" ? runtimeNames : [target, target, target];
    const tell = (line: string) => console.error(`${target}: ${line}`);
    const runtime = createRuntime({ log: { write() {} } });
    const logs = options.logs && join(options.logs, target);
    columns.set(target, await hitCluster({ runtime, software, faults, tell, logs }));
  }
  console.log(`Longest time without an acknowledgement, ms: median (greatest)\n\n${table(columns)}`);
}

function possibleKinds(): FaultKind[] {
  const possible = { networks: NodeNetworks.arePermitted(), disks: SmallDisk.isPermitted(tmpdir()) };
  const wanted = faultKinds.filter(({ fault }) => fault.includes(options.only));
  const kinds = wanted.filter(({ needs }) => needs === undefined || possible[needs]);
  for (const { fault } of wanted.filter((kind) => !kinds.includes(kind))) {
    console.error(`LEFT OUT: "${fault}": this user may not create network namespaces, or not mount file systems`);
  }
  if (kinds.length === 0)
    throw new Error(`No fault that is possible here has ${JSON.stringify(options.only)} in its name`);
  return kinds;
}

function table(columns: ReadonlyMap<string, Figures>): string {
  const hit = faultKinds.filter(({ fault }) => [...columns.values()].some((figures) => figures.has(fault)));
  const rows = hit.map(({ fault }) => [fault, ...[...columns.values()].map((figures) => cell(figures.get(fault)))]);
  return textTable([["", ...columns.keys()], ...rows]);
}

function cell(pausesMs: readonly number[] | undefined): string {
  if (pausesMs === undefined) return "-";
  return `${Math.round(median(pausesMs))} (${Math.round(Math.max(...pausesMs))})`;
}
