import { beforeEach, describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { CreateTopicsRequest } from "../../src/protocol/messages/create-topics.ts";
import { contextOf, TestController, uuid } from "./test-controller.ts";

let node: TestController;

beforeEach(async () => {
  node = await TestController.start({ settings: { "num.partitions": "2" } });
  await node.idle();
  await node.brokersUp(1);
});

describe("CreateTopics", () => {
  test("writes topic, settings and partitions as one batch, and answers when they are in the image", async () => {
    const before = node.batches.length;
    const created = await node.createTopic({
      name: "orders",
      numPartitions: 3,
      replicationFactor: 1,
      configs: [{ name: "retention.ms", value: "1000" }],
    });
    expect(created).toMatchObject({ name: "orders", errorCode: 0, errorMessage: null, numPartitions: 3 });
    expect(node.batches.length).toBe(before + 1);
    expect(node.batches.at(-1)!.records.map(({ type, version }) => `${type} ${version}`)).toEqual([
      "TopicRecord 0",
      "ConfigRecord 0",
      "PartitionRecord 2",
      "PartitionRecord 2",
      "PartitionRecord 2",
    ]);
    const topic = node.image.topics.byName("orders")!;
    expect(topic.id).toBe(created.topicId);
    expect(node.image.topics.byId(topic.id)).toBe(topic);
    expect(node.image.topics.partitionCount).toBe(3);
    expect(topic.partitions[2]).toEqual({
      partitionId: 2,
      replicas: [1],
      directories: ["AQAAAAAAAAAAAAAAAAAAAQ"],
      isr: [1],
      removingReplicas: [],
      addingReplicas: [],
      elr: [],
      lastKnownElr: [],
      leader: 1,
      leaderRecoveryState: 0,
      leaderEpoch: 0,
      partitionEpoch: 0,
    });
    expect(node.image.configs.get(2, "orders")).toEqual(new Map([["retention.ms", "1000"]]));
    expect(created.configs!.find((config) => config.name === "retention.ms")).toEqual({
      name: "retention.ms",
      value: "1000",
      readOnly: false,
      configSource: 1,
      isSensitive: false,
    });
  });

  test("takes counts left to the broker from its defaults", async () => {
    await node.createTopic({ name: "defaults" });
    expect(node.partitions("defaults")).toEqual(["1 isr 1 leader 1", "1 isr 1 leader 1"]);
  });

  test("with validateOnly checks, answers what would be, and writes nothing", async () => {
    const endOffset = node.raft.logEndOffset;
    expect(await node.createTopic({ name: "maybe" }, { validateOnly: true })).toMatchObject({
      errorCode: 0,
      numPartitions: 2,
      replicationFactor: 1,
    });
    expect(await node.createTopic({ name: "b d" }, { validateOnly: true })).toMatchObject({ errorCode: 17 });
    expect(node.raft.logEndOffset).toBe(endOffset);
    expect(node.image.topics.byName("maybe")).toBeUndefined();
  });

  test("a second request decides on what the first has written, before it is committed", async () => {
    const codes: (number | undefined)[] = [];
    const request = {
      topics: [{ name: "twice", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 1000,
      validateOnly: false,
    };
    const context = contextOf(7, "5 4 kafka-cluster");
    for (let attempt = 0; attempt < 2; attempt++) {
      node.controller.createTopics(context, request, ({ topics }) => codes.push(topics[0]!.errorCode));
    }
    expect(codes).toEqual([]);
    await node.idle();
    expect(codes).toEqual([ErrorCode.NONE, ErrorCode.TOPIC_ALREADY_EXISTS]);
  });

  test("places nothing on a broker of which all log directories are cordoned, and takes no order to", async () => {
    await node.register(2, { logDirs: [uuid(1, 2), uuid(1, 22)] });
    await node.heartbeat(2, { cordonedLogDirs: [uuid(1, 2)] });
    expect(await node.createTopic({ name: "one", numPartitions: 1, replicationFactor: 2 })).toMatchObject({
      errorCode: 0,
    });
    await node.heartbeat(2, { cordonedLogDirs: [uuid(1, 2), uuid(1, 22)] });
    await node.createTopic({ name: "placed", numPartitions: 10, replicationFactor: 1 });
    expect(node.partitions("placed")).toEqual(Array.from({ length: 10 }, () => "1 isr 1 leader 1"));
    const assignments = [{ partitionIndex: 0, brokerIds: [1, 2] }];
    expect(await node.createTopic({ name: "ordered", assignments })).toMatchObject({
      errorCode: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      errorMessage: "The manual partition assignment includes broker 2, but all its log directories are cordoned.",
    });
    await node.heartbeat(2, { cordonedLogDirs: [] });
    expect(await node.createTopic({ name: "ordered", assignments })).toMatchObject({ errorCode: 0 });
  });

  test.each([
    [{ name: "" }, ErrorCode.INVALID_TOPIC_EXCEPTION, "Topic name is invalid: the empty string is not allowed"],
    [
      { name: "__cluster_metadata" },
      ErrorCode.INVALID_REQUEST,
      "Creation of internal topic __cluster_metadata is prohibited.",
    ],
    [
      { numPartitions: 0 },
      ErrorCode.INVALID_PARTITIONS,
      "Number of partitions was set to an invalid non-positive value.",
    ],
    [
      { replicationFactor: 0 },
      ErrorCode.INVALID_REPLICATION_FACTOR,
      "Replication factor must be larger than 0, or -1 to use the default value.",
    ],
    [
      { replicationFactor: 3 },
      ErrorCode.INVALID_REPLICATION_FACTOR,
      "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.",
    ],
    [{ numPartitions: 10_001 }, ErrorCode.POLICY_VIOLATION, "Excessively large number of partitions per request."],
    [
      { configs: [{ name: "retention.ms", value: null }] },
      ErrorCode.INVALID_CONFIG,
      "Null value not supported for topic configs: retention.ms",
    ],
    [{ configs: [{ name: "no.such", value: "1" }] }, ErrorCode.INVALID_CONFIG, "Unknown topic config name: no.such"],
    [
      { assignments: [{ partitionIndex: 0, brokerIds: [1] }], numPartitions: 1 },
      ErrorCode.INVALID_REQUEST,
      "A manual partition assignment was specified, but numPartitions was not set to -1.",
    ],
    [
      { assignments: [{ partitionIndex: 0, brokerIds: [1] }], replicationFactor: 1 },
      ErrorCode.INVALID_REQUEST,
      "A manual partition assignment was specified, but replication factor was not set to -1.",
    ],
    [
      { assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      "partitions should be a consecutive 0-based integer sequence",
    ],
    [
      {
        assignments: [
          { partitionIndex: 0, brokerIds: [1] },
          { partitionIndex: 0, brokerIds: [1] },
        ],
      },
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      "Found multiple manual partition assignments for partition 0",
    ],
    [
      { assignments: [{ partitionIndex: 0, brokerIds: [] }] },
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      "The manual partition assignment includes an empty replica list.",
    ],
    [
      { assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }] },
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      "The manual partition assignment includes the broker 1 more than once.",
    ],
    [
      { assignments: [{ partitionIndex: 0, brokerIds: [7] }] },
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      "The manual partition assignment includes broker 7, but no such broker is registered.",
    ],
  ])("refuses %j", async (topic, errorCode, errorMessage) => {
    expect(await node.createTopic(topic)).toMatchObject({ errorCode, errorMessage });
    expect(node.image.topics.size).toBe(0);
  });

  test("refuses a name whose metrics would be mixed up with another's, until that one is deleted", async () => {
    await node.createTopic({ name: "a.b" });
    expect(await node.createTopic({ name: "a_b" })).toMatchObject({
      errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION,
      errorMessage: "Topic 'a_b' collides with existing topic: a.b",
    });
    expect(await node.createTopic({ name: "a.b" })).toMatchObject({
      errorCode: ErrorCode.TOPIC_ALREADY_EXISTS,
      errorMessage: "Topic 'a.b' already exists.",
    });
  });

  test("assigns replicas as it is told, and counts only brokers that work as in sync", async () => {
    await node.brokersUp(2);
    await node.register(3);
    const assignments = [
      { partitionIndex: 1, brokerIds: [3, 1] },
      { partitionIndex: 0, brokerIds: [2, 1] },
    ];
    expect(await node.createTopic({ name: "manual", assignments })).toMatchObject({
      errorCode: 0,
      replicationFactor: 2,
    });
    expect(node.partitions("manual")).toEqual(["2,1 isr 2,1 leader 2", "3,1 isr 1 leader 1"]);
    expect(
      await node.createTopic({ name: "fenced", assignments: [{ partitionIndex: 0, brokerIds: [3] }] }),
    ).toMatchObject({
      errorCode: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      errorMessage:
        "All brokers specified in the manual partition assignment for partition 0 are fenced or in controlled shutdown.",
    });
    expect(
      await node.createTopic({
        name: "uneven",
        assignments: [
          { partitionIndex: 0, brokerIds: [1] },
          { partitionIndex: 1, brokerIds: [1, 2] },
        ],
      }),
    ).toMatchObject({
      errorMessage:
        "The manual partition assignment includes a partition with 2 replica(s), but this is not consistent with previous partitions, which have 1 replica(s).",
    });
  });

  test("each topic of a request succeeds or fails by itself; a name given twice fails", async () => {
    const plain = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    const { topics } = await node.send(node.controller.createTopics, CreateTopicsRequest, {
      topics: [
        { ...plain, name: "good" },
        { ...plain, name: "double" },
        { ...plain, name: "bad", numPartitions: -2 },
        { ...plain, name: "double" },
      ],
    });
    expect(topics.map(({ name, errorCode, errorMessage }) => [name, errorCode, errorMessage])).toEqual([
      ["good", 0, null],
      ["double", ErrorCode.INVALID_REQUEST, "Duplicate topic name."],
      ["bad", ErrorCode.INVALID_PARTITIONS, "Number of partitions was set to an invalid non-positive value."],
    ]);
    expect(node.image.topics.size).toBe(1);
  });

  test("counts toward its limit only topics that are to be created", async () => {
    const plain = { numPartitions: 6_000, replicationFactor: 1, assignments: [], configs: [] };
    const create = (...names: string[]) =>
      node.send(
        node.controller.createTopics,
        CreateTopicsRequest,
        { topics: names.map((name) => ({ ...plain, name, numPartitions: name === "good" ? 1 : 6_000 })) },
        contextOf(7, "5 2 good", "5 2 double", "5 2 __cluster_metadata", "5 2 large"),
      );
    const errorCodes = async (...names: string[]) => (await create(...names)).topics.map(({ errorCode }) => errorCode);
    const { INVALID_REQUEST, TOPIC_AUTHORIZATION_FAILED, POLICY_VIOLATION } = ErrorCode;
    expect(await errorCodes("double", "double", "__cluster_metadata", "foreign", "good")).toEqual([
      INVALID_REQUEST,
      INVALID_REQUEST,
      TOPIC_AUTHORIZATION_FAILED,
      0,
    ]);
    expect(await errorCodes("large", "good", "larg.e")).toEqual([
      0,
      ErrorCode.TOPIC_ALREADY_EXISTS,
      TOPIC_AUTHORIZATION_FAILED,
    ]);
    expect(await errorCodes("large", "double")).toEqual([POLICY_VIOLATION, POLICY_VIOLATION]);
  });

  test("creates for those who may create the topic, and shows settings to those who may see them", async () => {
    const creator = contextOf(7, "5 2 mine");
    expect(await node.createTopic({ name: "mine" }, { context: creator })).toMatchObject({
      errorCode: 0,
      topicConfigErrorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
      numPartitions: -1,
    });
    expect(await node.createTopic({ name: "yours" }, { context: creator })).toMatchObject({
      errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
      errorMessage: "Authorization failed.",
    });
  });
});
