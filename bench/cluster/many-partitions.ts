import { setTimeout as delay } from "node:timers/promises";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../src/protocol/messages/create-topics.ts";
import { MetadataRequest, MetadataResponse } from "../../src/protocol/messages/metadata.ts";
import { ZERO_UUID } from "../../src/protocol/uuid.ts";
import type { ClusterNode } from "../../test/clients/cluster/cluster-node.ts";
import { eventually, QuorumUnderTest } from "../../test/clients/cluster/quorum.ts";
import type { MeasuredCluster } from "./measured-cluster.ts";
import { writeToEach } from "./write-to-each.ts";

const PER_TOPIC = 1_000;
const REPLICAS = 3;
const LIMIT_MS = 600_000;
const CALM_MS = 5_000;

/** Creates so many partitions, each with three replicas, and kills a broker that leads a third of them; tells what it found. */
export async function manyPartitions(
  cluster: MeasuredCluster,
  count: number,
  tell: (name: string, value: number) => void,
): Promise<Map<string, number>> {
  const figures = new Map<string, number>();
  const set = (what: string, value: number) => {
    figures.set(`${count} partitions, ${what}`, value);
    tell(what, value);
  };
  const measure = async (what: string, perform: () => Promise<void>) => {
    const [cpuBefore, startedMs] = [cluster.cpuSeconds(), performance.now()];
    await perform();
    set(`${what}, s`, (performance.now() - startedMs) / 1_000);
    set(`${what}, CPU s of those that lived on`, cluster.cpuSeconds() - cpuBefore);
  };
  const topics = Array.from({ length: Math.ceil(count / PER_TOPIC) }, (_, index) => `many-${index}`);
  const { leaderId } = await new QuorumUnderTest(cluster.nodes).caughtUp();
  const [victim, witness] = cluster.nodes.nodes.filter(({ id }) => id !== leaderId) as [ClusterNode, ClusterNode];

  const lookUp = () => leaders(witness, topics, count);
  await measure("created and each written to", async () => {
    for (const topic of topics) await create(cluster.nodes.node(leaderId), topic, Math.min(count, PER_TOPIC));
    await writeToEach(cluster.nodes, await lookUp(), lookUp, LIMIT_MS);
  });
  await delay(CALM_MS);
  const cpuBefore = cluster.cpuSeconds();
  await delay(CALM_MS);
  set("idle, CPU ms a second", ((cluster.cpuSeconds() - cpuBefore) * 1e6) / CALM_MS);
  set("resident memory of the three, MB", cluster.residentMegabytes());

  const led = (await lookUp()).filter(({ leader }) => leader === victim.id);
  await victim.kill();
  await measure("a broker killed, each of its partitions written to", () =>
    writeToEach(cluster.nodes, led, lookUp, LIMIT_MS),
  );
  await victim.start();
  await measure("it is in sync again after it answers", async () => {
    await eventually(
      async () => (await lookUp()).every(({ isr }) => isr === REPLICAS) || undefined,
      () => `${count} partitions with all replicas in sync`,
      LIMIT_MS,
    );
  });
  set("resident memory of the three at the end, MB", cluster.residentMegabytes());
  return figures;
}

export interface LedPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly index: number;
  readonly leader: number;
  /** How many replicas are in sync. */
  readonly isr: number;
}

async function create(node: ClusterNode, name: string, numPartitions: number): Promise<void> {
  const topic = { name, numPartitions, replicationFactor: REPLICAS, assignments: [], configs: [] };
  const body = { topics: [topic], timeoutMs: 30_000, validateOnly: false };
  const answer = await node.ask(CreateTopicsRequest, CreateTopicsResponse, body);
  const { errorCode, errorMessage } = answer.topics[0]!;
  // The answer to an attempt that succeeded may have been lost with a controller that was no longer the active one.
  if (errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.TOPIC_ALREADY_EXISTS)
    throw new Error(`creating ${name} was answered with error ${errorCode}: ${errorMessage}`);
}

/** As this node knows them, when it knows all of them. */
function leaders(node: ClusterNode, topics: readonly string[], count: number): Promise<LedPartition[]> {
  const body = {
    topics: topics.map((name) => ({ name, topicId: ZERO_UUID })),
    allowAutoTopicCreation: false,
  };
  const look = async () => {
    const answer = await node.ask(MetadataRequest, MetadataResponse, body);
    const partitions = answer.topics.flatMap(({ name, topicId, partitions: all }) =>
      all.map(({ partitionIndex, leaderId, isrNodes }): LedPartition => {
        return { topic: name!, topicId, index: partitionIndex, leader: leaderId, isr: isrNodes.length };
      }),
    );
    return partitions.length >= count ? partitions : undefined;
  };
  return eventually(look, () => `${count} partitions in the metadata of node ${node.id}`, LIMIT_MS);
}
