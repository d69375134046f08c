/**
 * How long nobody can write, for each kind of fault: three nodes in processes of their own are killed, stopped and restarted
 * under an idempotent producer with acks=all, Polylog on each runtime beside Apache Kafka. At the end what can be read is
 * compared with what was acknowledged.
 */
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createRuntime } from "#adapter";
import { textTable } from "../src/command/text-table.ts";
import { ClusterAdmin } from "../test/clients/cluster/cluster-admin.ts";
import { ClusterUnderTest } from "../test/clients/cluster/cluster-under-test.ts";
import { type Fault, strike } from "../test/clients/cluster/faults.ts";
import { eventually } from "../test/clients/cluster/quorum.ts";
import { runtimeNames } from "../test/clients/polylog-server.ts";
import { Writer } from "../test/cluster/writer.ts";
import { APACHE_KAFKA, COMMON_FEATURES, launchAny } from "../test/interop/cluster/launcher.ts";
import { median } from "./statistics.ts";

/** By fault: the longest time without an acknowledgement, in ms. */
type Figures = ReadonlyMap<Fault, number>;

const TOPIC = "faults";
/** With how long a node that is killed stays away, and a stopped one stopped. */
const FAULTS: readonly (readonly [Fault, awayMs: number])[] = [
  ["kill the leader", 3_000],
  ["kill the active controller", 3_000],
  ["kill a follower", 3_000],
  ["restart the leader", 0],
  ["stop the leader for a while", 20_000],
  ["kill all nodes", 500],
];
const PROGRESS_COUNT = 20;

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    targets: { type: "string", default: [...runtimeNames, "mixed", APACHE_KAFKA].join(",") },
    rounds: { type: "string", default: "9" },
  },
});
const runtime = createRuntime({ log: { write() {} } });

if (options.help) {
  console.log(`Usage: npm run bench:faults [-- --targets node,bun,deno,mixed,apache-kafka] [--rounds N]

  --targets   clusters to hit, in this order; mixed has one node on each runtime; Apache Kafka needs Java and Maven
  --rounds    each has the ${FAULTS.length} kinds of faults once; default 9`);
} else await run(options.targets.split(","), Number(options.rounds));

async function run(targets: readonly string[], rounds: number): Promise<void> {
  const columns = new Map<string, Figures[]>();
  for (const target of targets) columns.set(target, await hit(target, rounds));
  console.log(`Longest time without an acknowledgement, ms: median of ${rounds} rounds\n\n${table(columns)}`);
}

function table(columns: ReadonlyMap<string, readonly Figures[]>): string {
  const rows = FAULTS.map(([fault]) => [
    fault,
    ...[...columns.values()].map((rounds) => Math.round(median(rounds.map((figures) => figures.get(fault)!)))),
  ]);
  return textTable([["", ...columns.keys()], ...rows]);
}

async function hit(target: string, rounds: number): Promise<Figures[]> {
  const software = target === "mixed" ? runtimeNames : [target, target, target];
  const specs = software.map((name) => ({ software: name, roles: "broker,controller" }) as const);
  const cluster = await ClusterUnderTest.create(specs, { launcher: launchAny, features: COMMON_FEATURES });
  try {
    await cluster.start();
    await new ClusterAdmin(cluster.node(1)).createTopic(TOPIC, [[1, 2, 3]], { "min.insync.replicas": "2" });
    const writer = await Writer.start({ runtime, bootstrap: cluster.addresses, topic: TOPIC });
    const figures: Figures[] = [];
    for (let round = 1; round <= rounds; round++) {
      console.error(`${target}: round ${round} of ${rounds}`);
      figures.push(await hitOnce(cluster, writer));
    }
    await writer.stop();
    await compare(target, writer);
    writer.close();
    return figures;
  } finally {
    await cluster.dispose();
  }
}

async function hitOnce(cluster: ClusterUnderTest, writer: Writer): Promise<Figures> {
  const figures = new Map<Fault, number>();
  for (const [fault, awayMs] of FAULTS) {
    await untilInSync(cluster);
    await delay(2_000);
    writer.takeLongestPauseMs();
    const count = writer.acknowledged.length;
    await strike(fault, { cluster, runtime, topic: TOPIC, awayMs });
    await eventually(
      async () => {
        if (writer.failure !== undefined) throw writer.failure;
        return writer.acknowledged.length > count + PROGRESS_COUNT || undefined;
      },
      () => `progress after: ${fault}`,
    );
    figures.set(fault, writer.takeLongestPauseMs());
  }
  return figures;
}

async function untilInSync(cluster: ClusterUnderTest): Promise<void> {
  const admin = new ClusterAdmin(cluster.node(1));
  await eventually(
    async () => (await admin.partitions(TOPIC))[0]?.isr.length === cluster.nodes.length || undefined,
    () => "three replicas in sync",
  );
}

async function compare(target: string, writer: Writer): Promise<void> {
  const stored = await writer.stored();
  const isSame = String(stored) === String(writer.acknowledged);
  if (!isSame) throw new Error(`${target}: ${writer.acknowledged.length} acknowledged, ${stored.length} stored`);
  console.error(`${target}: ${stored.length} records acknowledged, and stored once and in order`);
}
