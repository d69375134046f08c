import { describe, expect, test } from "vitest";
import { fetch } from "../../src/api/fetch.ts";
import { listOffsets } from "../../src/api/list-offsets.ts";
import { produce } from "../../src/api/produce.ts";
import { writeTxnMarkers } from "../../src/api/write-txn-markers.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { TestBroker, topicId } from "./test-broker.ts";

const LATEST = 2;

interface MarkerOptions {
  readonly commit?: boolean;
  readonly producerEpoch?: number;
  readonly coordinatorEpoch?: number;
  readonly transactionVersion?: number;
}

function marker(producerId: number, topics: Record<string, number[]>, options: MarkerOptions = {}) {
  return {
    producerId,
    producerEpoch: options.producerEpoch ?? 0,
    transactionResult: options.commit ?? true,
    topics: Object.entries(topics).map(([name, partitionIndexes]) => ({ name, partitionIndexes })),
    coordinatorEpoch: options.coordinatorEpoch ?? 0,
    transactionVersion: options.transactionVersion ?? 0,
  };
}

function write(broker: TestBroker, markers: ReturnType<typeof marker>[], version = LATEST) {
  return broker.send(writeTxnMarkers, version, { markers });
}

/** The error codes by `producerId topic-partition`. */
function errorsOf({ response }: ReturnType<typeof write>): Record<string, number> {
  const errors: Record<string, number> = {};
  for (const { producerId, topics } of response!.markers) {
    for (const { name, partitions } of topics) {
      for (const { partitionIndex, errorCode } of partitions)
        errors[`${producerId} ${name}-${partitionIndex}`] = errorCode;
    }
  }
  return errors;
}

function produceInTransaction(
  broker: TestBroker,
  producerId: number,
  baseSequence: number,
  producerEpoch = 0,
  version = 9,
) {
  const records = broker.batch(1, { producerId, producerEpoch, baseSequence, transactional: true });
  const { response } = broker.send(produce, version, {
    transactionalId: "tx",
    acks: -1,
    timeoutMs: 1_000,
    topicData: [{ name: "t", partitionData: [{ index: 0, records }] }],
  });
  return response!.responses[0]!.partitionResponses[0]!;
}

function fetchFrom(broker: TestBroker, offset: number, isolationLevel: number, version = 13) {
  const partition = { partition: 0, fetchOffset: offset, partitionMaxBytes: 1 << 20 };
  const { response } = broker.send(fetch, version, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1 << 20,
    isolationLevel,
    topics: [{ topic: "t", topicId: topicId("t"), partitions: [partition] }],
  });
  return response!.responses[0]!.partitions[0]!;
}

async function brokerWithTopic(options: Parameters<TestBroker["createTopic"]>[1] = {}): Promise<TestBroker> {
  const broker = await TestBroker.start();
  broker.verifiesTransactions = false;
  broker.createTopic("t", options);
  return broker;
}

