import { runLoad } from "../load/run-load.ts";
import type { MeasuredCluster } from "./measured-cluster.ts";

/** One topic for each node, which leads it. */
const REPLICAS = [
  [1, 2, 3],
  [2, 3, 1],
  [3, 1, 2],
] as const;
const PARTITIONS = 2;

/** Batches of 1 MB to all nodes at once, acks=all, three replicas of each. Figures by their names, which say the unit. */
export async function replicatedProduce(
  cluster: MeasuredCluster,
  recordBytes: number,
  totalBytes: number,
): Promise<Map<string, number>> {
  const topics = REPLICAS.map((_, index) => `produce-${recordBytes}-${index}-${Math.round(performance.now())}`);
  for (const [index, topic] of topics.entries()) {
    await cluster.admin.createTopic(topic, Array(PARTITIONS).fill(REPLICAS[index]), { "min.insync.replicas": "2" });
  }
  for (const topic of topics) await cluster.admin.untilInSync(topic, PARTITIONS, REPLICAS.length);
  const cpuBefore = cluster.cpuSeconds();
  const results = await Promise.all(
    topics.map((topic, index) => {
      const { host, port } = cluster.nodes.node(REPLICAS[index]![0]);
      const batches = { recordBytes, batchBytes: 1_000_000, totalBytes: totalBytes / topics.length };
      const shape = { partitions: PARTITIONS, partitionsPerRequest: 1, connections: 1, compression: "none" } as const;
      return runLoad({ kind: "produce", host, port, topics: [topic], ...shape, ...batches });
    }),
  );
  const seconds = Math.max(...results.map((result) => result.seconds));
  const bytes = results.reduce((sum, result) => sum + result.bytes, 0);
  const figures = new Map([
    [`${recordBytes} B records, MB/s`, bytes / seconds / 1e6],
    [`${recordBytes} B records, CPU s/GB of the three`, (cluster.cpuSeconds() - cpuBefore) / (bytes / 1e9)],
    [`${recordBytes} B records, p99 of a request, ms`, Math.max(...results.map(({ p99Ms }) => p99Ms))],
  ]);
  for (const topic of topics) await cluster.admin.deleteTopic(topic);
  return figures;
}
