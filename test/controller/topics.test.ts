import { beforeEach, describe, expect, test } from "vitest";
import type { ControllerRequestContext } from "../../src/controller/controller-request-context.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { CreatePartitionsRequest } from "../../src/protocol/messages/create-partitions.ts";
import { DeleteTopicsRequest } from "../../src/protocol/messages/delete-topics.ts";
import { contextOf, TestController, uuid } from "./test-controller.ts";

let node: TestController;

beforeEach(async () => {
  node = await TestController.start();
  await node.idle();
  await node.brokersUp(1, 2);
  for (const name of ["a", "b", "c"]) await node.createTopic({ name, replicationFactor: 2 });
});

function deleteTopics(topics: { name?: string; topicId?: string }[], context?: ControllerRequestContext) {
  const request = {
    topics: topics.map(({ name = null, topicId = uuid(0, 0) }) => ({ name, topicId })),
    timeoutMs: 1000,
  };
  return node.send(node.controller.deleteTopics, DeleteTopicsRequest, request, context);
}

function idOf(name: string): string {
  return node.image.topics.byName(name)!.id;
}

describe("DeleteTopics", () => {
  test("deletes by name and by id in one batch, with the topics' settings", async () => {
    const id = idOf("b");
    await node.createTopic({ name: "set", configs: [{ name: "retention.ms", value: "5" }] });
    const { responses } = await deleteTopics([{ topicId: id }, { name: "a" }, { name: "set" }]);
    expect(responses.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ["b", 0],
      ["a", 0],
      ["set", 0],
    ]);
    expect(node.batches.at(-1)!.records.map((record) => record.type)).toEqual(new Array(3).fill("RemoveTopicRecord"));
    expect([...node.image.topics].map((topic) => topic.name)).toEqual(["c"]);
    expect(node.image.topics.byId(id)).toBeUndefined();
    expect(node.image.configs.get(2, "set").size).toBe(0);
    expect(node.deltas.at(-1)!.topics.get(id)).toMatchObject({ before: { name: "b" }, after: undefined });
  });

  test("a deleted name can be created again, with another id and without its old settings", async () => {
    await node.createTopic({ name: "again", configs: [{ name: "retention.ms", value: "5" }] });
    const before = idOf("again");
    await deleteTopics([{ name: "again" }]);
    await node.createTopic({ name: "again" });
    expect(idOf("again")).not.toBe(before);
    expect(node.image.configs.get(2, "again").size).toBe(0);
  });

  test("says what is wrong with each topic that it leaves alone", async () => {
    const { responses } = await deleteTopics([
      { name: "nobody" },
      { topicId: uuid(7, 7) },
      {},
      { name: "a", topicId: uuid(7, 8) },
      { name: "b" },
      { name: "b" },
      { topicId: idOf("c") },
      { name: "c" },
      { topicId: idOf("b") },
      { topicId: idOf("b") },
    ]);
    const byMessage = responses.map(({ name, errorCode, errorMessage }) => `${name} ${errorCode} ${errorMessage}`);
    expect(byMessage.sort()).toEqual([
      "a 42 You may not specify both topic name and topic id.",
      "b 42 Duplicate topic name.",
      "c 42 The provided topic name maps to an ID that was already supplied.",
      "nobody 3 This server does not host this topic-partition.",
      "null 100 This server does not host this topic ID.",
      "null 42 Duplicate topic id.",
      "null 42 Neither topic name nor id were specified.",
    ]);
    expect(node.image.topics.size).toBe(3);
  });

  test("takes names from versions that know nothing else", async () => {
    const request = { topicNames: ["a", "x"], timeoutMs: 1000 };
    const context = contextOf(5, "6 4 kafka-cluster");
    const { responses } = await node.send(node.controller.deleteTopics, DeleteTopicsRequest, request, context);
    expect(responses.map(({ name, errorCode }) => [name, errorCode]).sort()).toEqual([
      ["a", ErrorCode.NONE],
      ["x", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ]);
  });

  test("does not tell those who may not see a topic whether it exists", async () => {
    const context = contextOf(6, "8 2 a", "8 2 b", "6 2 b");
    const { responses } = await deleteTopics(
      [{ name: "a" }, { name: "b" }, { name: "c" }, { topicId: idOf("c") }],
      context,
    );
    expect(responses.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      [null, ErrorCode.TOPIC_AUTHORIZATION_FAILED],
      ["a", ErrorCode.TOPIC_AUTHORIZATION_FAILED],
      ["c", ErrorCode.TOPIC_AUTHORIZATION_FAILED],
      ["b", ErrorCode.NONE],
    ]);
  });

  test.each([
    [2, ErrorCode.INVALID_REQUEST],
    [3, ErrorCode.TOPIC_DELETION_DISABLED],
  ])("in version %i is answered %i when delete.topic.enable is off", async (apiVersion, errorCode) => {
    node = await TestController.start({ settings: { "delete.topic.enable": "false" } });
    await node.idle();
    const request = { topicNames: ["a"], timeoutMs: 1000 };
    const { responses } = await node.send(
      node.controller.deleteTopics,
      DeleteTopicsRequest,
      request,
      contextOf(apiVersion),
    );
    expect(responses).toEqual([
      { name: "a", topicId: uuid(0, 0), errorCode, errorMessage: "Topic deletion is disabled." },
    ]);
  });
});

