import { expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../src/protocol/messages/create-topics.ts";
import { DescribeQuorumRequest, DescribeQuorumResponse } from "../../src/protocol/messages/describe-quorum.ts";
import { ProduceRequest, ProduceResponse } from "../../src/protocol/messages/produce.ts";
import { buildBatch } from "../../src/record/batch-builder.ts";
import { SimulatedCluster, type SimulatedNodeOptions } from "./simulated-cluster.ts";

const METADATA = "/metadata";
const COMBINED: SimulatedNodeOptions = { roles: "broker,controller", settings: { "metadata.log.dir": METADATA } };

async function create(cluster: SimulatedCluster, id: number, name: string, brokerIds: number[]): Promise<number> {
  const assignments = [{ partitionIndex: 0, brokerIds }];
  const answer = await cluster.ask(id, CreateTopicsRequest, CreateTopicsResponse, {
    topics: [{ name, numPartitions: -1, replicationFactor: -1, assignments, configs: [] }],
    timeoutMs: 20_000,
    validateOnly: false,
  });
  return answer.topics[0]!.errorCode;
}

async function produce(cluster: SimulatedCluster, id: number, name: string): Promise<number> {
  const records = buildBatch(
    { records: [{ timestamp: 1, key: null, value: new Uint8Array(10) }] },
    cluster.clientRuntime(),
  );
  const body = { acks: -1, timeoutMs: 5_000, topicData: [{ name, partitionData: [{ index: 0, records }] }] };
  const answer = await cluster.ask(id, ProduceRequest, ProduceResponse, body, { version: 12 });
  return answer.responses[0]!.partitionResponses[0]!.errorCode;
}

async function quorum(cluster: SimulatedCluster, id: number) {
  const topics = [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }];
  const answer = await cluster.ask(id, DescribeQuorumRequest, DescribeQuorumResponse, { topics });
  return answer.topics[0]!.partitions[0]!;
}

/** A second after another, each of them with a produce request that is answered at once. */
async function keepsServing(cluster: SimulatedCluster, id: number, name: string, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    const startMs = cluster.clock.elapsed();
    expect(await produce(cluster, id, name)).toBe(ErrorCode.NONE);
    expect(cluster.clock.elapsed() - startMs).toBeLessThan(100);
    await cluster.advance(1_000);
  }
}

test("a node alone whose metadata disk hangs serves on, changes no metadata, and goes on with them afterwards", async () => {
  const cluster = await SimulatedCluster.create([COMBINED]);
  await cluster.start();
  expect(await create(cluster, 1, "t", [1])).toBe(ErrorCode.NONE);
  const { leaderEpoch } = await quorum(cluster, 1);
  const disk = cluster.diskOf(1, METADATA);

  disk.hang();
  await keepsServing(cluster, 1, "t", 12);
  expect(await create(cluster, 1, "u", [1])).toBe(ErrorCode.REQUEST_TIMED_OUT);
  await keepsServing(cluster, 1, "t", 2);
  disk.goOn();
  expect(await create(cluster, 1, "u", [1])).toBe(ErrorCode.NONE);
  await keepsServing(cluster, 1, "t", 5);
  expect((await quorum(cluster, 1)).leaderEpoch).toBe(leaderEpoch);
  expect(disk.held).toEqual([]);
  expect(cluster.logOf(1).filter((line) => /fenc|error/i.test(line))).toEqual([]);

  await cluster.stop();
  await cluster.start();
  expect(await create(cluster, 1, "u", [1])).toBe(ErrorCode.TOPIC_ALREADY_EXISTS);
  await cluster.stop();
});

test("a leader of the quorum whose metadata disk hangs is replaced, serves its partitions on, and follows afterwards", async () => {
  const cluster = await SimulatedCluster.create([COMBINED, COMBINED, COMBINED]);
  await cluster.start();
  const { leaderId } = await quorum(cluster, 1);
  const other = (leaderId % 3) + 1;
  expect(await create(cluster, other, "t", [leaderId])).toBe(ErrorCode.NONE);
  await cluster.advance(1_000);
  const disk = cluster.diskOf(leaderId, METADATA);

  disk.hang();
  await keepsServing(cluster, leaderId, "t", 12);
  expect(await create(cluster, other, "u", [other])).toBe(ErrorCode.NONE);
  const next = await quorum(cluster, other);
  expect(next.leaderId).not.toBe(leaderId);
  disk.goOn();
  await cluster.advance(3_000);
  expect(await quorum(cluster, leaderId)).toMatchObject({ leaderId: next.leaderId, leaderEpoch: next.leaderEpoch });
  expect(await create(cluster, leaderId, "v", [leaderId])).toBe(ErrorCode.NONE);
  expect(await produce(cluster, leaderId, "v")).toBe(ErrorCode.NONE);
  expect(disk.held).toEqual([]);
  await cluster.stop();
});

test("a stop does not wait for a metadata disk that hangs", async () => {
  const cluster = await SimulatedCluster.create([COMBINED]);
  await cluster.start();
  expect(await create(cluster, 1, "t", [1])).toBe(ErrorCode.NONE);
  const disk = cluster.diskOf(1, METADATA);
  disk.hang();
  const startMs = cluster.clock.elapsed();
  await cluster.stop();
  expect(cluster.clock.elapsed() - startMs).toBeLessThan(15_000);
  expect(disk.held).toEqual([]);
  disk.goOn();
  await cluster.advance(100);
  await cluster.start();
  expect(await create(cluster, 1, "t", [1])).toBe(ErrorCode.TOPIC_ALREADY_EXISTS);
  await cluster.stop();
});
