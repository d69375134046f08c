import { describe, expect, test } from "vitest";
import { describeProducers } from "../../src/api/describe-producers.ts";
import { initProducerId } from "../../src/api/init-producer-id.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { atTime, TestBroker } from "./test-broker.ts";

describe("InitProducerId", () => {
  const idempotent = { transactionalId: null, transactionTimeoutMs: 0 };

  test.each([0, 1, 2, 3, 4, 5])("version %i gives every idempotent producer an id of its own", async (version) => {
    const broker = await TestBroker.start();
    const answers = [1, 2].map(() => broker.send(initProducerId, version, idempotent).response);
    expect(answers.map((answer) => [answer?.errorCode, answer?.producerId, answer?.producerEpoch])).toEqual([
      [0, 1_000, 0],
      [0, 1_001, 0],
    ]);
  });

  test("an id without an epoch, or an epoch without an id, is invalid", async () => {
    const broker = await TestBroker.start();
    for (const half of [{ producerId: 5 }, { producerEpoch: 5 }]) {
      const { response } = broker.send(initProducerId, 5, { ...idempotent, ...half });
      expect(response).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST, producerId: -1, producerEpoch: -1 });
    }
  });

  test("a producer without a transactional id that names its old id gets a new one", async () => {
    const broker = await TestBroker.start();
    const { response } = broker.send(initProducerId, 5, { ...idempotent, producerId: 7, producerEpoch: 3 });
    expect(response).toMatchObject({ errorCode: 0, producerId: 1_000, producerEpoch: 0 });
  });

  test("a transactional id finds no coordinator; what is wrong with it is said first", async () => {
    const broker = await TestBroker.start();
    const errorOf = (transactionalId: string, transactionTimeoutMs: number) =>
      broker.send(initProducerId, 5, { transactionalId, transactionTimeoutMs }).response?.errorCode;
    expect(errorOf("id", 60_000)).toBe(ErrorCode.NOT_COORDINATOR);
    expect(errorOf("", 60_000)).toBe(ErrorCode.INVALID_REQUEST);
    expect(errorOf("id", 900_001)).toBe(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
    expect(errorOf("id", 0)).toBe(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
  });

  test("version 6 is not served", () => {
    expect(initProducerId.latestVersion).toBe(5);
  });
});

describe("DescribeProducers", () => {
  function describe_(broker: TestBroker, name: string) {
    const topics = [{ name, partitionIndexes: [0] }];
    return broker.send(describeProducers, 0, { topics }).response?.topics[0]?.partitions[0];
  }

  test("tells what each producer with an id last wrote", async () => {
    const broker = await TestBroker.start();
    broker.createTopic("t");
    broker.append("t");
    for (const baseSequence of [0, 3]) {
      const batch = broker.batch(3, {
        producerId: 42,
        producerEpoch: 1,
        baseSequence,
        timestamp: 1_000 + baseSequence,
      });
      broker.partition("t").appendRecordsToLeader(batch, 1);
    }
    expect(describe_(broker, "t")).toEqual({
      partitionIndex: 0,
      errorCode: 0,
      errorMessage: null,
      activeProducers: [
        {
          producerId: 42,
          producerEpoch: 1,
          lastSequence: 5,
          lastTimestamp: 1_003,
          coordinatorEpoch: -1,
          currentTxnStartOffset: -1,
        },
      ],
    });
  });

  test("tells ids and times that no number holds, as nearly as it can", async () => {
    const broker = await TestBroker.start();
    broker.createTopic("t", { config: { "message.timestamp.after.max.ms": Number.MAX_SAFE_INTEGER } });
    for (const [producerId, time] of [
      [2 ** 60, 2n ** 61n],
      [7, 2n ** 63n - 1n],
    ] as const) {
      const batch = broker.batch(1, { producerId, producerEpoch: 0, baseSequence: 0 });
      const info = broker.partition("t").appendRecordsToLeader(atTime(time, batch, broker.runtime), 1);
      expect(info.errorCode).toBe(0);
    }
    expect(describe_(broker, "t")?.activeProducers).toMatchObject([
      { producerId: 2n ** 60n, lastTimestamp: 2n ** 61n },
      { producerId: 7, lastTimestamp: 2n ** 63n - 1n },
    ]);
  });

  test("refuses what is no topic, unknown, or elsewhere", async () => {
    const broker = await TestBroker.start();
    broker.createTopic("other", { replicas: [2], leader: 2 });
    expect(describe_(broker, "a b")?.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
    expect(describe_(broker, "none")).toMatchObject({
      errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      errorMessage: expect.stringMatching(/./),
    });
    expect(describe_(broker, "other")?.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });
});
