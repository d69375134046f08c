import { beforeEach, describe, expect, test } from "vitest";
import { featureLevelRecord } from "../../src/controller/record-factory.ts";
import { AlterPartitionRequest } from "../../src/protocol/messages/alter-partition.ts";
import { IncrementalAlterConfigsRequest } from "../../src/protocol/messages/incremental-alter-configs.ts";
import { UpdateFeaturesRequest } from "../../src/protocol/messages/update-features.ts";
import { TestController, uuid } from "./test-controller.ts";

let node: TestController;

beforeEach(async () => {
  node = await TestController.start();
  await node.idle();
});

async function createTopic(...brokerIds: number[]) {
  const created = await node.createTopic({ name: "t", assignments: [{ partitionIndex: 0, brokerIds }] });
  expect(created).toMatchObject({ errorCode: 0 });
}

async function setMinInsyncReplicas(value: number) {
  const response = await node.send(node.controller.incrementalAlterConfigs, IncrementalAlterConfigsRequest, {
    resources: [
      {
        resourceType: 2,
        resourceName: "t",
        configs: [{ name: "min.insync.replicas", configOperation: 0, value: String(value) }],
      },
    ],
    validateOnly: false,
  });
  expect(response.responses[0]!.errorCode).toBe(0);
}

describe("eligible leader replicas", () => {
  test("a member that leaves an ISR below the minimum may lead when the ISR is empty", async () => {
    await node.brokersUp(1, 2, 3);
    await createTopic(1, 2, 3);
    await setMinInsyncReplicas(2);
    await node.heartbeat(3, { wantFence: true });
    expect(node.partitions("t")).toEqual(["1,2,3 isr 1,2 leader 1"]);
    await node.heartbeat(2, { wantFence: true });
    expect(node.partitions("t")).toEqual(["1,2,3 isr 1 leader 1 elr 2"]);
    await node.heartbeat(1, { wantFence: true });
    expect(node.partitions("t")).toEqual(["1,2,3 isr  leader -1 elr 1,2"]);
    await node.heartbeat(3);
    expect(node.partitions("t")).toEqual(["1,2,3 isr  leader -1 elr 1,2"]);
    await node.heartbeat(2);
    expect(node.partitions("t")).toEqual(["1,2,3 isr 2 leader 2 elr 1"]);
  });

  test("are forgotten when the minimum changes", async () => {
    await node.brokersUp(1, 2);
    await createTopic(1, 2);
    await setMinInsyncReplicas(2);
    await node.heartbeat(2, { wantFence: true });
    expect(node.partitions("t")).toEqual(["1,2 isr 1 leader 1 elr 2"]);
    await setMinInsyncReplicas(1);
    expect(node.committed.slice(-2).map((record) => record.type)).toEqual(["ConfigRecord", "ClearElrRecord"]);
    expect(node.partitions("t")).toEqual(["1,2 isr 1 leader 1"]);
  });

  test("are forgotten by a change of the partition, which everybody counts who has the record", async () => {
    await node.brokersUp(1, 2);
    await createTopic(1, 2);
    await setMinInsyncReplicas(2);
    await node.heartbeat(2, { wantFence: true });
    const { id, partitions } = node.image.topics.byName("t")!;
    await setMinInsyncReplicas(1);
    const { leaderEpoch, partitionEpoch } = node.image.topics.byName("t")!.partitions[0]!;
    expect(partitionEpoch).toBe(partitions[0]!.partitionEpoch + 1);
    await node.heartbeat(2);
    const newIsrWithEpochs = [1, 2].map((brokerId) => ({ brokerId, brokerEpoch: node.epochOf(brokerId) }));
    const { topics } = await node.send(node.controller.alterPartition, AlterPartitionRequest, {
      brokerId: 1,
      brokerEpoch: node.epochOf(1),
      topics: [{ topicId: id, partitions: [{ partitionIndex: 0, leaderEpoch, partitionEpoch, newIsrWithEpochs }] }],
    });
    expect(topics[0]!.partitions[0]).toMatchObject({ errorCode: 0, isr: [1, 2], partitionEpoch: partitionEpoch + 1 });
  });

  test("may still be elected when the feature is turned off", async () => {
    await node.brokersUp(1, 2, 3);
    await createTopic(1, 2);
    await setMinInsyncReplicas(2);
    await node.heartbeat(2, { wantFence: true });
    await node.heartbeat(1, { wantFence: true });
    expect(node.partitions("t")).toEqual(["1,2 isr  leader -1 elr 1,2"]);
    await node.send(node.controller.updateFeatures, UpdateFeaturesRequest, {
      featureUpdates: [{ feature: "eligible.leader.replicas.version", maxVersionLevel: 0, upgradeType: 2 }],
    });
    await node.heartbeat(2);
    expect(node.partitions("t")).toEqual(["1,2 isr 2 leader 2"]);
  });

  test("a partition that had no leader has no last one", async () => {
    node = await TestController.start({ bootstrap: [featureLevelRecord("metadata.version", 33)] });
    await node.idle();
    await node.brokersUp(1, 2);
    await createTopic(1);
    await node.heartbeat(1, { wantFence: true });
    expect(node.partitions("t")).toEqual(["1 isr 1 leader -1"]);
    await node.send(node.controller.updateFeatures, UpdateFeaturesRequest, {
      featureUpdates: [{ feature: "eligible.leader.replicas.version", maxVersionLevel: 1, upgradeType: 1 }],
    });
    await node.register(1, { incarnationId: uuid(9, 44) });
    expect(node.image.topics.byName("t")!.partitions[0]).toMatchObject({ isr: [], leader: -1, lastKnownElr: [] });
  });

  test("stay as they are without the feature: the last in-sync replica is kept", async () => {
    const plain = await TestController.start({ bootstrap: [featureLevelRecord("metadata.version", 33)] });
    node = plain;
    await node.idle();
    await node.brokersUp(1);
    await createTopic(1);
    await node.heartbeat(1, { wantFence: true });
    expect(node.partitions("t")).toEqual(["1 isr 1 leader -1"]);
    await node.heartbeat(1);
    expect(node.partitions("t")).toEqual(["1 isr 1 leader 1"]);
  });
});
