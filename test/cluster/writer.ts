import { ClusterClient } from "../../src/client/cluster-client.ts";
import { Consumer } from "../../src/client/consumer.ts";
import { Producer } from "../../src/client/producer.ts";
import type { Compression } from "../../src/runtime.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";

const PAUSE_MS = 20;

/** Writes numbered records to partition 0 of a topic, with acks=all and idempotence, one after the other. */
export interface Writer {
  /** Values, in the order of their acknowledgements. */
  readonly acknowledged: readonly string[];
  /** The longest time between two acknowledgements, so far or until it was stopped. */
  readonly longestPauseMs: number;
  stop(): void;
  /** Every value that consumers can read, in the order of the log. */
  stored(): Promise<readonly string[]>;
}

export async function startWriter(cluster: SimulatedCluster, topic: string): Promise<Writer> {
  const runtime = cluster.clientRuntime();
  const client = new ClusterClient(runtime, {
    clientId: "writer",
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 10_000,
    retryTimeoutMs: 120_000,
    bootstrap: cluster.addresses,
  });
  const producer = await cluster.settled(
    Producer.open(client, runtime, {
      topic,
      acks: -1,
      compression: "none",
      batchBytes: 1_000_000,
      requestTimeoutMs: 5_000,
      partition: 0,
    }),
  );
  const acknowledged: string[] = [];
  let lastMs = cluster.clock.elapsed();
  let longestMs = 0;
  let isStopped = false;
  const write = async () => {
    for (let number = 0; !isStopped; number++) {
      const value = `${number}`;
      void producer.append({ timestamp: cluster.clock.now(), key: null, value: new TextEncoder().encode(value) });
      await producer.flush();
      acknowledged.push(value);
      longestMs = Math.max(longestMs, cluster.clock.elapsed() - lastMs);
      lastMs = cluster.clock.elapsed();
      await client.pause(PAUSE_MS);
    }
  };
  const writing = write();
  return {
    acknowledged,
    get longestPauseMs() {
      return isStopped ? longestMs : Math.max(longestMs, cluster.clock.elapsed() - lastMs);
    },
    stop: () => {
      isStopped = true;
    },
    stored: async () => {
      await cluster.settled(writing);
      return cluster.settled(readAll(client, runtime, topic));
    },
  };
}

async function readAll(
  client: ClusterClient,
  { compression }: { readonly compression: Compression },
  topic: string,
): Promise<readonly string[]> {
  const values: string[] = [];
  const consumer = await Consumer.open(client, compression, {
    topic,
    start: { kind: "beginning" },
    maxWaitMs: 100,
    maxBytes: 10_000_000,
    readCommitted: false,
  });
  const end = (await consumer.endOffsets()).get(0)!;
  while (consumer.position(0) < end) {
    for (const { records } of await consumer.poll()) {
      for (const record of records) values.push(new TextDecoder().decode(record.value ?? new Uint8Array(0)));
    }
  }
  return values;
}
