/** What replication and failover cost: three nodes in processes of their own, Polylog on each runtime beside Apache Kafka. */
import { parseArgs } from "node:util";
import { textTable } from "../../src/command/text-table.ts";
import { runtimeNames } from "../../test/clients/polylog-server.ts";
import { APACHE_KAFKA } from "../../test/interop/cluster/launcher.ts";
import { median } from "../statistics.ts";
import { manyPartitions } from "./many-partitions.ts";
import { MeasuredCluster } from "./measured-cluster.ts";
import { replicatedProduce } from "./replicated-produce.ts";
import { type Figure, type Figures, figureText, ratioText } from "./step.ts";

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    targets: { type: "string", default: [...runtimeNames, "mixed"].join(",") },
    apache: { type: "boolean", default: false },
    partitions: { type: "string", default: "10000" },
    megabytes: { type: "string", default: "600" },
    rounds: { type: "string", default: "3" },
    limit: { type: "string", default: "600" },
  },
});

type Columns = Map<string, Figures>;

if (options.help)
  console.log(`Usage: npm run bench:cluster [-- OPTION ...]

  --apache          Apache Kafka 4.4.0 beside them; needs Java and Maven
  --targets LIST    of ${runtimeNames.join(",")},mixed: clusters of three nodes; mixed has one on each runtime
  --megabytes N     written in each round of the throughput, three replicas of each; ${options.megabytes} by default, 0 for none
  --rounds N        of the throughput, through all clusters in turn; ${options.rounds} by default
  --partitions N    created, then a broker is killed; ${options.partitions} by default, 0 for none
  --limit SECONDS   for each step with partitions, after which a cluster is given up and its figures are lower bounds; ${options.limit} by default`);
else await run([...options.targets.split(","), ...(options.apache ? [APACHE_KAFKA] : [])]);

async function run(targets: readonly string[]): Promise<void> {
  if (options.megabytes !== "0") print(await throughput(targets));
  if (options.partitions !== "0") print(await partitions(targets));
}

/** All clusters run at once and are measured in turn; a cell is the median of the rounds, the first of which does not count. */
async function throughput(targets: readonly string[]): Promise<Columns> {
  await using running = new AsyncDisposableStack();
  const clusters = new Map<string, MeasuredCluster>();
  for (const target of targets) clusters.set(target, running.use(await MeasuredCluster.start(target)));
  const rounds = new Map(targets.map((target) => [target, [] as Map<string, number>[]]));
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const [target, cluster] of clusters) {
      console.error(`${target}: throughput, round ${round} of ${options.rounds}`);
      const figures = new Map<string, number>();
      for (const recordBytes of [1_000, 100]) {
        const measured = await replicatedProduce(cluster, recordBytes, Number(options.megabytes) * 1e6);
        for (const [name, value] of measured) figures.set(name, value);
      }
      if (round > 0) rounds.get(target)!.push(figures);
    }
  }
  return new Map([...rounds].map(([target, all]) => [target, medians(all)]));
}

/** Each cluster is alone. */
async function partitions(targets: readonly string[]): Promise<Columns> {
  const columns: Columns = new Map();
  for (const target of targets) {
    console.error(`${target}: ${options.partitions} partitions`);
    await using cluster = await MeasuredCluster.start(target);
    try {
      const tell = (name: string, figure: Figure) => console.error(`${target}: ${name}: ${figureText(figure)}`);
      const [count, limitMs] = [Number(options.partitions), Number(options.limit) * 1_000];
      columns.set(target, await manyPartitions(cluster, { count, limitMs, tell }));
    } catch (error) {
      for (const { name, output } of cluster.nodes.nodes) console.error(`${name} said last:\n${output.slice(-4_000)}`);
      throw error;
    }
  }
  return columns;
}

function medians(rounds: readonly ReadonlyMap<string, number>[]): Figures {
  const middle = (name: string) => median(rounds.map((figures) => figures.get(name)!));
  return new Map([...rounds[0]!.keys()].map((name) => [name, { value: middle(name), isLeast: false }]));
}

/** With the ratios to Apache Kafka, where it was measured. */
function print(columns: Columns): void {
  const names = new Set([...columns.values()].flatMap((figures) => [...figures.keys()]));
  const control = columns.get(APACHE_KAFKA);
  const others = control === undefined ? [] : [...columns.keys()].filter((target) => target !== APACHE_KAFKA);
  const rows = [...names].map((name) => [
    name,
    ...[...columns.values()].map((figures) => (figures.has(name) ? figureText(figures.get(name)!) : "-")),
    ...others.map((target) => ratioText(columns.get(target)!.get(name), control!.get(name))),
  ]);
  const ratios = others.map((target) => `${target} : ${APACHE_KAFKA}`);
  console.log(textTable([["", ...columns.keys(), ...ratios], ...rows]));
}
