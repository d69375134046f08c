import { afterEach, describe, expect, test } from "vitest";
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from "../../src/protocol/messages/alter-partition-reassignments.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../src/protocol/messages/create-topics.ts";
import { MetadataRequest, MetadataResponse } from "../../src/protocol/messages/metadata.ts";
import { firstDifference } from "../replica/test-replicas.ts";
import { SimulatedCluster, type SimulatedNodeOptions } from "./simulated-cluster.ts";
import { Writer } from "./writer.ts";

let cluster: SimulatedCluster;
let writer: Writer | undefined;

afterEach(async () => {
  writer?.close();
  writer = undefined;
  await cluster.stop();
});

/** Three nodes with both roles, unless others are given. */
async function start(settings: Record<string, string> = {}, roles?: readonly SimulatedNodeOptions["roles"][]) {
  const nodes = roles ?? (["broker,controller", "broker,controller", "broker,controller"] as const);
  cluster = await SimulatedCluster.create(nodes.map((role) => ({ roles: role, settings })));
  await cluster.start();
}

/** A partition with the first replica as its leader. */
async function createTopic(name: string, replicas: number[], configs: Record<string, string> = {}): Promise<void> {
  const topic = {
    name,
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds: replicas }],
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  };
  const body = { topics: [topic], timeoutMs: 5_000, validateOnly: false };
  const { topics } = await cluster.ask(replicas[0]!, CreateTopicsRequest, CreateTopicsResponse, body);
  expect(topics[0]!.errorCode).toBe(0);
}

/** As a broker that runs sees it. */
async function partitionOf(name: string) {
  const metadata = await cluster.ask(cluster.runningBrokers[0]!, MetadataRequest, MetadataResponse, {
    topics: [{ name }],
  });
  const { leaderId, isrNodes, replicaNodes } = metadata.topics[0]!.partitions[0]!;
  return { leader: leaderId, isr: [...isrNodes].sort(), replicas: [...replicaNodes] };
}

function logOf(id: number, topic: string) {
  return [...cluster.node(id).logs!.logs()].find((log) => log.topic === topic);
}

function expectSameLogs(topic: string, ...ids: number[]): void {
  for (const id of ids.slice(1)) {
    expect(firstDifference(logOf(id, topic)!, logOf(ids[0]!, topic)!), `broker ${id}`).toBeUndefined();
  }
}

/** Writes to the topic "t" from now on. */
function startWriter(): Promise<Writer> {
  const options = { runtime: cluster.clientRuntime(), bootstrap: cluster.addresses, topic: "t" };
  return cluster.settled(Writer.start(options));
}

/** Everything acknowledged is there once, in order; what was never acknowledged may be, too. */
async function expectAllStored(): Promise<void> {
  await cluster.settled(writer!.stop());
  expect(await cluster.settled(writer!.stored())).toEqual(writer!.acknowledged);
}

test("a topic with three replicas has the same bytes everywhere", async () => {
  await start();
  await createTopic("t", [1, 2, 3]);
  writer = await startWriter();
  await cluster.advance(2_000);
  await expectAllStored();
  await cluster.advance(1_000);
  expect(writer.acknowledged.length).toBeGreaterThan(50);
  expectSameLogs("t", 1, 2, 3);
  expect(await partitionOf("t")).toEqual({ leader: 1, isr: [1, 2, 3], replicas: [1, 2, 3] });
});

describe("a killed process is noticed at once:", () => {
  /** Controllers of their own, so that it is the broker that is missed. */
  const apart = ["controller", "broker", "broker", "broker"] as const;

  test("of the leader", async () => {
    await start({}, apart);
    await createTopic("t", [2, 3, 4], { "min.insync.replicas": "2" });
    writer = await startWriter();
    await cluster.advance(1_000);
    cluster.kill(2);
    await cluster.advance(5_000);
    expect(writer.takeLongestPauseMs()).toBeLessThan(1_000);
    expect(await partitionOf("t")).toMatchObject({ leader: 3, isr: [3, 4] });
    await expectAllStored();
    await cluster.start(2);
    await cluster.advance(3_000);
    expect(await partitionOf("t")).toMatchObject({ leader: 3, isr: [2, 3, 4] });
    expectSameLogs("t", 2, 3, 4);
  });

  test("of a follower", async () => {
    await start({}, apart);
    await createTopic("t", [2, 3, 4], { "min.insync.replicas": "2" });
    writer = await startWriter();
    await cluster.advance(1_000);
    cluster.kill(3);
    await cluster.advance(5_000);
    expect(writer.takeLongestPauseMs()).toBeLessThan(1_000);
    expect(await partitionOf("t")).toMatchObject({ leader: 2, isr: [2, 4] });
    await expectAllStored();
  });

  test("unless that is switched off: then the session of the broker runs out", async () => {
    await start({ "polylog.fast.failover": "false" }, apart);
    await createTopic("t", [2, 3, 4]);
    writer = await startWriter();
    await cluster.advance(1_000);
    cluster.kill(2);
    await cluster.advance(15_000);
    const pauseMs = writer.takeLongestPauseMs();
    expect(pauseMs).toBeGreaterThan(6_000);
    expect(pauseMs).toBeLessThan(11_000);
    await expectAllStored();
  });
});

