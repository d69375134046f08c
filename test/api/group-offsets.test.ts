import { expect, test } from "vitest";
import { offsetCommit } from "../../src/api/offset-commit.ts";
import { offsetDelete } from "../../src/api/offset-delete.ts";
import { offsetFetch } from "../../src/api/offset-fetch.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { ZERO_UUID } from "../../src/protocol/uuid.ts";
import { ask, startGroupBroker } from "./group-broker.ts";
import { type TestBroker, topicId } from "./test-broker.ts";

const UNKNOWN_ID = topicId("nowhere");

function commit(broker: TestBroker, version: number, topic: string, ...partitions: [number, number | bigint][]) {
  return ask(broker, offsetCommit, version, {
    groupId: "g",
    memberId: "",
    topics: [
      {
        ...(version >= 10 ? { topicId: topicId(topic) } : { name: topic }),
        partitions: partitions.map(([partitionIndex, committedOffset]) => ({
          partitionIndex,
          committedOffset,
          ...(version >= 6 ? { committedLeaderEpoch: 4 } : {}),
          committedMetadata: "note",
        })),
      },
    ],
  });
}

const offset = (partitionIndex: number, committedOffset: number | bigint, committedLeaderEpoch = -1) => ({
  partitionIndex,
  committedOffset,
  committedLeaderEpoch,
  metadata: "note",
  errorCode: 0,
});
const none = (partitionIndex: number, errorCode = 0) => ({
  partitionIndex,
  committedOffset: -1,
  committedLeaderEpoch: -1,
  metadata: "",
  errorCode,
});

