import { describe, expect, test } from "vitest";
import { fetch } from "../../src/api/fetch.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import type { FetchRequest } from "../../src/protocol/messages/fetch.ts";
import type { Input } from "../../src/protocol/schema.ts";
import { batchOffsets, TestBroker, topicId } from "./test-broker.ts";

type Request = Input<typeof FetchRequest>;

const LATEST = 18;
const BY_NAME = 12;

/** A client of one session: names topics, keeps id and epoch. */
class SessionClient {
  id = 0;
  epoch = 0;
  private readonly broker: TestBroker;
  private readonly version: number;

  constructor(broker: TestBroker, version = LATEST) {
    this.broker = broker;
    this.version = version;
  }

  send(offsets: Record<string, number>, options: { forget?: string[]; maxWaitMs?: number } = {}) {
    const at = (topic: string) => ({ topic, topicId: topicId(topic) });
    const topics = Object.entries(offsets).map(([topic, fetchOffset]) => ({
      ...at(topic),
      partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 100_000 }],
    }));
    const forgottenTopicsData = (options.forget ?? []).map((topic) => ({ ...at(topic), partitions: [0] }));
    const request: Request = {
      maxWaitMs: options.maxWaitMs ?? 0,
      minBytes: 1,
      sessionId: this.id,
      sessionEpoch: this.epoch,
      topics,
      forgottenTopicsData,
    };
    return this.broker.send(fetch, this.version, request);
  }

  /** Sends, remembers the session and answers [topic, batch offsets or error]. */
  poll(offsets: Record<string, number>, options: { forget?: string[] } = {}): [string, number[] | string][] {
    const { response } = this.send(offsets, options);
    if (response === null || response === undefined) throw new Error("No answer");
    if (response.errorCode !== 0) return [["session", `error ${response.errorCode}`]];
    this.id = response.sessionId;
    this.epoch++;
    return response.responses.flatMap(({ topic, topicId: id, partitions }) =>
      partitions.map(({ errorCode, records }): [string, number[] | string] => [
        topic || id.replace(/A*$/, ""),
        errorCode === 0 ? batchOffsets(records) : `error ${errorCode}`,
      ]),
    );
  }
}

async function brokerWith(...topics: string[]): Promise<TestBroker> {
  const broker = await TestBroker.start();
  for (const topic of topics) broker.createTopic(topic);
  return broker;
}

describe.each([BY_NAME, LATEST])("a session of version %i", (version) => {
  test("tells everything once, then only news", async () => {
    const broker = await brokerWith("x", "y");
    const client = new SessionClient(broker, version);
    expect(client.poll({ x: 0, y: 0 })).toEqual([
      ["x", []],
      ["y", []],
    ]);
    expect(client.id).toBeGreaterThan(0);
    expect(client.poll({})).toEqual([]);
    broker.append("y");
    expect(client.poll({})).toEqual([["y", [0]]]);
    expect(client.poll({ y: 1 })).toEqual([]);
  });

  test("takes partitions in and forgets them", async () => {
    const broker = await brokerWith("x", "y");
    const client = new SessionClient(broker, version);
    client.poll({ x: 0 });
    expect(client.poll({ y: 0 })).toEqual([["y", []]]);
    broker.append("x");
    broker.append("y");
    expect(client.poll({}, { forget: ["x"] })).toEqual([["y", [0]]]);
  });

  test("repeats an error until it goes away, then tells the partition again", async () => {
    const broker = await brokerWith("x");
    const client = new SessionClient(broker, version);
    client.poll({ x: 0 });
    const outOfRange = `error ${ErrorCode.OFFSET_OUT_OF_RANGE}`;
    expect(client.poll({ x: 99 })).toEqual([["x", outOfRange]]);
    expect(client.poll({})).toEqual([["x", outOfRange]]);
    expect(client.poll({ x: 0 })).toEqual([["x", []]]);
  });

  test("finds a topic that is created later", async () => {
    const broker = await brokerWith("x");
    const client = new SessionClient(broker, version);
    const missing = version >= 13 ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    expect(client.poll({ x: 0, y: 0 })).toEqual([
      ["x", []],
      ["y", `error ${missing}`],
    ]);
    broker.createTopic("y");
    broker.append("y");
    expect(client.poll({})).toEqual([["y", [0]]]);
  });
});

test("a topic created again under its name: by id it is another one, by name it is found", async () => {
  const broker = await brokerWith("x", "y");
  const byId = new SessionClient(broker, LATEST);
  const byName = new SessionClient(broker, BY_NAME);
  for (const client of [byId, byName]) client.poll({ x: 0, y: 0 });
  broker.deleteTopic("x");
  const gone = [["x", `error ${ErrorCode.UNKNOWN_TOPIC_OR_PARTITION}`]];
  expect(byId.poll({})).toEqual(gone);
  expect(byName.poll({})).toEqual(gone);
  broker.createTopic("x", { id: topicId("other") });
  expect(byId.poll({})).toEqual([["x", `error ${ErrorCode.INCONSISTENT_TOPIC_ID}`]]);
  expect(byName.poll({})).toEqual([["x", []]]);
  // A read that failed, and no partition that nobody could read.
  expect(byId.send({}).response?.responses[0]?.partitions[0]?.abortedTransactions).toBeNull();
});

