import { describe, expect, test } from "vitest";
import { internalContext } from "../../src/controller/controller-request-context.ts";
import { featureLevelRecord } from "../../src/controller/record-factory.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { AllocateProducerIdsRequest } from "../../src/protocol/messages/allocate-producer-ids.ts";
import { ControllerRegistrationRequest } from "../../src/protocol/messages/controller-registration.ts";
import { CreateTopicsRequest } from "../../src/protocol/messages/create-topics.ts";
import { DescribeQuorumRequest } from "../../src/protocol/messages/describe-quorum.ts";
import { UnregisterControllerRequest } from "../../src/protocol/messages/unregister-controller.ts";
import { metadataRecord } from "../../src/protocol/metadata-records/index.ts";
import { started, type TestController, uuid } from "./test-controller.ts";

function topicRequest(name: string, timeoutMs = 1_000) {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  return { topics: [topic], timeoutMs, validateOnly: false };
}

describe("a new cluster", () => {
  test("writes its bootstrap records in a metadata transaction, and the minimum of in-sync replicas", async () => {
    const node = await started({ settings: { "min.insync.replicas": "2" } });
    expect(node.committed.map(({ type, record }) => [type, record])).toEqual([
      ["BeginTransactionRecord", { name: "Bootstrap records" }],
      ["FeatureLevelRecord", { name: "metadata.version", featureLevel: 33 }],
      ["FeatureLevelRecord", { name: "eligible.leader.replicas.version", featureLevel: 1 }],
      ["ConfigRecord", { resourceType: 4, resourceName: "", name: "min.insync.replicas", value: "2" }],
      ["EndTransactionRecord", {}],
    ]);
    expect(Object.fromEntries(node.image.features)).toEqual({
      "kraft.version": 1,
      "metadata.version": 33,
      "eligible.leader.replicas.version": 1,
    });
  });

  test("of a format that knows no levels gets the default ones", async () => {
    const node = await started({ bootstrap: [] });
    expect(node.image.features.get("metadata.version")).toBe(33);
  });

  test("is told about a level that this node does not support", async () => {
    const node = await started({
      bootstrap: [featureLevelRecord("metadata.version", 33), featureLevelRecord("transaction.version", 2)],
    });
    expect(await node.register(1)).toMatchObject({ errorCode: ErrorCode.UNSUPPORTED_VERSION });
    expect(node.runtime.log.lines.at(-1)).toMatchObject({
      line: "Broker 1 was not registered: Unable to register because the broker does not support finalized version 2 of transaction.version. The broker wants a version between 0 and 0, inclusive.",
    });
  });
});

describe("a restart", () => {
  test("finds everything again and bootstraps nothing twice", async () => {
    const first = await started();
    await first.brokersUp(1);
    await first.createTopic({ name: "t", numPartitions: 3, configs: [{ name: "retention.ms", value: "5" }] });
    await first.raft.close();
    const second = await started({ files: first.runtime.files });
    expect({ ...second.image, offset: 0, epoch: 0, topics: 0, configs: 0 }).toEqual({
      ...first.image,
      offset: 0,
      epoch: 0,
      topics: 0,
      configs: 0,
    });
    expect([...second.image.topics]).toEqual([...first.image.topics]);
    expect([...second.image.configs]).toEqual([...first.image.configs]);
    expect(second.committed.filter((record) => record.type === "BeginTransactionRecord")).toHaveLength(1);
    expect(await second.createTopic({ name: "t" })).toMatchObject({ errorCode: ErrorCode.TOPIC_ALREADY_EXISTS });
  });

  test("in the middle of the bootstrap transaction ends that one and begins again", async () => {
    const begin = metadataRecord("BeginTransactionRecord", 0, { name: "Bootstrap records" });
    const node = await started({ bootstrap: [featureLevelRecord("metadata.version", 33)] });
    // What a leader would have left that wrote half of its bootstrap records and died.
    const half = await started({ bootstrap: [featureLevelRecord("metadata.version", 33)] });
    half.raft.append(half.raft.epoch, [begin, featureLevelRecord("group.version", 1)]);
    await half.idle();
    await half.raft.close();
    const next = await started({ files: half.runtime.files });
    expect(next.committed.at(-1)).toEqual(
      metadataRecord("AbortTransactionRecord", 0, { reason: "Controller failover" }),
    );
    expect(next.image.features).toEqual(node.image.features);
    await next.brokersUp(1);
    expect(await next.createTopic({ name: "t" })).toMatchObject({ errorCode: 0 });
  });
});