describe("a transaction", () => {
  test("hides its records from readers of committed ones until its marker is written", async () => {
    const broker = await brokerWithTopic();
    broker.append("t");
    expect(produceInTransaction(broker, 7, 0)).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(fetchFrom(broker, 0, 1)).toMatchObject({ lastStableOffset: 1, highWatermark: 2 });
    expect(errorsOf(write(broker, [marker(7, { t: [0] })]))).toEqual({ "7 t-0": 0 });
    expect(fetchFrom(broker, 0, 1)).toMatchObject({ lastStableOffset: 3, abortedTransactions: [] });
  });

  test.each([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])(
    "that is aborted is told by Fetch %i",
    async (version) => {
      const broker = await brokerWithTopic();
      produceInTransaction(broker, 7, 0);
      write(broker, [marker(7, { t: [0] }, { commit: false })]);
      broker.append("t");
      const abortedTransactions = [{ producerId: 7, firstOffset: 0 }];
      expect(fetchFrom(broker, 0, 1, version)).toMatchObject({ abortedTransactions, lastStableOffset: 3 });
      expect(fetchFrom(broker, 2, 1, version)).toMatchObject({ abortedTransactions: [] });
      expect(fetchFrom(broker, 0, 0, version)).toMatchObject({ abortedTransactions: null });
    },
  );

  test("moves the latest offset of a reader of committed records only when it ends", async () => {
    const broker = await brokerWithTopic();
    produceInTransaction(broker, 7, 0);
    broker.append("t");
    const latest = (isolationLevel: number) =>
      broker.send(listOffsets, 8, {
        replicaId: -1,
        isolationLevel,
        topics: [{ name: "t", partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
      }).response!.topics[0]!.partitions[0]!.offset;
    expect([latest(0), latest(1)]).toEqual([2, 0]);
    write(broker, [marker(7, { t: [0] })]);
    expect([latest(0), latest(1)]).toEqual([3, 3]);
  });

  test("is taken without asking its coordinator only when that is not wanted, or when it is open already", async () => {
    const broker = await brokerWithTopic();
    broker.verifiesTransactions = true;
    expect(produceInTransaction(broker, 7, 0).errorCode).toBe(ErrorCode.INVALID_TXN_STATE);
    broker.verifiesTransactions = false;
    expect(produceInTransaction(broker, 7, 0).errorCode).toBe(0);
    broker.verifiesTransactions = true;
    expect(produceInTransaction(broker, 7, 1).errorCode).toBe(0);
    write(broker, [marker(7, { t: [0] })]);
    expect(produceInTransaction(broker, 7, 2).errorCode).toBe(ErrorCode.INVALID_TXN_STATE);
    broker.verifiesTransactions = false;
    expect(produceInTransaction(broker, 7, 2, 0, 12).errorCode).toBe(ErrorCode.INVALID_TXN_STATE);
    expect(produceInTransaction(broker, 7, 2, 0, 11).errorCode).toBe(0);
  });
});

describe("a marker", () => {
  test("of an older producer epoch is refused; since transaction version 2 its epoch must be a new one", async () => {
    const broker = await brokerWithTopic();
    produceInTransaction(broker, 7, 0, 3);
    const send = (producerEpoch: number, transactionVersion: number, version = LATEST) =>
      errorsOf(write(broker, [marker(7, { t: [0] }, { producerEpoch, transactionVersion })], version))["7 t-0"];
    expect(send(2, 0)).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
    expect(send(3, 2)).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
    expect(send(4, 2)).toBe(0);
    // Once more, as after a lost answer: there is nothing that it could end.
    expect(send(4, 2)).toBe(0);
    produceInTransaction(broker, 7, 0, 4);
    expect(send(4, 2)).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
    // The version is not told before version 2 of the request.
    expect(send(4, 2, 1)).toBe(0);
    expect(broker.partition("t").log?.logEndOffset).toBe(5);
  });

  test("of the largest epoch, which can't be raised, ends the transaction", async () => {
    const broker = await brokerWithTopic();
    produceInTransaction(broker, 7, 0, 32767);
    const request = [marker(7, { t: [0] }, { producerEpoch: 32767, transactionVersion: 2 })];
    expect(errorsOf(write(broker, request))).toEqual({ "7 t-0": 0 });
    expect(fetchFrom(broker, 0, 1).lastStableOffset).toBe(2);
  });

  test("of an older coordinator is fenced", async () => {
    const broker = await brokerWithTopic();
    produceInTransaction(broker, 7, 0);
    expect(errorsOf(write(broker, [marker(7, { t: [0] }, { coordinatorEpoch: 5 })]))).toEqual({ "7 t-0": 0 });
    produceInTransaction(broker, 7, 1);
    expect(errorsOf(write(broker, [marker(7, { t: [0] }, { coordinatorEpoch: 4 })]))).toEqual({
      "7 t-0": ErrorCode.TRANSACTION_COORDINATOR_FENCED,
    });
    expect(fetchFrom(broker, 0, 1).lastStableOffset).toBe(2);
  });

  test("for a partition that is not here, or led elsewhere, is answered by an error of its own", async () => {
    const broker = await brokerWithTopic({ partitions: 2 });
    broker.createTopic("elsewhere", { replicas: [1, 2], leader: 2 });
    const request = [marker(7, { t: [0, 1, 9], nothing: [0], elsewhere: [0] })];
    expect(errorsOf(write(broker, request))).toEqual({
      "7 t-0": 0,
      "7 t-1": 0,
      "7 t-9": ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      "7 nothing-0": ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      "7 elsewhere-0": ErrorCode.NOT_LEADER_OR_FOLLOWER,
    });
  });

  test.each([
    { what: "no producer", of: marker(-1, { t: [0] }) },
    { what: "no epoch", of: marker(7, { t: [0] }, { producerEpoch: -1 }) },
  ])("of $what is written nowhere, nor is anything beside it", async ({ of }) => {
    const broker = await brokerWithTopic({ partitions: 2 });
    expect(errorsOf(write(broker, [marker(8, { t: [1, 9] }), of]))).toEqual({
      "8 t-1": ErrorCode.UNKNOWN_SERVER_ERROR,
      "8 t-9": ErrorCode.UNKNOWN_SERVER_ERROR,
      [`${of.producerId} t-0`]: ErrorCode.UNKNOWN_SERVER_ERROR,
    });
    expect(fetchFrom(broker, 0, 0)).toMatchObject({ errorCode: 0, highWatermark: 0 });
  });

  test("of no producer, for partitions that are not here, is answered as any other", async () => {
    expect(errorsOf(write(await brokerWithTopic(), [marker(-1, { t: [9] })]))).toEqual({
      "-1 t-9": ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    });
  });

  test("is answered when all replicas in sync have it, or after request.timeout.ms", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2] });
    const exchange = write(broker, [marker(7, { t: [0] })]);
    expect(exchange.response).toBeUndefined();
    broker.runtime.clock.advance(30_000);
    expect(errorsOf(exchange)).toEqual({ "7 t-0": ErrorCode.REQUEST_TIMED_OUT });
    const replicated = write(broker, [marker(8, { t: [0] }), marker(9, { t: [0] })]);
    broker.changePartition("t", { isr: [1] });
    expect(errorsOf(replicated)).toEqual({ "8 t-0": 0, "9 t-0": 0 });
  });

  test("needs min.insync.replicas", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2], isr: [1], config: { "min.insync.replicas": 2 } });
    expect(errorsOf(write(broker, [marker(7, { t: [0] })]))).toEqual({ "7 t-0": ErrorCode.NOT_ENOUGH_REPLICAS });
  });

  test("of two of one producer, the answer has one entry", async () => {
    const broker = await brokerWithTopic({ partitions: 2 });
    const { response } = write(broker, [marker(7, { t: [0] }), marker(7, { t: [1] })]);
    expect(response?.markers).toEqual([
      {
        producerId: 7,
        topics: [
          {
            name: "t",
            partitions: [
              { partitionIndex: 0, errorCode: 0 },
              { partitionIndex: 1, errorCode: 0 },
            ],
          },
        ],
      },
    ]);
  });

  test("no marker at all is answered at once", async () => {
    expect(write(await brokerWithTopic(), []).response).toEqual({ markers: [] });
  });
});