test("a topic created again elsewhere: who goes on by the old id is told who leads", async () => {
  const broker = await brokerWith("x");
  const client = new SessionClient(broker);
  client.poll({ x: 0 });
  broker.deleteTopic("x");
  broker.createTopic("x", { id: topicId("other"), replicas: [2], leader: 2 });
  const { response } = client.send({});
  expect(response?.responses[0]?.partitions[0]).toMatchObject({
    errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER,
    currentLeader: { leaderId: 2, leaderEpoch: 0 },
  });
});

test("a log start that has moved, and a history that has parted, are news", async () => {
  const broker = await brokerWith("x");
  const client = new SessionClient(broker);
  broker.append("x", 3);
  client.poll({ x: 3 });
  expect(client.poll({})).toEqual([]);
  broker.partition("x").deleteRecords(2);
  expect(client.poll({})).toEqual([["x", []]]);
  expect(client.poll({})).toEqual([]);
  broker.changePartition("x", { leader: 1 });
  expect(client.poll({})).toEqual([]);
  const topics = [
    {
      topicId: topicId("x"),
      partitions: [{ partition: 0, fetchOffset: 4, lastFetchedEpoch: 0, partitionMaxBytes: 1 }],
    },
  ];
  const session = { sessionId: client.id, sessionEpoch: client.epoch };
  const { response } = broker.send(fetch, LATEST, { maxWaitMs: 0, minBytes: 1, ...session, topics });
  expect(response?.responses[0]?.partitions[0]).toMatchObject({
    errorCode: 0,
    divergingEpoch: { epoch: 0, endOffset: 3 },
  });
});

test("a partition that was served is read last the next time", async () => {
  const broker = await brokerWith("x", "y");
  const client = new SessionClient(broker);
  client.poll({ x: 0, y: 0 });
  broker.append("x");
  expect(client.poll({})).toEqual([["x", [0]]]);
  broker.append("x");
  broker.append("y");
  expect(client.poll({ x: 1 })).toEqual([
    ["y", [0]],
    ["x", [1]],
  ]);
});

test("a wait in a session ends with the partition that has news", async () => {
  const broker = await brokerWith("x", "y");
  const client = new SessionClient(broker);
  client.poll({ x: 0, y: 0 });
  const exchange = client.send({}, { maxWaitMs: 500 });
  expect(exchange.response).toBeUndefined();
  broker.append("y");
  expect(exchange.response?.responses.map(({ topicId: id }) => id)).toEqual([topicId("y")]);
});

test("a second request of the session gives up the first one's wait", async () => {
  const broker = await brokerWith("x");
  const client = new SessionClient(broker);
  client.poll({ x: 0 });
  const first = client.send({}, { maxWaitMs: 500 });
  client.epoch++;
  const second = client.send({}, { maxWaitMs: 500 });
  expect(first.response).toMatchObject({ errorCode: 0, responses: [] });
  broker.append("x");
  expect(second.response?.responses.length).toBe(1);
});

describe("session errors", () => {
  test("an unknown id, a wrong epoch, and ids where the session has names", async () => {
    const broker = await brokerWith("x");
    const client = new SessionClient(broker, BY_NAME);
    client.poll({ x: 0 });
    const byId = new SessionClient(broker, LATEST);
    Object.assign(byId, { id: client.id, epoch: client.epoch });
    expect(byId.poll({})).toEqual([["session", `error ${ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR}`]]);
    client.epoch++;
    expect(client.poll({})).toEqual([["session", `error ${ErrorCode.INVALID_FETCH_SESSION_EPOCH}`]]);
    client.epoch--;
    expect(client.poll({})).toEqual([]);
    client.id++;
    expect(client.poll({})).toEqual([["session", `error ${ErrorCode.FETCH_SESSION_ID_NOT_FOUND}`]]);
  });

  test("a final fetch closes the session and opens none", async () => {
    const broker = await brokerWith("x");
    const client = new SessionClient(broker);
    client.poll({ x: 0 });
    const { id } = client;
    client.epoch = -1;
    expect(client.poll({ x: 0 })).toEqual([["x", []]]);
    expect(client.id).toBe(0);
    Object.assign(client, { id, epoch: 1 });
    expect(client.poll({})).toEqual([["session", `error ${ErrorCode.FETCH_SESSION_ID_NOT_FOUND}`]]);
  });

  test("a session that has forgotten everything is closed", async () => {
    const broker = await brokerWith("x");
    const client = new SessionClient(broker);
    client.poll({ x: 0 });
    expect(client.poll({}, { forget: ["x"] })).toEqual([]);
    expect(client.id).toBe(0);
    expect(broker.replicas.fetchSessions.size).toBe(0);
  });
});
