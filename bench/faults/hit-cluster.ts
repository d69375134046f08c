import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Runtime } from "../../src/runtime.ts";
import { ClusterAdmin } from "../../test/clients/cluster/cluster-admin.ts";
import { ClusterUnderTest } from "../../test/clients/cluster/cluster-under-test.ts";
import { type Fault, type Struck, strike } from "../../test/clients/cluster/faults.ts";
import { NodeNetworks } from "../../test/clients/cluster/node-networks.ts";
import type { Pause } from "../../test/cluster/writer.ts";
import { COMMON_FEATURES, launchAny } from "../../test/interop/cluster/launcher.ts";
import { Load } from "./load.ts";
import type { FaultKind } from "./schedule.ts";

/** By fault: the longest times without an acknowledgement, in ms. */
export type Figures = ReadonlyMap<Fault, readonly number[]>;

export interface HitOptions {
  readonly runtime: Runtime;
  /** What each node runs on. */
  readonly software: readonly string[];
  readonly faults: readonly FaultKind[];
  readonly tell: (line: string) => void;
  /** Where what the nodes say is written at the end, a file for each; undefined: nowhere. */
  readonly logs: string | undefined;
}

const TOPIC = "faults";
/** Each node leads one. */
const REPLICAS = [
  [1, 2, 3],
  [2, 3, 1],
  [3, 1, 2],
];
const START_LIMIT_MS = 300_000;
const DISK_BYTES = 192 << 20;
const CALM_MS = 2_000;

/** Has a cluster of its own go through the faults under load. Rejects when a record is lost, repeated or out of order. */
export async function hitCluster(options: HitOptions): Promise<Figures> {
  const needs = new Set(options.faults.map((kind) => kind.needs));
  const networks = needs.has("networks") ? new NodeNetworks(options.software.length) : undefined;
  try {
    const specs = options.software.map((software) => ({ software, roles: "broker,controller" }) as const);
    const cluster = await ClusterUnderTest.create(specs, {
      launcher: (name, properties) => ({ ...launchAny(name, properties), startLimitMs: START_LIMIT_MS }),
      features: COMMON_FEATURES,
      ...(networks && { networks }),
      ...(needs.has("disks") && { diskBytes: DISK_BYTES }),
    });
    try {
      await cluster.start();
      await new ClusterAdmin(cluster.node(1)).createTopic(TOPIC, REPLICAS, { "min.insync.replicas": "2" });
      return await hitAll(cluster, options);
    } catch (error) {
      for (const node of cluster.nodes) options.tell(`${node.name} said last:\n${node.output.slice(-4_000)}`);
      throw error;
    } finally {
      if (options.logs !== undefined) keepLogs(cluster, options.logs);
      await cluster.dispose();
    }
  } finally {
    networks?.dispose();
  }
}

function keepLogs(cluster: ClusterUnderTest, directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const { id, output } of cluster.nodes) writeFileSync(join(directory, `node-${id}.log`), output);
}

/** With what is needed to find the time in the nodes' logs, and to tell what the blow has done from what the return has. */
function described({ beganMs, durationMs }: Pause, struck: Struck, { clock }: Runtime): string {
  const at = new Date(clock.now() - clock.elapsed() + struck.beganMs);
  const hit = `hit at ${at.toTimeString().slice(0, 8)},${String(at.getMilliseconds()).padStart(3, "0")}`;
  const [sinceBlowMs, sinceBackMs] = [beganMs - struck.beganMs, beganMs - struck.backMs].map(Math.round);
  const from = sinceBackMs! > 0 ? `${sinceBackMs} ms after the return` : `${sinceBlowMs} ms after the blow`;
  return `${Math.round(durationMs)} ms from ${from}, which took ${Math.round(struck.doneMs - struck.beganMs)} ms; ${hit}`;
}

async function hitAll(cluster: ClusterUnderTest, { runtime, faults, tell }: HitOptions): Promise<Figures> {
  const load = await Load.start({ runtime, cluster, topic: TOPIC, partitions: REPLICAS.length });
  const figures = new Map<Fault, number[]>();
  const admin = new ClusterAdmin(cluster.node(1));
  try {
    for (const [index, { fault, awayMs }] of faults.entries()) {
      await admin.untilInSync(TOPIC, REPLICAS.length, cluster.nodes.length);
      await load.progress();
      await delay(CALM_MS);
      load.takeLongestPause();
      const struck = await strike(fault, { cluster, runtime, topic: TOPIC, awayMs });
      await load.progress();
      const pause = load.takeLongestPause();
      figures.set(fault, [...(figures.get(fault) ?? []), pause.durationMs]);
      tell(`${index + 1} of ${faults.length}, ${fault}: ${described(pause, struck, runtime)}`);
    }
    await load.compare();
    tell(
      `${load.written} records: all stored once and in order, all given to the group, ${load.repeated} of them again`,
    );
    return figures;
  } finally {
    await load.close();
  }
}
