import { setTimeout as delay } from "node:timers/promises";
import { ProduceRequest, ProduceResponse } from "../../src/protocol/messages/produce.ts";
import type { ClusterUnderTest } from "../../test/clients/cluster/cluster-under-test.ts";
import { recordBatch } from "../../test/clients/wire/record-batch.ts";
import type { LedPartition } from "./many-partitions.ts";
import { answered } from "./step.ts";

const PER_REQUEST = 500;
const PAUSE_MS = 50;
const ACK_LIMIT_MS = 10_000;
const batch = recordBatch([{ value: "a record" }]);

/** Resolves when each partition has acknowledged a record with acks=all; where one has not, its leader is looked up again. */
export async function writeToEach(
  cluster: ClusterUnderTest,
  partitions: readonly LedPartition[],
  lookUp: (limit: AbortSignal) => Promise<readonly LedPartition[]>,
  limit: AbortSignal,
): Promise<void> {
  for (let left = partitions; left.length > 0; ) {
    const byLeader = [...Map.groupBy(left, ({ leader }) => leader)];
    left = (await Promise.all(byLeader.map(([leader, led]) => writeTo(cluster, leader, led)))).flat();
    if (left.length === 0) return;
    limit.throwIfAborted();
    await delay(PAUSE_MS);
    const names = new Set(left.map(nameOf));
    left = (await lookUp(limit)).filter((partition) => names.has(nameOf(partition)));
  }
}

/** Answers those that did not take one. */
async function writeTo(cluster: ClusterUnderTest, leader: number, led: readonly LedPartition[]) {
  const node = cluster.nodes.find(({ id, isRunning }) => id === leader && isRunning);
  if (node === undefined) return led;
  const refused: LedPartition[] = [];
  for (let at = 0; at < led.length; at += PER_REQUEST) {
    const chunk = led.slice(at, at + PER_REQUEST);
    const topicData = [...Map.groupBy(chunk, ({ topic }) => topic)].map(([name, partitions]) => ({
      name,
      topicId: partitions[0]!.topicId,
      partitionData: partitions.map(({ index }) => ({ index, records: batch })),
    }));
    const body = { acks: -1, timeoutMs: ACK_LIMIT_MS, topicData };
    const answer = await answered(node.ask(ProduceRequest, ProduceResponse, body));
    if (answer === undefined) {
      refused.push(...chunk);
      continue;
    }
    const failed = answer.responses.flatMap(({ name, topicId, partitionResponses }) =>
      partitionResponses.filter(({ errorCode }) => errorCode !== 0).map(({ index }) => `${name || topicId}-${index}`),
    );
    const names = new Set(failed);
    refused.push(...chunk.filter((p) => names.has(nameOf(p)) || names.has(`${p.topicId}-${p.index}`)));
  }
  return refused;
}

function nameOf({ topic, index }: LedPartition): string {
  return `${topic}-${index}`;
}