describe("a controller that does not lead", () => {
  test("answers NOT_CONTROLLER to every request", async () => {
    const node = await started();
    await node.raft.close();
    expect(node.controller.isActive).toBe(false);
    expect(await node.createTopic({ name: "t" })).toMatchObject({ errorCode: ErrorCode.NOT_CONTROLLER });
    expect(await node.register(1)).toMatchObject({ errorCode: ErrorCode.NOT_CONTROLLER });
    expect(await node.heartbeat(1)).toMatchObject({ errorCode: ErrorCode.NOT_CONTROLLER });
  });

  test("that loses its leadership takes back what was not committed, and fails who waits for it", async () => {
    const node = await started();
    await node.brokersUp(1);
    const codes: (number | undefined)[] = [];
    node.controller.createTopics(internalContext(7), topicRequest("lost"), ({ topics }) => {
      codes.push(topics[0]!.errorCode);
    });
    expect(codes).toEqual([]);
    void node.raft.close();
    expect(codes).toEqual([ErrorCode.NOT_CONTROLLER]);
    await node.idle();
    expect(node.image.topics.size).toBe(0);
  });
});

describe("an answer", () => {
  test("that changes nothing waits for what it tells of", async () => {
    const node = await started();
    await node.brokersUp(1);
    const order: string[] = [];
    node.controller.createTopics(internalContext(7), topicRequest("t"), () => order.push("created"));
    node.controller.createTopics(internalContext(7), topicRequest("t"), () => order.push("exists"));
    expect(order).toEqual([]);
    await node.idle();
    expect(order).toEqual(["created", "exists"]);
    node.controller.createTopics(internalContext(7), topicRequest("t"), () => order.push("at once"));
    expect(order.at(-1)).toBe("at once");
  });

  test("that changes nothing waits for what nobody has asked for, too, and is none when that is taken back", async () => {
    const node = await started();
    await node.brokersUp(1, 2);
    await node.createTopic({ name: "t" });
    const codes: (number | undefined)[] = [];
    const ask = () =>
      node.controller.createTopics(internalContext(7), topicRequest("t"), ({ topics }) => {
        codes.push(topics[0]!.errorCode);
      });
    node.controller.fenceBroker(1, node.epochOf(1));
    ask();
    expect(codes).toEqual([]);
    await node.idle();
    expect(codes).toEqual([ErrorCode.TOPIC_ALREADY_EXISTS]);
    node.controller.fenceBroker(2, node.epochOf(2));
    ask();
    void node.raft.close();
    expect(codes).toEqual([ErrorCode.TOPIC_ALREADY_EXISTS, ErrorCode.NOT_CONTROLLER]);
  });

  test("comes after this node's own image has what it tells", async () => {
    const node = await started();
    await node.brokersUp(1);
    let seen: boolean | undefined;
    node.controller.createTopics(internalContext(7), topicRequest("t"), () => {
      seen = node.image.topics.byName("t") !== undefined;
    });
    await node.idle();
    expect(seen).toBe(true);
  });

  test("is REQUEST_TIMED_OUT when the disk takes longer than the request allows, and comes once", async () => {
    const node = await started();
    await node.brokersUp(1);
    const codes: (number | undefined)[] = [];
    node.controller.createTopics(internalContext(7), topicRequest("slow", 50), ({ topics }) => {
      codes.push(topics[0]!.errorCode);
    });
    node.runtime.clock.advance(50);
    expect(codes).toEqual([ErrorCode.REQUEST_TIMED_OUT]);
    await node.idle();
    expect(codes).toEqual([ErrorCode.REQUEST_TIMED_OUT]);
    expect(node.image.topics.byName("slow")).toBeDefined();
  });

  test.each([0, -1])("is REQUEST_TIMED_OUT within %i ms, and nothing is changed", async (timeoutMs) => {
    const node = await started();
    await node.brokersUp(1);
    const request = topicRequest("late", timeoutMs);
    const create = (topics: typeof request.topics) =>
      node.send(node.controller.createTopics, CreateTopicsRequest, { ...request, topics });
    expect((await create(request.topics)).topics).toMatchObject([{ errorCode: ErrorCode.REQUEST_TIMED_OUT }]);
    expect((await create([])).topics).toEqual([]);
    // What is refused without looking at anything is never late.
    const twice = [...request.topics, ...request.topics];
    expect((await create(twice)).topics).toMatchObject([{ errorCode: ErrorCode.INVALID_REQUEST }]);
    expect(node.image.topics.size).toBe(0);
  });
});

