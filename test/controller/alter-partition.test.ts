import { beforeEach, describe, expect, test } from "vitest";
import { internalContext } from "../../src/controller/controller-request-context.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { AlterPartitionRequest } from "../../src/protocol/messages/alter-partition.ts";
import { AlterPartitionReassignmentsRequest } from "../../src/protocol/messages/alter-partition-reassignments.ts";
import { IncrementalAlterConfigsRequest } from "../../src/protocol/messages/incremental-alter-configs.ts";
import { contextOf, TestController, uuid } from "./test-controller.ts";

let node: TestController;

beforeEach(async () => {
  node = await TestController.start();
  await node.idle();
  await node.brokersUp(1, 2, 3, 4);
  await node.createTopic({ name: "t", assignments: [{ partitionIndex: 0, brokerIds: [1, 2, 3] }] });
});

/** Of an ISR that a leader asks for: members without an epoch are as registered. */
interface Asked {
  readonly isr: readonly (number | [id: number, epoch: number])[];
  readonly from?: number;
  readonly brokerEpoch?: number;
  readonly leaderEpoch?: number;
  readonly partitionEpoch?: number;
  readonly leaderRecoveryState?: number;
  readonly topicId?: string;
  readonly partitionIndex?: number;
}

async function alter(asked: Asked, context = internalContext(3)) {
  const { from = 1, leaderRecoveryState = 0 } = asked;
  const topic = node.image.topics.byName("t")!;
  const partition = topic.partitions[0]!;
  const members = asked.isr.map((member) => {
    const [brokerId, brokerEpoch] = typeof member === "number" ? [member, node.epochOf(member)] : member;
    return { brokerId, brokerEpoch };
  });
  const response = await node.send(
    node.controller.alterPartition,
    AlterPartitionRequest,
    {
      brokerId: from,
      brokerEpoch: asked.brokerEpoch ?? node.epochOf(from),
      topics: [
        {
          topicId: asked.topicId ?? topic.id,
          partitions: [
            {
              partitionIndex: asked.partitionIndex ?? 0,
              leaderEpoch: asked.leaderEpoch ?? partition.leaderEpoch,
              partitionEpoch: asked.partitionEpoch ?? partition.partitionEpoch,
              leaderRecoveryState,
              ...(context.apiVersion >= 3
                ? { newIsrWithEpochs: members }
                : { newIsr: members.map(({ brokerId }) => brokerId) }),
            },
          ],
        },
      ],
    },
    context,
  );
  return response.topics[0]?.partitions[0] ?? response;
}

