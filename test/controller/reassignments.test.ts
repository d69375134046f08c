import { beforeEach, describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { AlterPartitionRequest } from "../../src/protocol/messages/alter-partition.ts";
import { AlterPartitionReassignmentsRequest } from "../../src/protocol/messages/alter-partition-reassignments.ts";
import { IncrementalAlterConfigsRequest } from "../../src/protocol/messages/incremental-alter-configs.ts";
import { ListPartitionReassignmentsRequest } from "../../src/protocol/messages/list-partition-reassignments.ts";
import { TestController, uuid } from "./test-controller.ts";

let node: TestController;

beforeEach(async () => {
  node = await TestController.start();
  await node.idle();
  await node.brokersUp(1, 2, 3, 4, 5);
  await node.createTopic({ name: "t", assignments: [{ partitionIndex: 0, brokerIds: [1, 2, 3] }] });
});

/** Null cancels. */
async function reassign(replicas: number[] | null, allowReplicationFactorChange = true) {
  const response = await node.send(node.controller.alterPartitionReassignments, AlterPartitionReassignmentsRequest, {
    allowReplicationFactorChange,
    topics: [{ name: "t", partitions: [{ partitionIndex: 0, replicas }] }],
  });
  expect(response.errorCode).toBe(0);
  return response.responses[0]!.partitions[0]!;
}

function partition() {
  return node.image.topics.byName("t")!.partitions[0]!;
}

/** The leader reports who is in sync. */
async function inSync(...isr: number[]) {
  const { leader, leaderEpoch, partitionEpoch } = partition();
  await node.send(node.controller.alterPartition, AlterPartitionRequest, {
    brokerId: leader,
    brokerEpoch: node.epochOf(leader),
    topics: [
      {
        topicId: node.image.topics.byName("t")!.id,
        partitions: [
          {
            partitionIndex: 0,
            leaderEpoch,
            partitionEpoch,
            newIsrWithEpochs: isr.map((brokerId) => ({ brokerId, brokerEpoch: node.epochOf(brokerId) })),
          },
        ],
      },
    ],
  });
}

async function list(topics: { name: string; partitionIndexes: number[] }[] | null = null) {
  const response = await node.send(node.controller.listPartitionReassignments, ListPartitionReassignmentsRequest, {
    topics,
  });
  return response.topics;
}

describe("a reassignment", () => {
  test("adds the new replicas, waits until all of them are in sync, and then removes the old ones", async () => {
    expect(await reassign([4, 5])).toMatchObject({ errorCode: 0 });
    expect(partition()).toMatchObject({
      replicas: [4, 5, 1, 2, 3],
      addingReplicas: [4, 5],
      removingReplicas: [1, 2, 3],
      isr: [1, 2, 3],
      leader: 1,
      leaderEpoch: 0,
    });
    expect(await list()).toEqual([
      {
        name: "t",
        partitions: [
          { partitionIndex: 0, replicas: [4, 5, 1, 2, 3], addingReplicas: [4, 5], removingReplicas: [1, 2, 3] },
        ],
      },
    ]);
    await inSync(1, 2, 3, 4);
    expect(partition()).toMatchObject({ replicas: [4, 5, 1, 2, 3], isr: [1, 2, 3, 4] });
    await inSync(1, 2, 3, 4, 5);
    expect(partition()).toMatchObject({
      replicas: [4, 5],
      addingReplicas: [],
      removingReplicas: [],
      isr: [4, 5],
      leader: 4,
      leaderEpoch: 1,
      directories: [uuid(1, 4), uuid(1, 5)],
    });
    expect(await list()).toEqual([]);
  });

  test("a new replica goes to the only directory of its broker; a broker with several chooses itself", async () => {
    await node.register(6, { logDirs: [uuid(1, 6), uuid(2, 6)] });
    await reassign([5, 6, 1]);
    expect(partition().directories).toEqual([uuid(1, 5), "AAAAAAAAAAAAAAAAAAAAAQ", uuid(1, 1), uuid(1, 2), uuid(1, 3)]);
  });

  test("that needs no new replica is done at once, and fences the removed ones off by a new epoch", async () => {
    await reassign([1, 2]);
    expect(partition()).toMatchObject({ replicas: [1, 2], isr: [1, 2], leader: 1, leaderEpoch: 1 });
    expect(await list()).toEqual([]);
  });

  test("ends when all new replicas are in sync, though one that stays is away", async () => {
    await node.heartbeat(2, { wantFence: true });
    await reassign([1, 2, 4]);
    expect(partition()).toMatchObject({ replicas: [1, 2, 4, 3], addingReplicas: [4], removingReplicas: [3] });
    await inSync(1, 3, 4);
    expect(partition()).toMatchObject({ replicas: [1, 2, 4], isr: [1, 4], addingReplicas: [], removingReplicas: [] });
  });

  test("to fewer replicas ends when all that stay are in sync", async () => {
    await node.heartbeat(2, { wantFence: true });
    await reassign([1, 2]);
    expect(partition()).toMatchObject({ replicas: [1, 2, 3], isr: [1, 3], removingReplicas: [3] });
    await node.heartbeat(2);
    await inSync(1, 2, 3);
    expect(partition()).toMatchObject({ replicas: [1, 2], isr: [1, 2], removingReplicas: [] });
  });

  test("to fewer replicas than min.insync.replicas leaves none eligible that is a replica no more", async () => {
    node = await TestController.start({ settings: { "min.insync.replicas": "2" } });
    await node.idle();
    await node.brokersUp(1, 2, 3, 4);
    await node.createTopic({ name: "t", assignments: [{ partitionIndex: 0, brokerIds: [1, 2, 3] }] });
    await reassign([4]);
    await inSync(1, 2, 3, 4);
    expect(partition()).toMatchObject({ replicas: [4], isr: [4], leader: 4, elr: [], lastKnownElr: [] });
    // Killed: when it comes back it is the last known leader, and nobody else could be.
    await node.register(4, { incarnationId: uuid(9, 44), logDirs: [uuid(1, 4)] });
    await node.heartbeat(4);
    expect(partition()).toMatchObject({ isr: [4], leader: 4 });
  });

  test("that only turns the order round is done at once, without a new epoch", async () => {
    await reassign([3, 2, 1]);
    expect(partition()).toMatchObject({ replicas: [3, 2, 1], leader: 1, leaderEpoch: 0 });
  });

  test("to where the partition is changes nothing", async () => {
    const end = node.raft.logEndOffset;
    expect(await reassign([1, 2, 3])).toMatchObject({ errorCode: 0 });
    expect(node.raft.logEndOffset).toBe(end);
  });

  test("of nothing is answered as Apache Kafka does, with an empty message", async () => {
    const request = { allowReplicationFactorChange: true, topics: [] };
    const send = node.controller.alterPartitionReassignments;
    expect(await node.send(send, AlterPartitionReassignmentsRequest, request)).toMatchObject({
      errorCode: 0,
      errorMessage: "",
      responses: [],
    });
  });

  test("can be changed while it is under way", async () => {
    await reassign([1, 2, 4]);
    await reassign([1, 2, 5]);
    expect(partition()).toMatchObject({
      replicas: [1, 2, 5, 3, 4],
      addingReplicas: [5],
      removingReplicas: [3, 4],
    });
  });

  test("can be cancelled, which gives back what it was removing", async () => {
    await reassign([4, 5, 1]);
    await inSync(1, 2, 3, 4);
    expect(await reassign(null)).toMatchObject({ errorCode: 0 });
    expect(partition()).toMatchObject({
      replicas: [1, 2, 3],
      isr: [1, 2, 3],
      addingReplicas: [],
      removingReplicas: [],
      leader: 1,
    });
  });

  test("cannot be cancelled when only new replicas have what is committed", async () => {
    await reassign([4, 5]);
    await inSync(1, 4);
    await node.heartbeat(1, { wantFence: true });
    expect(partition()).toMatchObject({ isr: [4], leader: 4 });
    expect(await reassign(null)).toMatchObject({ errorCode: ErrorCode.INVALID_REPLICA_ASSIGNMENT });
    await node.send(node.controller.incrementalAlterConfigs, IncrementalAlterConfigsRequest, {
      resources: [
        {
          resourceType: 2,
          resourceName: "t",
          configs: [{ name: "unclean.leader.election.enable", configOperation: 0, value: "true" }],
        },
      ],
      validateOnly: false,
    });
    expect(await reassign(null)).toMatchObject({ errorCode: 0 });
    expect(partition()).toMatchObject({ replicas: [1, 2, 3], isr: [2], leader: 2, leaderRecoveryState: 1 });
  });

  test("that is not there cannot be cancelled", async () => {
    expect(await reassign(null)).toEqual({
      partitionIndex: 0,
      errorCode: ErrorCode.NO_REASSIGNMENT_IN_PROGRESS,
      errorMessage: "No partition reassignment is in progress.",
    });
  });

  test("keeps the number of replicas when it is told to, also in the middle of another one", async () => {
    expect(await reassign([4, 5], false)).toEqual({
      partitionIndex: 0,
      errorCode: ErrorCode.INVALID_REPLICATION_FACTOR,
      errorMessage: "The replication factor is changed from 3 to 2",
    });
    expect(await reassign([4, 5, 1], false)).toMatchObject({ errorCode: 0 });
    expect(await reassign([2, 5, 1], false)).toMatchObject({ errorCode: 0 });
  });

  test.each<[string, number[]]>([
    ["nobody", []],
    ["a broker that is not registered", [1, 9]],
    ["a broker twice", [1, 1]],
  ])("to %s is refused", async (_, replicas) => {
    expect(await reassign(replicas)).toMatchObject({ errorCode: ErrorCode.INVALID_REPLICA_ASSIGNMENT });
  });

  test("of what is not there is refused, one by one", async () => {
    const response = await node.send(node.controller.alterPartitionReassignments, AlterPartitionReassignmentsRequest, {
      topics: [
        { name: "none", partitions: [{ partitionIndex: 0, replicas: [1] }] },
        {
          name: "t",
          partitions: [
            { partitionIndex: 7, replicas: [1] },
            { partitionIndex: 0, replicas: [2, 1, 3] },
          ],
        },
      ],
    });
    const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const codes = response.responses.flatMap((topic) => topic.partitions.map((result) => result.errorCode));
    expect(codes).toEqual([unknown, unknown, 0]);
    expect(partition().replicas).toEqual([2, 1, 3]);
  });
});

test("ListPartitionReassignments names of the asked-for partitions those that move", async () => {
  await node.createTopic({ name: "still", assignments: [{ partitionIndex: 0, brokerIds: [1] }] });
  await reassign([4, 5]);
  expect(await list([{ name: "still", partitionIndexes: [0] }])).toEqual([]);
  expect(await list([{ name: "none", partitionIndexes: [0] }])).toEqual([]);
  const [topic] = await list([{ name: "t", partitionIndexes: [0, 1] }]);
  expect(topic!.partitions.map((moving) => moving.partitionIndex)).toEqual([0]);
});