describe("AllocateProducerIds", () => {
  test("gives every block once, and only to the present incarnation of a broker", async () => {
    const node = await started();
    await node.brokersUp(1);
    const allocate = (brokerEpoch: number) =>
      node.send(node.controller.allocateProducerIds, AllocateProducerIdsRequest, { brokerId: 1, brokerEpoch });
    expect(await allocate(node.epochOf(1))).toMatchObject({ errorCode: 0, producerIdStart: 0, producerIdLen: 1000 });
    expect(await allocate(node.epochOf(1))).toMatchObject({ producerIdStart: 1000 });
    expect(node.image.nextProducerId).toBe(2000);
    expect(await allocate(0)).toMatchObject({ errorCode: ErrorCode.STALE_BROKER_EPOCH });
    await node.raft.close();
    const next = await started({ files: node.runtime.files });
    expect(
      await next.send(next.controller.allocateProducerIds, AllocateProducerIdsRequest, {
        brokerId: 1,
        brokerEpoch: node.epochOf(1),
      }),
    ).toMatchObject({ producerIdStart: 2000 });
  });
});

describe("ControllerRegistration", () => {
  test("puts the controller's endpoints and features into the metadata", async () => {
    const node = await started();
    await node.send(node.controller.registerController, ControllerRegistrationRequest, {
      controllerId: 1,
      incarnationId: uuid(9, 1),
      zkMigrationReady: false,
      listeners: [{ name: "CONTROLLER", host: "localhost", port: 9093, securityProtocol: 0 }],
      features: [{ name: "metadata.version", minSupportedVersion: 30, maxSupportedVersion: 33 }],
    });
    expect(node.image.controllers.get(1)).toEqual({
      id: 1,
      incarnationId: uuid(9, 1),
      zkMigrationReady: false,
      listeners: new Map([["CONTROLLER", { name: "CONTROLLER", host: "localhost", port: 9093, securityProtocol: 0 }]]),
      supportedFeatures: new Map([["metadata.version", { min: 30, max: 33 }]]),
    });
  });

  test("is taken back for a controller that will not return", async () => {
    const node = await started();
    const register = (controllerId: number) =>
      node.send(node.controller.registerController, ControllerRegistrationRequest, {
        controllerId,
        incarnationId: uuid(9, controllerId),
        zkMigrationReady: false,
        listeners: [],
        features: [],
      });
    const unregister = (controllerId: number) =>
      node.send(node.controller.unregisterController, UnregisterControllerRequest, { controllerId });
    await register(1);
    await register(2);
    expect(await unregister(2)).toMatchObject({ errorCode: 0 });
    expect([...node.image.controllers.keys()]).toEqual([1]);
    expect(await unregister(2)).toMatchObject({ errorCode: ErrorCode.CONTROLLER_ID_NOT_REGISTERED });
    expect(await unregister(1)).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST });
  });
});

describe("DescribeQuorum", () => {
  const describeQuorum = (node: TestController, topicName: string, partitionIndex: number) =>
    node.send(node.controller.describeQuorum, DescribeQuorumRequest, {
      topics: [{ topicName, partitions: [{ partitionIndex }] }],
    });

  test("shows the leader, the voters and how far they are", async () => {
    const node = await started();
    const { topics, nodes } = await describeQuorum(node, "__cluster_metadata", 0);
    const nowMs = node.runtime.clock.now();
    expect(topics[0]!.partitions[0]).toEqual({
      partitionIndex: 0,
      errorCode: 0,
      errorMessage: "",
      leaderId: 1,
      leaderEpoch: 1,
      highWatermark: 8,
      currentVoters: [
        {
          replicaId: 1,
          replicaDirectoryId: uuid(1, 1),
          logEndOffset: 8,
          lastFetchTimestamp: nowMs,
          lastCaughtUpTimestamp: nowMs,
        },
      ],
      observers: [],
    });
    expect(nodes).toEqual([{ nodeId: 1, listeners: [{ name: "CONTROLLER", host: "127.0.0.1", port: 9093 }] }]);
  });

  test.each([
    ["t", 0],
    ["__cluster_metadata", 1],
  ])("knows no other log: %s-%i", async (topic, partition) => {
    const { topics, nodes } = await describeQuorum(await started(), topic, partition);
    expect(topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(nodes).toEqual([]);
  });
});