describe("AlterPartition", () => {
  test("shrinks and expands the ISR without a new leader epoch", async () => {
    expect(await alter({ isr: [1, 2] })).toMatchObject({
      errorCode: 0,
      leaderId: 1,
      leaderEpoch: 0,
      isr: [1, 2],
      partitionEpoch: 1,
    });
    expect(await alter({ isr: [1, 2, 3] })).toMatchObject({ errorCode: 0, isr: [1, 2, 3], partitionEpoch: 2 });
    expect(node.partitions("t")).toEqual(["1,2,3 isr 1,2,3 leader 1"]);
  });

  test("an ISR that is what it was changes nothing", async () => {
    const end = node.raft.logEndOffset;
    expect(await alter({ isr: [1, 2, 3] })).toMatchObject({ errorCode: 0, partitionEpoch: 0 });
    expect(node.raft.logEndOffset).toBe(end);
  });

  test("members who leave an ISR below the minimum stay eligible, and no longer when it has grown", async () => {
    await node.send(node.controller.incrementalAlterConfigs, IncrementalAlterConfigsRequest, {
      resources: [
        {
          resourceType: 2,
          resourceName: "t",
          configs: [{ name: "min.insync.replicas", configOperation: 0, value: "2" }],
        },
      ],
      validateOnly: false,
    });
    await alter({ isr: [1] });
    expect(node.partitions("t")).toEqual(["1,2,3 isr 1 leader 1 elr 2,3"]);
    await alter({ isr: [1, 3] });
    expect(node.partitions("t")).toEqual(["1,2,3 isr 1,3 leader 1"]);
  });

  test.each<[string, Asked, number]>([
    ["a stale broker epoch", { isr: [1], brokerEpoch: 0 }, ErrorCode.STALE_BROKER_EPOCH],
    ["an unknown topic", { isr: [1], topicId: uuid(3, 3) }, ErrorCode.UNKNOWN_TOPIC_ID],
    ["an unknown partition", { isr: [1], partitionIndex: 9 }, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ["a leader epoch ahead of the controller's", { isr: [1], leaderEpoch: 1 }, ErrorCode.NOT_CONTROLLER],
    ["a partition epoch ahead of the controller's", { isr: [1], partitionEpoch: 1 }, ErrorCode.NOT_CONTROLLER],
    ["an old partition epoch", { isr: [1], partitionEpoch: -1 }, ErrorCode.INVALID_UPDATE_VERSION],
    ["an old leader epoch", { isr: [1], leaderEpoch: -1 }, ErrorCode.FENCED_LEADER_EPOCH],
    ["another broker than the leader", { isr: [1, 2], from: 2 }, ErrorCode.INVALID_REQUEST],
    ["an ISR without the leader", { isr: [2, 3] }, ErrorCode.INVALID_REQUEST],
    ["a member that is no replica", { isr: [1, 4] }, ErrorCode.INVALID_REQUEST],
    ["a member named twice", { isr: [1, 2, 2] }, ErrorCode.INVALID_REQUEST],
    ["a recovery that nothing asked for", { isr: [1], leaderRecoveryState: 1 }, ErrorCode.INVALID_REQUEST],
    ["a recovery state that there is not", { isr: [1], leaderRecoveryState: 7 }, ErrorCode.INVALID_REQUEST],
    ["an earlier incarnation of a member", { isr: [1, [2, 0]] }, ErrorCode.INELIGIBLE_REPLICA],
  ])("refuses %s", async (_, asked, errorCode) => {
    const end = node.raft.logEndOffset;
    expect(await alter(asked)).toMatchObject({ errorCode });
    expect(node.raft.logEndOffset).toBe(end);
  });

  test("lets nobody into the ISR who is fenced or on the way out", async () => {
    await node.heartbeat(2, { wantFence: true });
    expect(await alter({ isr: [1, 2, 3] })).toMatchObject({ errorCode: ErrorCode.INELIGIBLE_REPLICA });
    await node.createTopic({ name: "led-by-3", assignments: [{ partitionIndex: 0, brokerIds: [3, 1] }] });
    await node.heartbeat(3, { wantShutDown: true });
    expect(await alter({ isr: [1, 3] })).toMatchObject({ errorCode: ErrorCode.INELIGIBLE_REPLICA });
  });

  test("asks no epoch of members that came without one", async () => {
    expect(await alter({ isr: [1, [2, -1]] })).toMatchObject({ errorCode: 0, isr: [1, 2] });
    expect(await alter({ isr: [1, 2, 3] }, internalContext(2))).toMatchObject({ errorCode: 0, isr: [1, 2, 3] });
  });

  test("is for brokers only", async () => {
    expect(await alter({ isr: [1] }, contextOf(3))).toMatchObject({
      errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
    });
  });

  test("a leader that recovers from an unclean election is alone until it says that it has recovered", async () => {
    await node.send(node.controller.incrementalAlterConfigs, IncrementalAlterConfigsRequest, {
      resources: [
        {
          resourceType: 2,
          resourceName: "t",
          configs: [
            { name: "unclean.leader.election.enable", configOperation: 0, value: " True" },
            { name: "min.insync.replicas", configOperation: 0, value: "1" },
          ],
        },
      ],
      validateOnly: false,
    });
    await alter({ isr: [1] });
    await node.heartbeat(1, { wantFence: true });
    expect(node.partitions("t")).toEqual(["1,2,3 isr 2 leader 2"]);
    expect(await alter({ isr: [2, 3], from: 2, leaderRecoveryState: 1 })).toMatchObject({
      errorCode: ErrorCode.INVALID_REQUEST,
    });
    expect(await alter({ isr: [2], from: 2 })).toMatchObject({ errorCode: 0, leaderRecoveryState: 0 });
    expect(await alter({ isr: [2], from: 2, leaderRecoveryState: 1 })).toMatchObject({
      errorCode: ErrorCode.INVALID_REQUEST,
    });
  });

  test("a leader whose last report completes its own removal is told that another one leads", async () => {
    await node.send(node.controller.alterPartitionReassignments, AlterPartitionReassignmentsRequest, {
      topics: [{ name: "t", partitions: [{ partitionIndex: 0, replicas: [4, 2] }] }],
    });
    expect(await alter({ isr: [1, 2, 3, 4] })).toMatchObject({ errorCode: ErrorCode.NEW_LEADER_ELECTED });
    expect(node.partitions("t")).toEqual(["4,2 isr 2,4 leader 4"]);
  });
});