describe("CreatePartitions", () => {
  function grow(
    name: string,
    count: number,
    assignments: number[][] | null = null,
    options: { validateOnly?: boolean; context?: ControllerRequestContext } = {},
  ) {
    const topic = { name, count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null };
    const request = { topics: [topic], timeoutMs: 1000, validateOnly: options.validateOnly ?? false };
    return node
      .send(node.controller.createPartitions, CreatePartitionsRequest, request, options.context)
      .then(({ results }) => results[0]!);
  }

  test("adds partitions with as many replicas as the topic has", async () => {
    expect(await grow("a", 3)).toEqual({ name: "a", errorCode: 0, errorMessage: null });
    const { partitions } = node.image.topics.byName("a")!;
    expect(partitions.map((partition) => partition.partitionId)).toEqual([0, 1, 2]);
    for (const { replicas, isr } of partitions) {
      expect([...replicas].sort()).toEqual([1, 2]);
      expect(isr).toEqual(replicas);
    }
    expect([...node.deltas.at(-1)!.topics.get(idOf("a"))!.partitions]).toEqual([1, 2]);
  });

  test("assigns replicas as it is told", async () => {
    expect(
      await grow("a", 3, [
        [2, 1],
        [1, 2],
      ]),
    ).toMatchObject({ errorCode: 0 });
    expect(node.partitions("a").slice(1)).toEqual(["2,1 isr 2,1 leader 2", "1,2 isr 1,2 leader 1"]);
  });

  test("with validateOnly writes nothing", async () => {
    expect(await grow("a", 3, null, { validateOnly: true })).toMatchObject({ errorCode: 0 });
    expect(node.partitions("a")).toHaveLength(1);
  });

  test.each([
    ["a", 1, null, ErrorCode.INVALID_PARTITIONS, "Topic already has 1 partition(s)."],
    [
      "a",
      0,
      null,
      ErrorCode.INVALID_PARTITIONS,
      "The topic a currently has 1 partition(s); 0 would not be an increase.",
    ],
    ["x", 4, null, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null],
    [
      "a",
      3,
      [[1, 2]],
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.",
    ],
    [
      "a",
      2,
      [[1]],
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      "The manual partition assignment includes a partition with 1 replica(s), but this is not consistent with previous partitions, which have 2 replica(s).",
    ],
    [
      "a",
      2,
      [[1, 5]],
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      "The manual partition assignment includes broker 5, but no such broker is registered.",
    ],
    ["a", 10_002, null, ErrorCode.POLICY_VIOLATION, "Excessively large number of additional partitions per request."],
  ])("of %s to %i as %j is refused", async (name, count, assignments, errorCode, errorMessage) => {
    expect(await grow(name, count, assignments)).toEqual({ name, errorCode, errorMessage });
    expect(node.partitions("a")).toHaveLength(1);
  });

  test("places nothing when too few brokers are left, and nothing for those who may not", async () => {
    await node.heartbeat(1, { wantFence: true });
    await node.heartbeat(2, { wantFence: true });
    expect(await grow("a", 2)).toMatchObject({ errorCode: ErrorCode.INVALID_REPLICATION_FACTOR });
    expect(await grow("a", 2, null, { context: contextOf(3) })).toMatchObject({
      errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
    });
  });
});
