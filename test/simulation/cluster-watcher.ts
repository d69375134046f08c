import type { SimulatedProcess } from "../../adapters/simulator/index.ts";
import type { ClientConnection } from "../../src/client/client-connection.ts";
import { MetadataRequest, MetadataResponse } from "../../src/protocol/messages/metadata.ts";
import type { Cluster, ClusterNode } from "./cluster.ts";
import type { ClusterEvent } from "./cluster-event.ts";

const PERIOD_MS = 8_000;

/** Asks every broker, every few seconds, what it knows of the cluster. */
export class ClusterWatcher {
  readonly #cluster: Cluster;
  readonly #process: SimulatedProcess;
  readonly #saw: (event: ClusterEvent) => void;
  readonly #answers = new Map<number, { readonly atMs: number; readonly answer: MetadataResponse }>();

  constructor(cluster: Cluster, saw: (event: ClusterEvent) => void) {
    this.#cluster = cluster;
    this.#process = cluster.startClient("watcher");
    this.#saw = saw;
    for (const node of cluster.brokers) void this.#watch(node);
  }

  /** What the answers given since then lack of a cluster that is whole. */
  missing(sinceMs: number): string | undefined {
    for (const { id } of this.#cluster.brokers) {
      const known = this.#answers.get(id);
      if (known === undefined || known.atMs < sinceMs) return `broker ${id} does not answer`;
      if (known.answer.brokers.length < this.#cluster.brokers.length) return `broker ${id} misses brokers`;
      const missing = missingOf(known.answer);
      if (missing !== undefined) return `as broker ${id} sees it, ${missing}`;
    }
    return undefined;
  }

  /** By broker, as text; of the answers given last. */
  metadata(): ReadonlyMap<number, string> {
    return new Map([...this.#answers].map(([id, { answer }]) => [id, textOf(answer)]));
  }

  /** Whether all told the same when they were last asked. */
  get isAgreed(): boolean {
    return new Set(this.metadata().values()).size <= 1;
  }

  async #watch(node: ClusterNode): Promise<void> {
    let connection: ClientConnection | undefined;
    for (;;) {
      const askedMs = this.#cluster.scheduler.nowMs;
      try {
        if (!connection?.isOpen) connection = await this.#cluster.connect(this.#process, node);
        const body = { topics: null, allowAutoTopicCreation: false };
        const answer = await connection.request(MetadataRequest, MetadataResponse, body);
        this.#answers.set(node.id, { atMs: askedMs, answer });
        this.#tell(answer);
      } catch {
        // It is asked again.
        connection?.close();
      }
      await new Promise<void>((resolve) => this.#process.clock.schedule(PERIOD_MS, resolve));
    }
  }

  #tell(answer: MetadataResponse): void {
    for (const { name, topicId, partitions } of answer.topics) {
      for (const { partitionIndex, leaderEpoch, leaderId } of partitions) {
        if (leaderId < 0) continue;
        this.#saw({ type: "leader seen", topicId, partition: `${name}-${partitionIndex}`, leaderEpoch, leaderId });
      }
    }
  }
}

function missingOf({ topics }: MetadataResponse): string | undefined {
  for (const { name, partitions } of topics) {
    for (const { partitionIndex, leaderId, isrNodes, replicaNodes } of partitions) {
      if (leaderId < 0) return `${name}-${partitionIndex} has no leader`;
      if (isrNodes.length < replicaNodes.length) return `${name}-${partitionIndex} has only ${isrNodes} in sync`;
    }
  }
  return undefined;
}

function textOf({ brokers, topics, clusterId }: MetadataResponse): string {
  const lines = [`cluster ${clusterId}`];
  for (const { nodeId, host, port } of brokers) lines.push(`broker ${nodeId} ${host}:${port}`);
  for (const { name, topicId, partitions } of topics) {
    for (const { partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes } of partitions) {
      const isr = [...isrNodes].sort().join(",");
      lines.push(`${name} ${topicId} ${partitionIndex}: ${leaderId} ${leaderEpoch} ${replicaNodes} ${isr}`);
    }
  }
  return lines.sort().join("\n");
}
