import { setTimeout as delay } from "node:timers/promises";
import type { Runtime } from "../../src/runtime.ts";
import { ClusterAdmin } from "../../test/clients/cluster/cluster-admin.ts";
import { ClusterUnderTest } from "../../test/clients/cluster/cluster-under-test.ts";
import { type Fault, strike } from "../../test/clients/cluster/faults.ts";
import { NodeNetworks } from "../../test/clients/cluster/node-networks.ts";
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
      await cluster.dispose();
    }
  } finally {
    networks?.dispose();
  }
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
      load.takeLongestPauseMs();
      await strike(fault, { cluster, runtime, topic: TOPIC, awayMs });
      await load.progress();
      const pauseMs = load.takeLongestPauseMs();
      figures.set(fault, [...(figures.get(fault) ?? []), pauseMs]);
      tell(`${index + 1} of ${faults.length}, ${fault}: ${Math.round(pauseMs)} ms`);
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