test.each([2, 3, 4, 5, 6, 7, 8, 9, 10])(
  "OffsetCommit version %i stores offsets of partitions that exist",
  async (version) => {
    const broker = await startGroupBroker();
    const names = { name: version >= 10 ? "" : "t", topicId: version >= 10 ? topicId("t") : ZERO_UUID };
    expect(commit(broker, version, "t", [0, 5], [9, 5], [1, 2n ** 63n - 1n])?.topics).toEqual([
      {
        ...names,
        partitions: [
          { partitionIndex: 9, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
          { partitionIndex: 0, errorCode: 0 },
          { partitionIndex: 1, errorCode: 0 },
        ],
      },
    ]);
    const unknown = commit(broker, version, "nope", [0, 5])?.topics[0]?.partitions[0]?.errorCode;
    expect(unknown).toBe(version >= 10 ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const response = ask(broker, offsetFetch, 9, { groups: [{ groupId: "g", topics: null }] });
    const epoch = version >= 6 ? 4 : -1;
    expect(response?.groups[0]?.topics[0]?.partitions).toEqual([offset(0, 5, epoch), offset(1, 2n ** 63n - 1n, epoch)]);
  },
);

test.each([1, 2, 3, 4, 5, 6, 7])("OffsetFetch version %i reads the offsets of one group", async (version) => {
  const broker = await startGroupBroker();
  commit(broker, 9, "t", [0, 5]);
  const topics = [
    { name: "t", partitionIndexes: [0, 1] },
    { name: "nope", partitionIndexes: [0] },
  ];
  const stable = version >= 7 ? { requireStable: true } : {};
  expect(ask(broker, offsetFetch, version, { groupId: "g", topics, ...stable })).toMatchObject({
    errorCode: 0,
    topics: [
      { name: "t", partitions: [offset(0, 5, version >= 5 ? 4 : -1), none(1)] },
      { name: "nope", partitions: [none(0)] },
    ],
  });
  if (version === 1) return;
  const all = ask(broker, offsetFetch, version, { groupId: "g", topics: null })!.topics;
  expect(all?.map(({ name, partitions }) => [name, partitions.length])).toEqual([["t", 1]]);
});

test.each([8, 9])("OffsetFetch version %i reads the offsets of several groups", async (version) => {
  const broker = await startGroupBroker();
  commit(broker, 9, "t", [0, 5]);
  const groups = [
    { groupId: "g", topics: null },
    { groupId: "nope", topics: [{ name: "t", partitionIndexes: [0] }] },
    { groupId: "nope", topics: null },
  ];
  expect(ask(broker, offsetFetch, version, { groups })!.groups).toMatchObject([
    { groupId: "g", errorCode: 0, topics: [{ name: "t", partitions: [offset(0, 5, 4)] }] },
    { groupId: "nope", errorCode: 0, topics: [{ name: "t", partitions: [none(0)] }] },
    { groupId: "nope", errorCode: 0, topics: [] },
  ]);
  expect(ask(broker, offsetFetch, version, { groups: [] })!.groups).toEqual([]);
});

test("OffsetFetch version 10 speaks in topic ids", async () => {
  const broker = await startGroupBroker();
  commit(broker, 9, "t", [0, 5]);
  const topics = [
    { topicId: UNKNOWN_ID, partitionIndexes: [0, 1] },
    { topicId: topicId("t"), partitionIndexes: [0] },
  ];
  const groups = [
    { groupId: "g", topics },
    { groupId: "g", topics: null },
  ];
  expect(ask(broker, offsetFetch, 10, { groups })!.groups).toMatchObject([
    {
      topics: [
        { topicId: topicId("t"), partitions: [offset(0, 5, 4)] },
        { topicId: UNKNOWN_ID, partitions: [none(0, ErrorCode.UNKNOWN_TOPIC_ID), none(1, ErrorCode.UNKNOWN_TOPIC_ID)] },
      ],
    },
    { topics: [{ topicId: topicId("t"), partitions: [offset(0, 5, 4)] }] },
  ]);
});

test("OffsetFetch says why nothing can be read: by partition in version 1, by group later", async () => {
  const broker = await startGroupBroker();
  broker.services.groups.close();
  const topics = [{ name: "t", partitionIndexes: [0] }];
  expect(ask(broker, offsetFetch, 1, { groupId: "g", topics })!.topics[0]?.partitions).toEqual([
    none(0, ErrorCode.NOT_COORDINATOR),
  ]);
  expect(ask(broker, offsetFetch, 7, { groupId: "g", topics })).toMatchObject({
    errorCode: ErrorCode.NOT_COORDINATOR,
    topics: [],
  });
  expect(ask(broker, offsetFetch, 8, { groups: [{ groupId: "g", topics }] })!.groups).toMatchObject([
    { groupId: "g", errorCode: ErrorCode.NOT_COORDINATOR, topics: [] },
  ]);
});

test("offsets of a topic that was created again are not those of its predecessor", async () => {
  const broker = await startGroupBroker();
  commit(broker, 9, "t", [0, 5]);
  broker.deleteTopic("t");
  broker.createTopic("t", { id: topicId("t2") });
  const groups = [{ groupId: "g", topics: [{ topicId: topicId("t2"), partitionIndexes: [0] }] }];
  expect(ask(broker, offsetFetch, 10, { groups })!.groups[0]?.topics[0]?.partitions).toEqual([none(0)]);
});

test("OffsetDelete forgets offsets, and tells what does not exist", async () => {
  const broker = await startGroupBroker();
  commit(broker, 9, "t", [0, 5], [1, 6]);
  const topics = [
    { name: "t", partitions: [{ partitionIndex: 9 }, { partitionIndex: 0 }] },
    { name: "nope", partitions: [{ partitionIndex: 0 }] },
    { name: "nothing", partitions: [] },
  ];
  expect(ask(broker, offsetDelete, 0, { groupId: "g", topics })).toMatchObject({
    errorCode: 0,
    topics: [
      { name: "nope", partitions: [{ partitionIndex: 0, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }] },
      { name: "nothing", partitions: [] },
      {
        name: "t",
        partitions: [
          { partitionIndex: 9, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
          { partitionIndex: 0, errorCode: 0 },
        ],
      },
    ],
  });
  const response = ask(broker, offsetFetch, 8, { groups: [{ groupId: "g", topics: null }] });
  expect(response?.groups[0]?.topics[0]?.partitions).toEqual([offset(1, 6, 4)]);
  expect(ask(broker, offsetDelete, 0, { groupId: "nope", topics })).toMatchObject({
    errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
    topics: [],
  });
});

test("commits of a group are answered when all in-sync replicas have them", async () => {
  const broker = await startGroupBroker();
  broker.deleteTopic("__consumer_offsets");
  broker.createTopic("__consumer_offsets", { id: topicId("offsets2"), partitions: 3, replicas: [1, 2] });
  // The disk forgets the topic that was there before.
  await broker.runtime.clock.advanceWithPromises(100);
  const { groups } = broker.services;
  const partition = broker.partition("__consumer_offsets", groups.partitionFor("g"));
  const exchange = broker.send(offsetCommit, 9, {
    groupId: "g",
    memberId: "",
    topics: [{ name: "t", partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: "" }] }],
  });
  expect(exchange.response).toBeUndefined();
  partition.followerFetched(2, 200, 1, 0);
  expect(exchange.response?.topics[0]?.partitions[0]?.errorCode).toBe(0);
});
