import { expect, test } from "vitest";
import { deleteRecords } from "../../src/api/delete-records.ts";
import { fetch } from "../../src/api/fetch.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { TestBroker } from "./test-broker.ts";

async function brokerWithRecords(options: Parameters<TestBroker["createTopic"]>[1] = {}): Promise<TestBroker> {
  const broker = await TestBroker.start();
  broker.createTopic("t", options);
  broker.append("t", 10);
  return broker;
}

function send(broker: TestBroker, offset: number | bigint, version = 2) {
  const topics = [{ name: "t", partitions: [{ partitionIndex: 0, offset }] }];
  return broker.send(deleteRecords, version, { topics, timeoutMs: 1_000 });
}

function result(exchange: ReturnType<typeof send>) {
  return exchange.response?.topics[0]?.partitions[0];
}

test.each([0, 1, 2])("version %i moves the log start and answers the low watermark", async (version) => {
  const broker = await brokerWithRecords();
  expect(result(send(broker, 4, version))).toEqual({ partitionIndex: 0, lowWatermark: 4, errorCode: 0 });
  expect(broker.partition("t").log?.logStartOffset).toBe(4);
});

test("-1 stands for the high watermark", async () => {
  const broker = await brokerWithRecords({ replicas: [1, 2] });
  broker.partition("t").followerFetched(2, 200, 6, 6);
  expect(result(send(broker, -1))).toMatchObject({ lowWatermark: 6, errorCode: 0 });
});

test("an offset below the log start changes nothing", async () => {
  const broker = await brokerWithRecords();
  send(broker, 4);
  expect(result(send(broker, 2))).toMatchObject({ lowWatermark: 4, errorCode: 0 });
});

test.each([11, -2, 2n ** 63n - 1n])("offset %s is out of range", async (offset) => {
  const broker = await brokerWithRecords();
  expect(result(send(broker, offset))).toMatchObject({
    lowWatermark: -1,
    errorCode: ErrorCode.OFFSET_OUT_OF_RANGE,
  });
});

test("a partition that is named twice gets one answer, to the last offset; topics without partitions get none", async () => {
  const broker = await brokerWithRecords();
  const of = (...offsets: number[]) => ({
    name: "t",
    partitions: offsets.map((offset) => ({ partitionIndex: 0, offset })),
  });
  const remove = (...topics: ReturnType<typeof of>[]) =>
    broker.send(deleteRecords, 2, { topics, timeoutMs: 1_000 }).response?.topics;
  expect(remove(of())).toEqual([]);
  const deleted = { partitionIndex: 0, lowWatermark: 3, errorCode: 0 };
  expect(remove(of(8, 3))).toEqual([{ name: "t", partitions: [deleted] }]);
  const refused = { partitionIndex: 0, lowWatermark: -1, errorCode: ErrorCode.OFFSET_OUT_OF_RANGE };
  expect(remove(of(5), of(11))).toEqual([{ name: "t", partitions: [refused] }]);
  expect(broker.partition("t").log?.logStartOffset).toBe(3);
});

test("what is deleted can't be fetched any more", async () => {
  const broker = await brokerWithRecords();
  send(broker, 4);
  const topics = [{ topic: "t", partitions: [{ partition: 0, fetchOffset: 3, partitionMaxBytes: 1_000 }] }];
  const { response } = broker.send(fetch, 12, { maxWaitMs: 0, minBytes: 1, topics });
  expect(response?.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
});

test("a topic that is only compacted refuses", async () => {
  const broker = await TestBroker.start();
  broker.createTopic("t", { config: { "cleanup.policy": "compact" } });
  expect(result(send(broker, 0))?.errorCode).toBe(ErrorCode.POLICY_VIOLATION);
});

test("a topic from which nothing is deleted otherwise does not refuse", async () => {
  const broker = await brokerWithRecords({ config: { "cleanup.policy": "" } });
  expect(result(send(broker, 4))).toMatchObject({ lowWatermark: 4, errorCode: 0 });
});

test("it waits for the live followers to follow, and gives up after the timeout", async () => {
  const broker = await brokerWithRecords({ replicas: [1, 2] });
  broker.partition("t").followerFetched(2, 200, 10, 0);
  const followed = send(broker, 4);
  expect(followed.response).toBeUndefined();
  broker.partition("t").followerFetched(2, 200, 10, 4);
  expect(result(followed)).toMatchObject({ lowWatermark: 4, errorCode: 0 });
  const timedOut = send(broker, 8);
  broker.runtime.clock.advance(1_000);
  expect(result(timedOut)?.errorCode).toBe(ErrorCode.REQUEST_TIMED_OUT);
});

test("unknown, internal and foreign partitions are refused", async () => {
  const broker = await TestBroker.start();
  expect(result(send(broker, 0))?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  broker.createTopic("t", { replicas: [2], leader: 2 });
  expect(result(send(broker, 0))?.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  broker.createTopic("__consumer_offsets");
  const topics = [{ name: "__consumer_offsets", partitions: [{ partitionIndex: 0, offset: 0 }] }];
  const { response } = broker.send(deleteRecords, 2, { topics, timeoutMs: 0 });
  expect(response?.topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
});
