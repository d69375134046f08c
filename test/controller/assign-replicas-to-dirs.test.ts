import { beforeEach, describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { AssignReplicasToDirsRequest } from "../../src/protocol/messages/assign-replicas-to-dirs.ts";
import { contextOf, TestController, uuid } from "./test-controller.ts";

const UNASSIGNED = "AAAAAAAAAAAAAAAAAAAAAQ";
const LOST = "AAAAAAAAAAAAAAAAAAAAAg";

let node: TestController;

/** Broker 1 has two log directories, the others have one. */
beforeEach(async () => {
  node = await TestController.start();
  await node.idle();
  await node.register(1, { logDirs: [uuid(1, 1), uuid(2, 1)] });
  await node.heartbeat(1);
  await node.brokersUp(2, 3);
  await node.createTopic({
    name: "t",
    assignments: [
      { partitionIndex: 0, brokerIds: [1, 2] },
      { partitionIndex: 1, brokerIds: [2, 1] },
      { partitionIndex: 2, brokerIds: [2, 3] },
    ],
  });
});

const directories = () => node.image.topics.byName("t")!.partitions.map((partition) => partition.directories);

async function assign(
  directoryId: string,
  partitions: readonly number[],
  changes: { brokerId?: number; brokerEpoch?: number; topicId?: string } = {},
  context?: Parameters<TestController["send"]>[3],
) {
  const { brokerId = 1, topicId = node.image.topics.byName("t")!.id } = changes;
  return node.send(
    node.controller.assignReplicasToDirs,
    AssignReplicasToDirsRequest,
    {
      brokerId,
      brokerEpoch: changes.brokerEpoch ?? node.epochOf(brokerId),
      directories: [
        {
          id: directoryId,
          topics: [{ topicId, partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }],
        },
      ],
    },
    context,
  );
}

const errors = (response: Awaited<ReturnType<typeof assign>>) =>
  response.directories[0]?.topics[0]?.partitions.map(({ errorCode }) => errorCode);

test("a replica of a broker with several directories is unassigned until the broker tells where it is", async () => {
  expect(directories()).toEqual([
    [UNASSIGNED, uuid(1, 2)],
    [uuid(1, 2), UNASSIGNED],
    [uuid(1, 2), uuid(1, 3)],
  ]);
  const before = node.image.topics.byName("t")!.partitions[0]!;
  const response = await assign(uuid(2, 1), [0, 1]);
  expect([response.errorCode, errors(response)]).toEqual([ErrorCode.NONE, [0, 0]]);
  expect(directories()).toEqual([
    [uuid(2, 1), uuid(1, 2)],
    [uuid(1, 2), uuid(2, 1)],
    [uuid(1, 2), uuid(1, 3)],
  ]);
  const after = node.image.topics.byName("t")!.partitions[0]!;
  expect([after.leader, after.leaderEpoch, after.partitionEpoch]).toEqual([
    before.leader,
    before.leaderEpoch,
    before.partitionEpoch + 1,
  ]);
});

test("what the metadata says already is no change", async () => {
  await assign(uuid(2, 1), [0]);
  const records = node.committed.length;
  expect(errors(await assign(uuid(2, 1), [0]))).toEqual([0]);
  expect(node.committed.length).toBe(records);
});

test("each partition is answered by itself", async () => {
  const response = await assign(uuid(1, 1), [0, 2, 9]);
  expect(errors(response)).toEqual([
    ErrorCode.NONE,
    ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ]);
  expect(errors(await assign(uuid(1, 1), [0], { topicId: uuid(7, 7) }))).toEqual([ErrorCode.UNKNOWN_TOPIC_ID]);
});

describe("a replica in a directory that is not online", () => {
  test.each([
    ["lost", LOST],
    ["unknown", uuid(5, 5)],
  ])("(%s) leaves the ISR, and its broker leads no more", async (_, directoryId) => {
    expect(node.partitions("t")[0]).toBe("1,2 isr 1,2 leader 1");
    expect(errors(await assign(directoryId, [0]))).toEqual([ErrorCode.NONE]);
    expect(node.partitions("t")[0]).toBe("1,2 isr 2 leader 2");
    expect(directories()[0]).toEqual([directoryId, uuid(1, 2)]);
    expect(node.partitions("t")[1]).toBe("2,1 isr 2,1 leader 2");
  });

  test("cannot be made leader, until it is in a directory that works", async () => {
    await assign(LOST, [0]);
    await node.heartbeat(2, { wantFence: true });
    expect(node.partitions("t")[0]).toMatch(/leader -1/);
    await assign(uuid(1, 1), [0]);
    expect(directories()[0]).toEqual([uuid(1, 1), uuid(1, 2)]);
  });
});

test("a broker of another incarnation, or unknown, is refused as a whole", async () => {
  expect(await assign(uuid(1, 1), [0], { brokerEpoch: 1 })).toMatchObject({
    errorCode: ErrorCode.STALE_BROKER_EPOCH,
    directories: [],
  });
  expect((await assign(uuid(1, 1), [0], { brokerId: 8 })).errorCode).toBe(ErrorCode.STALE_BROKER_EPOCH);
});

test("needs the cluster action", async () => {
  const response = await assign(uuid(1, 1), [0], {}, contextOf(0));
  expect(response).toMatchObject({ errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, directories: [] });
});