test("a leader that is also the active controller is killed: both move on, and nothing is lost or repeated", async () => {
  await start();
  await createTopic("t", [1, 2, 3], { "min.insync.replicas": "2" });
  writer = await startWriter();
  await cluster.advance(1_000);
  cluster.kill(1);
  await cluster.advance(10_000);
  expect(writer.takeLongestPauseMs()).toBeLessThan(600);
  await expectAllStored();
  await cluster.start(1);
  await cluster.advance(3_000);
  expect(await partitionOf("t")).toMatchObject({ leader: 2, isr: [1, 2, 3] });
  expectSameLogs("t", 1, 2, 3);
});

test("nodes that are stopped one after the other hand over without a pause", async () => {
  await start();
  await createTopic("t", [1, 2, 3], { "min.insync.replicas": "2" });
  writer = await startWriter();
  for (const id of [1, 2, 3]) {
    await cluster.advance(1_000);
    await cluster.stop(id);
    await cluster.start(id);
    await cluster.advance(2_000);
    expect(await partitionOf("t")).toMatchObject({ isr: [1, 2, 3] });
  }
  expect(writer.takeLongestPauseMs()).toBeLessThan(3_000);
  await expectAllStored();
  await cluster.advance(1_000);
  expectSameLogs("t", 1, 2, 3);
});

test("all nodes are killed at once: what was acknowledged is there when they are back", async () => {
  await start();
  await createTopic("t", [1, 2, 3]);
  writer = await startWriter();
  await cluster.advance(2_000);
  for (const id of [1, 2, 3]) cluster.kill(id);
  await cluster.advance(1_000);
  await cluster.start(1, 2, 3);
  await cluster.advance(5_000);
  await expectAllStored();
  await cluster.advance(1_000);
  expectSameLogs("t", 1, 2, 3);
});

test("with too few replicas in sync acks=all is refused, until enough are back", async () => {
  await start({}, ["controller", "broker", "broker", "broker"]);
  await createTopic("t", [2, 3, 4], { "min.insync.replicas": "2" });
  writer = await startWriter();
  await cluster.advance(1_000);
  cluster.kill(3);
  cluster.kill(4);
  await cluster.advance(2_000);
  const count = writer.acknowledged.length;
  await cluster.advance(5_000);
  expect(writer.acknowledged.length).toBe(count);
  await cluster.start(4);
  await cluster.advance(8_000);
  expect(writer.acknowledged.length).toBeGreaterThan(count);
  await expectAllStored();
});

test("a reassignment moves a partition to other brokers while it is written to", async () => {
  await start({}, ["controller", "broker", "broker", "broker", "broker"]);
  await createTopic("t", [2, 3]);
  writer = await startWriter();
  await cluster.advance(1_000);
  await cluster.ask(2, AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, {
    topics: [{ name: "t", partitions: [{ partitionIndex: 0, replicas: [4, 5] }] }],
  });
  await cluster.advance(4_000);
  expect(await partitionOf("t")).toEqual({ leader: 4, isr: [4, 5], replicas: [4, 5] });
  expect([logOf(2, "t"), logOf(3, "t")]).toEqual([undefined, undefined]);
  expect(writer.takeLongestPauseMs()).toBeLessThan(2_000);
  await expectAllStored();
  await cluster.advance(1_000);
  expectSameLogs("t", 4, 5);
});

test("leadership returns to the preferred replica by itself", async () => {
  await start({ "leader.imbalance.check.interval.seconds": "20" }, ["controller", "broker", "broker"]);
  await createTopic("t", [2, 3]);
  cluster.kill(2);
  await cluster.advance(2_000);
  await cluster.start(2);
  await cluster.advance(3_000);
  expect(await partitionOf("t")).toMatchObject({ leader: 3, isr: [2, 3] });
  await cluster.advance(20_000);
  expect(await partitionOf("t")).toMatchObject({ leader: 2, isr: [2, 3] });
});
