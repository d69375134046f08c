import { setTimeout as delay } from "node:timers/promises";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../src/protocol/messages/create-topics.ts";
import { MetadataRequest, MetadataResponse } from "../../src/protocol/messages/metadata.ts";
import { ZERO_UUID } from "../../src/protocol/uuid.ts";
import type { ClusterNode } from "../../test/clients/cluster/cluster-node.ts";
import { QuorumUnderTest } from "../../test/clients/cluster/quorum.ts";
import type { MeasuredCluster } from "./measured-cluster.ts";
import { answered, endsWithin, type Figure, type Figures } from "./step.ts";
import { writeToEach } from "./write-to-each.ts";

const PER_TOPIC = 1_000;
const REPLICAS = 3;
const CALM_MS = 5_000;
const LOOK_INTERVAL_MS = 50;

export interface ManyPartitions {
  readonly count: number;
  /** For each step; what was used until then is told of one that takes longer, and nothing of the steps after it. */
  readonly limitMs: number;
  readonly tell: (name: string, figure: Figure) => void;
}

/** Creates so many partitions, each with three replicas, and kills a broker that leads a third of them; answers what it found. */
export async function manyPartitions(
  cluster: MeasuredCluster,
  { count, limitMs, tell }: ManyPartitions,
): Promise<Figures> {
  const figures = new Map<string, Figure>();
  const set = (what: string, value: number, isLeast = false) => {
    figures.set(`${count} partitions, ${what}`, { value, isLeast });
    tell(what, { value, isLeast });
  };
  const measure = async (what: string, perform: (limit: AbortSignal) => Promise<void>) => {
    const [cpuBefore, startedMs] = [cluster.cpuSeconds(), performance.now()];
    const ended = await endsWithin(limitMs, perform);
    set(`${what}, s`, (performance.now() - startedMs) / 1_000, !ended);
    set(`${what}, CPU s of those that lived on`, cluster.cpuSeconds() - cpuBefore, !ended);
    return ended;
  };
  const topics = Array.from({ length: Math.ceil(count / PER_TOPIC) }, (_, index) => `many-${index}`);
  const { leaderId } = await new QuorumUnderTest(cluster.nodes).caughtUp();
  const [victim, witness] = cluster.nodes.nodes.filter(({ id }) => id !== leaderId) as [ClusterNode, ClusterNode];
  const lookUp = (limit: AbortSignal) => leaders(witness, topics, count, limit);

  const created = await measure("created and each written to", async (limit) => {
    for (const topic of topics) await create(cluster.nodes.node(leaderId), topic, Math.min(count, PER_TOPIC), limit);
    await writeToEach(cluster.nodes, await lookUp(limit), lookUp, limit);
  });
  if (!created) {
    set("resident memory of the three, MB", cluster.residentMegabytes(), true);
    return figures;
  }
  await delay(CALM_MS);
  const cpuBefore = cluster.cpuSeconds();
  await delay(CALM_MS);
  set("idle, CPU ms a second", ((cluster.cpuSeconds() - cpuBefore) * 1e6) / CALM_MS);
  set("resident memory of the three, MB", cluster.residentMegabytes());

  const led = (await lookUp(AbortSignal.timeout(limitMs))).filter(({ leader }) => leader === victim.id);
  await victim.kill();
  const failedOver = await measure("a broker killed, each of its partitions written to", (limit) =>
    writeToEach(cluster.nodes, led, lookUp, limit),
  );
  if (!failedOver) return figures;
  const isBack = await measure("it is started, until it answers", (limit) => untilStarted(victim, limit));
  if (!isBack) return figures;
  await measure("it is in sync again after it answers", async (limit) => {
    while (!(await lookUp(limit)).every(({ isr }) => isr === REPLICAS)) await delay(LOOK_INTERVAL_MS);
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

async function untilStarted(node: ClusterNode, limit: AbortSignal): Promise<void> {
  const started = node.start();
  const givenUp = new Promise<never>((_, reject) => limit.addEventListener("abort", () => reject(limit.reason)));
  // It may fail only when the cluster is ended.
  started.catch(() => {});
  await Promise.race([started, givenUp]);
}

async function create(node: ClusterNode, name: string, numPartitions: number, limit: AbortSignal): Promise<void> {
  const topic = { name, numPartitions, replicationFactor: REPLICAS, assignments: [], configs: [] };
  const body = { topics: [topic], timeoutMs: 30_000, validateOnly: false };
  for (;;) {
    const answer = await answered(node.ask(CreateTopicsRequest, CreateTopicsResponse, body));
    const { errorCode, errorMessage } = answer?.topics[0] ?? { errorCode: ErrorCode.REQUEST_TIMED_OUT };
    // The answer to an attempt that succeeded may have been lost, or have come too late.
    if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) return;
    if (errorCode !== ErrorCode.REQUEST_TIMED_OUT)
      throw new Error(`creating ${name} was answered with error ${errorCode}: ${errorMessage}`);
    limit.throwIfAborted();
  }
}

/** As this node knows them, when it knows all of them. */
async function leaders(node: ClusterNode, topics: readonly string[], count: number, limit: AbortSignal) {
  const body = {
    topics: topics.map((name) => ({ name, topicId: ZERO_UUID })),
    allowAutoTopicCreation: false,
  };
  for (;;) {
    const answer = await answered(node.ask(MetadataRequest, MetadataResponse, body));
    const partitions = (answer?.topics ?? []).flatMap(({ name, topicId, partitions: all }) =>
      all.map(({ partitionIndex, leaderId, isrNodes }): LedPartition => {
        return { topic: name!, topicId, index: partitionIndex, leader: leaderId, isr: isrNodes.length };
      }),
    );
    if (partitions.length >= count) return partitions;
    limit.throwIfAborted();
    await delay(LOOK_INTERVAL_MS);
  }
}
