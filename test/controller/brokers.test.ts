import { beforeEach, describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { AlterPartitionRequest } from "../../src/protocol/messages/alter-partition.ts";
import { AssignReplicasToDirsRequest } from "../../src/protocol/messages/assign-replicas-to-dirs.ts";
import { ElectLeadersRequest } from "../../src/protocol/messages/elect-leaders.ts";
import { UnregisterBrokerRequest } from "../../src/protocol/messages/unregister-broker.ts";
import { TestController, uuid } from "./test-controller.ts";

let node: TestController;

beforeEach(async () => {
  node = await TestController.start();
  await node.idle();
});

function elect(electionType: number, partitions: { topic: string; partitions: number[] }[] | null) {
  return node.send(node.controller.electLeaders, ElectLeadersRequest, { electionType, topicPartitions: partitions });
}

async function createSpread(name: string, ...assignments: number[][]) {
  const created = await node.createTopic({
    name,
    assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
  });
  expect(created).toMatchObject({ errorCode: 0 });
}

describe("a broker", () => {
  test("gets the offset of its registration as its epoch, and works once it has caught up with it", async () => {
    const offset = node.raft.logEndOffset;
    expect(await node.register(1)).toEqual({ throttleTimeMs: 0, errorCode: 0, brokerEpoch: offset });
    expect(node.image.brokers.get(1)).toMatchObject({
      epoch: offset,
      fenced: true,
      listeners: new Map([["PLAINTEXT", { name: "PLAINTEXT", host: "broker-1", port: 9092, securityProtocol: 0 }]]),
      directories: [uuid(1, 1)],
    });
    expect(await node.heartbeat(1, { currentMetadataOffset: offset - 1 })).toMatchObject({
      isCaughtUp: false,
      isFenced: true,
    });
    expect(await node.heartbeat(1, { wantFence: true })).toMatchObject({ isCaughtUp: true, isFenced: true });
    expect(await node.heartbeat(1)).toMatchObject({ isCaughtUp: true, isFenced: false });
    expect(node.image.brokers.get(1)!.fenced).toBe(false);
  });

  test("that registers again in the same incarnation keeps its epoch and its state", async () => {
    await node.brokersUp(1);
    const epoch = node.epochOf(1);
    expect(await node.register(1, { rack: "r" })).toMatchObject({ brokerEpoch: epoch });
    expect(node.image.brokers.get(1)).toMatchObject({ rack: "r", fenced: false });
  });

  test.each([
    ["of another cluster", { clusterId: "x" }, ErrorCode.INCONSISTENT_CLUSTER_ID],
    ["without directories", { logDirs: [] }, ErrorCode.INVALID_REGISTRATION],
    ["with a directory twice", { logDirs: [uuid(1, 9), uuid(1, 9)] }, ErrorCode.INVALID_REGISTRATION],
    ["with a reserved directory", { logDirs: [uuid(0, 99)] }, ErrorCode.INVALID_REGISTRATION],
    ["with another broker's directory", { logDirs: [uuid(1, 1)] }, ErrorCode.INVALID_REGISTRATION],
    ["that names no metadata version", { features: [] }, ErrorCode.INVALID_REGISTRATION],
    [
      "that does not know the metadata version",
      { features: [{ name: "metadata.version", minSupportedVersion: 7, maxSupportedVersion: 30 }] },
      ErrorCode.UNSUPPORTED_VERSION,
    ],
    [
      "that lacks a finalized feature",
      { features: [{ name: "metadata.version", minSupportedVersion: 30, maxSupportedVersion: 33 }] },
      ErrorCode.UNSUPPORTED_VERSION,
    ],
    ["from the time of ZooKeeper", { isMigratingZkBroker: true }, ErrorCode.BROKER_ID_NOT_REGISTERED],
  ])("%s is refused", async (_, changes, errorCode) => {
    await node.brokersUp(1);
    expect(await node.register(2, changes)).toEqual({ throttleTimeMs: 0, errorCode, brokerEpoch: -1 });
    expect(node.image.brokers.has(2)).toBe(false);
  });

  test("with the first id that is not reserved for a directory is accepted", async () => {
    expect(await node.register(2, { logDirs: [uuid(0, 100)] })).toMatchObject({ errorCode: 0 });
  });

  test("cannot take the id of a live one, unless it holds the same directories", async () => {
    await node.brokersUp(1);
    const stranger = { incarnationId: uuid(9, 99), logDirs: [uuid(1, 99)] };
    expect(await node.register(1, stranger)).toMatchObject({ errorCode: ErrorCode.DUPLICATE_BROKER_REGISTRATION });
    expect(await node.register(1, { incarnationId: uuid(9, 98) })).toMatchObject({ errorCode: 0 });
    node.runtime.clock.advance(9_000);
    await node.idle();
    expect(await node.register(1, stranger)).toMatchObject({ errorCode: 0 });
  });

  test("is told when its epoch is stale", async () => {
    await node.brokersUp(1);
    const stale = { throttleTimeMs: 0, errorCode: ErrorCode.STALE_BROKER_EPOCH, isFenced: true };
    expect(await node.heartbeat(1, { brokerEpoch: 0 })).toMatchObject(stale);
    expect(await node.heartbeat(5, { brokerEpoch: 0 })).toMatchObject(stale);
  });

  test("that is silent for its session timeout is fenced, and its partitions get other leaders", async () => {
    await node.brokersUp(1, 2);
    await createSpread("t", [1, 2], [2, 1]);
    node.runtime.clock.advance(5_000);
    await node.heartbeat(2);
    node.runtime.clock.advance(4_500);
    await node.idle();
    expect(node.image.brokers.get(1)!.fenced).toBe(true);
    expect(node.image.brokers.get(2)!.fenced).toBe(false);
    expect(node.partitions("t")).toEqual(["1,2 isr 2 leader 2", "2,1 isr 2 leader 2"]);
    expect(node.image.topics.byName("t")!.partitions.map((partition) => partition.leaderEpoch)).toEqual([1, 0]);
  });

  test("leads nothing any more before it may stop, and others have seen that", async () => {
    await node.brokersUp(1, 2);
    await createSpread("t", [1, 2]);
    const leaving = await node.heartbeat(1, { wantShutDown: true });
    expect(leaving).toMatchObject({ shouldShutDown: false, isFenced: false });
    expect(node.partitions("t")).toEqual(["1,2 isr 2 leader 2"]);
    expect(node.image.brokers.get(1)!.inControlledShutdown).toBe(true);
    expect(await node.heartbeat(1, { wantShutDown: true })).toMatchObject({ shouldShutDown: false });
    await node.heartbeat(2);
    expect(await node.heartbeat(1, { wantShutDown: true })).toMatchObject({ shouldShutDown: true, isFenced: true });
    expect(node.image.brokers.get(1)!.fenced).toBe(true);
  });

  test("gets new replicas again once it has stopped: it will be back", async () => {
    await node.brokersUp(1, 2);
    const createTwice = (name: string) => node.createTopic({ name, numPartitions: 1, replicationFactor: 2 });
    await createSpread("t", [1, 2]);
    await node.heartbeat(1, { wantShutDown: true });
    expect(await createTwice("while")).toMatchObject({ errorCode: ErrorCode.INVALID_REPLICATION_FACTOR });
    await node.heartbeat(2);
    expect(await node.heartbeat(1, { wantShutDown: true })).toMatchObject({ shouldShutDown: true });
    expect(await createTwice("after")).toMatchObject({ errorCode: 0 });
    expect(node.partitions("after")).toEqual(["2,1 isr 2 leader 2"]);
  });

  test("that is alone and stops stays eligible, and leads again when it comes back cleanly", async () => {
    await node.brokersUp(1);
    await createSpread("t", [1]);
    await node.heartbeat(1, { wantShutDown: true });
    expect(await node.heartbeat(1, { wantShutDown: true })).toMatchObject({ shouldShutDown: true });
    expect(node.partitions("t")).toEqual(["1 isr  leader -1 elr 1"]);
    await node.register(1, { incarnationId: uuid(9, 50), previousBrokerEpoch: node.epochOf(1) });
    await node.heartbeat(1);
    expect(node.partitions("t")).toEqual(["1 isr 1 leader 1"]);
    expect(node.image.topics.byName("t")!.partitions[0]).toMatchObject({ leaderRecoveryState: 0, lastKnownElr: [] });
  });

  test("that was alone and was killed leads again as the last known leader, in recovery", async () => {
    await node.brokersUp(1);
    await createSpread("t", [1]);
    await node.register(1, { incarnationId: uuid(9, 50) });
    expect(node.partitions("t")).toEqual(["1 isr  leader -1"]);
    await node.heartbeat(1);
    expect(node.partitions("t")).toEqual(["1 isr 1 leader 1"]);
    expect(node.image.topics.byName("t")!.partitions[0]).toMatchObject({ leaderRecoveryState: 1, lastKnownElr: [] });
  });

  test("that loses a directory no longer leads what is in it", async () => {
    await node.register(1, { logDirs: [uuid(1, 1), uuid(1, 11)] });
    await node.heartbeat(1);
    await node.brokersUp(2);
    await createSpread("t", [1, 2]);
    const [partition] = node.image.topics.byName("t")!.partitions;
    expect(partition!.directories[0]).toBe("AAAAAAAAAAAAAAAAAAAAAQ");
    await node.heartbeat(1, { offlineLogDirs: [uuid(1, 11)] });
    expect(node.image.brokers.get(1)!.directories).toEqual([uuid(1, 1)]);
    expect(node.partitions("t")).toEqual(["1,2 isr 1,2 leader 1"]);
    await node.register(3, { logDirs: [uuid(1, 3)] });
    await node.heartbeat(3);
    await createSpread("u", [3, 2]);
    await node.heartbeat(3, { offlineLogDirs: [uuid(1, 3)] });
    expect(node.partitions("u")).toEqual(["3,2 isr 2 leader 2"]);
  });

  test("that has lost a directory when it comes back leads nothing from there", async () => {
    await node.register(1, { logDirs: [uuid(1, 1), uuid(1, 11)] });
    await node.heartbeat(1);
    await createSpread("t", [1]);
    await node.send(node.controller.assignReplicasToDirs, AssignReplicasToDirsRequest, {
      brokerId: 1,
      brokerEpoch: node.epochOf(1),
      directories: [
        {
          id: uuid(1, 11),
          topics: [{ topicId: node.image.topics.byName("t")!.id, partitions: [{ partitionIndex: 0 }] }],
        },
      ],
    });
    await node.heartbeat(1, { wantFence: true });
    expect(node.partitions("t")).toEqual(["1 isr  leader -1 elr 1"]);
    const offlineLogDirs = [uuid(1, 11)];
    expect(await node.heartbeat(1, { offlineLogDirs })).toMatchObject({ isFenced: true });
    expect(await node.heartbeat(1, { offlineLogDirs })).toMatchObject({ isFenced: false });
    expect(node.partitions("t")).toEqual(["1 isr  leader -1 elr 1"]);
  });

  test("with more partitions than fit a batch is fenced in several", async () => {
    await node.brokersUp(1, 2);
    for (const name of ["a", "b"]) {
      const created = await node.createTopic({ name, numPartitions: 9000, replicationFactor: 2 });
      expect(created).toMatchObject({ errorCode: 0 });
    }
    const before = node.batches.length;
    expect(await node.heartbeat(1, { wantFence: true })).toMatchObject({ errorCode: 0, isFenced: true });
    expect(node.batches.slice(before).map((batch) => batch.records.length)).toEqual([10_000, 8_001]);
    expect(new Set([...node.partitions("a"), ...node.partitions("b")].map((text) => text.slice(4)))).toEqual(
      new Set(["isr 2 leader 2"]),
    );
  });

  test("that is unregistered leaves every ISR and is gone", async () => {
    await node.brokersUp(1, 2);
    await createSpread("t", [1, 2]);
    const unregister = (brokerId: number) =>
      node.send(node.controller.unregisterBroker, UnregisterBrokerRequest, { brokerId });
    expect(await unregister(1)).toMatchObject({ errorCode: 0, errorMessage: "" });
    expect(node.image.brokers.has(1)).toBe(false);
    expect(node.partitions("t")).toEqual(["1,2 isr 2 leader 2"]);
    expect(await unregister(1)).toMatchObject({
      errorCode: ErrorCode.BROKER_ID_NOT_REGISTERED,
      errorMessage: "Broker ID 1 is not currently registered",
    });
  });
});

describe("without being asked, the controller", () => {
  const balance = { settings: { "leader.imbalance.check.interval.seconds": "300" } };

  test("gives leadership back to all preferred replicas, a thousand at a time and without a pause", async () => {
    node = await TestController.start(balance);
    await node.idle();
    await node.brokersUp(1, 2);
    await createSpread("t", ...Array.from({ length: 2_500 }, () => [2, 1]));
    await node.heartbeat(2, { wantFence: true });
    await node.heartbeat(2);
    const topic = () => node.image.topics.byName("t")!;
    const { id } = topic();
    await node.send(node.controller.alterPartition, AlterPartitionRequest, {
      brokerId: 1,
      brokerEpoch: node.epochOf(1),
      topics: [
        {
          topicId: id,
          partitions: topic().partitions.map(({ partitionId, leaderEpoch, partitionEpoch }) => ({
            partitionIndex: partitionId,
            leaderEpoch,
            partitionEpoch,
            newIsrWithEpochs: [1, 2].map((brokerId) => ({ brokerId, brokerEpoch: -1 })),
          })),
        },
      ],
    });
    expect(topic().partitions.every(({ leader }) => leader === 1)).toBe(true);
    for (let second = 0; second < 300; second += 5) {
      node.runtime.clock.advance(5_000);
      await Promise.all([1, 2].map((broker) => node.heartbeat(broker)));
    }
    expect(topic().partitions.every(({ leader }) => leader === 2)).toBe(true);
  });
});

describe("ElectLeaders", () => {
  test("gives the preferred leader its place back", async () => {
    await node.brokersUp(1, 2);
    await createSpread("t", [1, 2], [2, 1]);
    await node.heartbeat(1, { wantFence: true });
    await node.heartbeat(1);
    expect(node.partitions("t")).toEqual(["1,2 isr 2 leader 2", "2,1 isr 2 leader 2"]);
    const all = await elect(0, [{ topic: "t", partitions: [0, 1, 2] }]);
    expect(all.replicaElectionResults).toEqual([
      {
        topic: "t",
        partitionResult: [
          {
            partitionId: 0,
            errorCode: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
            errorMessage: "The preferred leader was not available.",
          },
          {
            partitionId: 1,
            errorCode: ErrorCode.ELECTION_NOT_NEEDED,
            errorMessage: "Leader election not needed for topic partition.",
          },
          { partitionId: 2, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: "No such partition as t-2" },
        ],
      },
    ]);
  });

  test("for all partitions leaves out those that have their leader", async () => {
    await node.brokersUp(1);
    await createSpread("t", [1]);
    expect((await elect(0, null)).replicaElectionResults).toEqual([{ topic: "t", partitionResult: [] }]);
  });

  test("unclean takes any live replica, at the price of the others", async () => {
    await node.brokersUp(1, 2);
    await createSpread("t", [1, 2]);
    await node.heartbeat(2, { wantFence: true });
    await node.heartbeat(1, { wantFence: true });
    expect(node.partitions("t")).toEqual(["1,2 isr  leader -1 elr 1"]);
    const unclean = () => elect(1, [{ topic: "t", partitions: [0] }]);
    expect((await unclean()).replicaElectionResults[0]!.partitionResult[0]).toMatchObject({
      errorCode: ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
    });
    await node.heartbeat(2);
    expect(node.partitions("t")).toEqual(["1,2 isr  leader -1 elr 1"]);
    expect((await unclean()).replicaElectionResults[0]!.partitionResult[0]).toMatchObject({ errorCode: 0 });
    expect(node.partitions("t")).toEqual(["1,2 isr 2 leader 2"]);
    expect(node.image.topics.byName("t")!.partitions[0]!.leaderRecoveryState).toBe(1);
    expect((await unclean()).replicaElectionResults[0]!.partitionResult[0]).toMatchObject({
      errorCode: ErrorCode.ELECTION_NOT_NEEDED,
    });
  });

  test("of an unknown kind is an invalid request", async () => {
    expect(await elect(7, [{ topic: "t", partitions: [0] }])).toMatchObject({
      errorCode: ErrorCode.INVALID_REQUEST,
    });
  });
});
