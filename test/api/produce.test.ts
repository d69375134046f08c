import { describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { brokerWithTopic, firstResult, LATEST, request, send } from "./produce-requests.ts";
import { atTime, TestBroker, topicId } from "./test-broker.ts";

describe("appends", () => {
  test.each([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])("version %i answers base offset and log start", async (version) => {
    const broker = await brokerWithTopic();
    broker.append("t", 7);
    const result = firstResult(send(broker, version, request("t", broker.batch(3))));
    expect(result).toMatchObject({ index: 0, errorCode: 0, baseOffset: 7, logAppendTimeMs: -1 });
    expect(result?.logStartOffset).toBe(version >= 5 ? 0 : -1);
    expect(broker.partition("t").log?.logEndOffset).toBe(10);
  });

  test("several partitions of several topics are answered in the order of the request", async () => {
    const broker = await TestBroker.start();
    broker.createTopic("a", { partitions: 2 });
    broker.createTopic("b");
    const at = (index: number) => ({ index, records: broker.batch() });
    const topicData = [
      { name: "b", partitionData: [at(0)] },
      { name: "a", partitionData: [at(1), at(0)] },
    ];
    const { response } = send(broker, 9, { acks: 1, timeoutMs: 0, topicData });
    expect(
      response?.responses.map(({ name, partitionResponses }) => [name, partitionResponses.map((p) => p.index)]),
    ).toEqual([
      ["b", [0]],
      ["a", [1, 0]],
    ]);
  });

  test.each([9, 13])(
    "what is named twice in version %i is answered once, and its last records are taken",
    async (version) => {
      const broker = await TestBroker.start();
      broker.createTopic("a", { partitions: 2 });
      broker.createTopic("b");
      const topic = (name: string, ...partitions: [index: number, count: number][]) => ({
        ...(version >= 13 ? { topicId: topicId(name) } : { name }),
        partitionData: partitions.map(([index, count]) => ({ index, records: broker.batch(count) })),
      });
      const topicData = [topic("a", [0, 1], [1, 2], [0, 3]), topic("b", [0, 1]), topic("a", [1, 5])];
      const { response } = send(broker, version, { acks: -1, timeoutMs: 0, topicData });
      expect(
        response?.responses.map(({ partitionResponses }) =>
          partitionResponses.map((p) => [p.index, p.errorCode, p.baseOffset]),
        ),
      ).toEqual([
        [
          [0, 0, 0],
          [1, 0, 0],
        ],
        [[0, 0, 0]],
      ]);
      const ends = [broker.partition("a"), broker.partition("a", 1), broker.partition("b")];
      expect(ends.map(({ log }) => log?.logEndOffset)).toEqual([3, 5, 1]);
    },
  );

  test.each([
    ["first", "sound"],
    ["sound", "first"],
    ["first", "sound", "sound"],
    ["sound", "first", "sound"],
    ["second", "sound", "first"],
  ])(
    "of a partition named with records that are %s, then %s, the last sound ones are taken, and the answer is about the last others",
    async (...kinds) => {
      const broker = await brokerWithTopic();
      const counts = kinds.map((_, index) => index + 1);
      const bad = { first: null, second: new Uint8Array(10) };
      const partitionData = kinds.map((kind, index) => ({
        index: 0,
        records: kind === "sound" ? broker.batch(counts[index]) : bad[kind as keyof typeof bad],
      }));
      const exchange = send(broker, LATEST, {
        ...request("t", null),
        topicData: [{ topicId: topicId("t"), partitionData }],
      });
      expect(exchange.response?.responses[0]?.partitionResponses).toMatchObject([
        { index: 0, errorCode: ErrorCode.INVALID_RECORD, baseOffset: -1 },
      ]);
      expect(broker.partition("t").log?.logEndOffset).toBe(counts[kinds.lastIndexOf("sound")]);
    },
  );

  test("so it is when nobody waits for an answer: the connection is closed", async () => {
    const broker = await brokerWithTopic();
    const partitionData = [broker.batch(), null].map((records) => ({ index: 0, records }));
    const topicData = [{ topicId: topicId("t"), partitionData }];
    const exchange = send(broker, LATEST, { ...request("t", null), acks: 0, topicData });
    expect(exchange.disconnectReason).toContain("INVALID_RECORD");
    expect(broker.partition("t").log?.logEndOffset).toBe(1);
  });

  test("a topic without partitions is not answered", async () => {
    const broker = await brokerWithTopic();
    const topicData = [
      { name: "none", partitionData: [] },
      { name: "t", partitionData: [{ index: 0, records: broker.batch() }] },
      { name: "t", partitionData: [] },
    ];
    const { response } = send(broker, 9, { acks: 1, timeoutMs: 0, topicData });
    expect(response?.responses.map(({ name }) => name)).toEqual(["t"]);
  });

  test("a topic of LogAppendTime answers the broker's time", async () => {
    const broker = await brokerWithTopic({ config: { "message.timestamp.type": "LogAppendTime" } });
    const result = firstResult(send(broker, LATEST, request("t", broker.batch(1, { timestamp: 5 }))));
    expect(result?.logAppendTimeMs).toBe(broker.runtime.clock.now());
  });

  test("a batch that an idempotent producer sends again is answered with its old offset and not written", async () => {
    const broker = await brokerWithTopic();
    const batch = () => broker.batch(2, { producerId: 9, producerEpoch: 0, baseSequence: 0 });
    expect(firstResult(send(broker, LATEST, request("t", batch())))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    broker.append("t");
    expect(firstResult(send(broker, LATEST, request("t", batch())))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(broker.partition("t").log?.logEndOffset).toBe(3);
  });

  test("and so is one of a time that no number holds", async () => {
    const broker = await brokerWithTopic({ config: { "message.timestamp.after.max.ms": Number.MAX_SAFE_INTEGER } });
    const idempotent = { producerId: 9, producerEpoch: 0, baseSequence: 0 };
    const batch = () => atTime(2n ** 60n + 1n, broker.batch(1, idempotent), broker.runtime);
    for (let attempt = 0; attempt < 2; attempt++) {
      const result = firstResult(send(broker, LATEST, request("t", batch())));
      expect(result).toMatchObject({ errorCode: 0, baseOffset: 0, logAppendTimeMs: -1 });
    }
  });

  test("a gap in the sequence numbers is refused, and so is an older epoch", async () => {
    const broker = await brokerWithTopic();
    const batch = (producerEpoch: number, baseSequence: number) =>
      request("t", broker.batch(1, { producerId: 9, producerEpoch, baseSequence }));
    expect(firstResult(send(broker, LATEST, batch(1, 0)))?.errorCode).toBe(0);
    expect(firstResult(send(broker, LATEST, batch(1, 2)))?.errorCode).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(firstResult(send(broker, LATEST, batch(0, 1)))?.errorCode).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
    expect(firstResult(send(broker, LATEST, batch(1, 1)))?.errorCode).toBe(0);
  });
});

describe("acks", () => {
  test("0 is answered by nothing", async () => {
    const broker = await brokerWithTopic();
    const exchange = send(broker, LATEST, request("t", broker.batch(), { acks: 0 }));
    expect(exchange).toEqual({ response: null, disconnectReason: undefined });
    expect(broker.partition("t").log?.logEndOffset).toBe(1);
  });

  test("0 with an error closes the connection and names partition and error", async () => {
    const broker = await brokerWithTopic();
    const exchange = send(broker, 9, request("none", broker.batch(), { acks: 0 }));
    expect(exchange.response).toBeNull();
    expect(exchange.disconnectReason).toContain("none-0: UNKNOWN_TOPIC_OR_PARTITION");
  });

  test("2 is not a number of acknowledgements", async () => {
    const broker = await brokerWithTopic();
    const result = firstResult(send(broker, LATEST, request("t", broker.batch(), { acks: 2 })));
    expect(result).toMatchObject({ errorCode: ErrorCode.INVALID_REQUIRED_ACKS, baseOffset: -1 });
    expect(broker.partition("t").log?.logEndOffset).toBe(0);
  });

  test("all waits for the followers in sync, 1 does not", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2] });
    expect(firstResult(send(broker, LATEST, request("t", broker.batch(), { acks: 1 })))?.errorCode).toBe(0);
    const exchange = send(broker, LATEST, request("t", broker.batch()));
    expect(exchange.response).toBeUndefined();
    broker.partition("t").followerFetched(2, 200, 1, 0);
    expect(exchange.response).toBeUndefined();
    broker.partition("t").followerFetched(2, 200, 2, 0);
    expect(firstResult(exchange)).toMatchObject({ errorCode: 0, baseOffset: 1 });
  });

  test("all gives up after the client's timeout, and says so once", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2] });
    const exchange = send(broker, LATEST, request("t", broker.batch(), { timeoutMs: 500 }));
    broker.runtime.clock.advance(499);
    expect(exchange.response).toBeUndefined();
    broker.runtime.clock.advance(1);
    expect(firstResult(exchange)).toMatchObject({ errorCode: ErrorCode.REQUEST_TIMED_OUT, baseOffset: 0 });
    broker.partition("t").followerFetched(2, 200, 1, 0);
  });

  test("all is refused before anything is written when too few replicas are in sync", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2], isr: [1], config: { "min.insync.replicas": 2 } });
    const refused = firstResult(send(broker, LATEST, request("t", broker.batch())));
    expect(refused?.errorCode).toBe(ErrorCode.NOT_ENOUGH_REPLICAS);
    expect(broker.partition("t").log?.logEndOffset).toBe(0);
    expect(firstResult(send(broker, LATEST, request("t", broker.batch(), { acks: 1 })))?.errorCode).toBe(0);
  });

  test("all fails when the leadership is lost while it waits", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2] });
    const exchange = send(broker, LATEST, request("t", broker.batch()));
    broker.changePartition("t", { leader: 2 });
    expect(firstResult(exchange)).toMatchObject({
      errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER,
      currentLeader: { leaderId: 2, leaderEpoch: 1 },
    });
    expect(exchange.response?.nodeEndpoints).toEqual([{ nodeId: 2, host: "broker-2", port: 9_092, rack: null }]);
  });

  test("min.insync.replicas larger than the number of replicas is no obstacle", async () => {
    const broker = await brokerWithTopic({ config: { "min.insync.replicas": 3 } });
    expect(firstResult(send(broker, LATEST, request("t", broker.batch())))?.errorCode).toBe(0);
  });
});

describe("refusals", () => {
  test("unknown topics, by name and by id", async () => {
    const broker = await TestBroker.start();
    const errorOf = (version: number) => firstResult(send(broker, version, request("none", broker.batch())))?.errorCode;
    expect(errorOf(12)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(errorOf(13)).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
  });

  test("a partition that is led elsewhere, with the leader's address from version 10 on", async () => {
    const broker = await brokerWithTopic({ replicas: [3], leader: 3 });
    const old = send(broker, 9, request("t", broker.batch()));
    expect(firstResult(old)?.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    const exchange = send(broker, 10, request("t", broker.batch()));
    expect(firstResult(exchange)?.currentLeader).toMatchObject({ leaderId: 3, leaderEpoch: 0 });
    expect(exchange.response?.nodeEndpoints.map(({ host }) => host)).toEqual(["broker-3"]);
  });

  test("no batch, a torn batch, two batches, an old format", async () => {
    const broker = await brokerWithTopic();
    const batch = broker.batch();
    const old = batch.slice();
    old[16] = 1;
    const errorOf = (records: Uint8Array | null) => firstResult(send(broker, LATEST, request("t", records)))?.errorCode;
    expect(errorOf(null)).toBe(ErrorCode.INVALID_RECORD);
    expect(errorOf(new Uint8Array(0))).toBe(ErrorCode.INVALID_RECORD);
    expect(errorOf(batch.subarray(0, batch.length - 1))).toBe(ErrorCode.INVALID_RECORD);
    expect(errorOf(new Uint8Array([...batch, ...batch]))).toBe(ErrorCode.INVALID_RECORD);
    expect(errorOf(old)).toBe(ErrorCode.INVALID_RECORD);
    expect(broker.partition("t").log?.logEndOffset).toBe(0);
  });

  test.each([
    { what: "size", at: 11, value: 13, message: "Record size 13 is less than the minimum record overhead (14)" },
    { what: "format", at: 16, value: 9, message: "Invalid magic found in record: 9" },
  ])("a batch of no known $what fails every partition, those that are not here too", async ({ at, value, message }) => {
    const broker = await brokerWithTopic({ partitions: 2 });
    const broken = broker.batch();
    broken[at] = value;
    const records = [broker.batch(), broken, broker.batch()];
    const partitionData = [0, 1, 7].map((index, place) => ({ index, records: records[place]! }));
    const topicData = [{ name: "t", topicId: topicId("t"), partitionData }];
    const refused = { errorCode: ErrorCode.CORRUPT_MESSAGE, errorMessage: message, baseOffset: -1 };
    expect(send(broker, LATEST, { ...request("t", null), topicData }).response?.responses).toMatchObject([
      { partitionResponses: [0, 1, 7].map((index) => ({ index, ...refused })) },
    ]);
    expect([0, 1].map((index) => broker.partition("t", index).log?.logEndOffset)).toEqual([0, 0]);
  });

  test("one that is too small for its format is the fault of its partition alone, and so is any behind one of a transaction", async () => {
    const broker = await brokerWithTopic({ partitions: 2 });
    const small = broker.batch();
    small[11] = 20;
    const results = (first: Uint8Array, second: Uint8Array) => {
      const partitionData = [first, second].map((records, index) => ({ index, records }));
      const topicData = [{ name: "t", partitionData }];
      const { response } = send(broker, 9, { ...request("t", null), transactionalId: "id", topicData });
      return response?.responses[0]?.partitionResponses.map(({ errorCode }) => errorCode);
    };
    expect(results(broker.batch(), small)).toEqual([0, ErrorCode.CORRUPT_MESSAGE]);
    const transactional = broker.batch(1, { transactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 });
    expect(results(transactional, new Uint8Array(100))).toEqual([
      ErrorCode.INVALID_TXN_STATE,
      ErrorCode.CORRUPT_MESSAGE,
    ]);
  });

  test("a wrong checksum is a corrupt message", async () => {
    const broker = await brokerWithTopic();
    const batch = broker.batch();
    batch[batch.length - 1]! ^= 1;
    expect(firstResult(send(broker, LATEST, request("t", batch)))?.errorCode).toBe(ErrorCode.CORRUPT_MESSAGE);
  });

  test("a batch beyond max.message.bytes is too large", async () => {
    const broker = await brokerWithTopic({ config: { "max.message.bytes": 100 } });
    const result = firstResult(send(broker, LATEST, request("t", broker.batch(1, { valueBytes: 100 }))));
    expect(result).toMatchObject({ errorCode: ErrorCode.MESSAGE_TOO_LARGE, baseOffset: -1 });
  });

  test("a record without a key in a compacted topic is named by its index, from version 8 on", async () => {
    const broker = await brokerWithTopic({ config: { "cleanup.policy": "compact" } });
    const result = firstResult(send(broker, 8, request("t", broker.batch(2))));
    expect(result?.errorCode).toBe(ErrorCode.INVALID_RECORD);
    expect(result?.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1]);
    expect(firstResult(send(broker, 7, request("t", broker.batch(2))))?.recordErrors).toEqual([]);
  });

  test("zstd is not for versions before 7", async () => {
    const broker = await brokerWithTopic();
    const batch = broker.batch();
    batch[22] = 4;
    expect(firstResult(send(broker, 6, request("t", batch)))?.errorCode).toBe(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
  });

  test("an I/O error is KAFKA_STORAGE_ERROR, also for those who wait for a flush", async () => {
    const broker = await brokerWithTopic({ config: { "flush.messages": 1 } });
    broker.partition("t").log!.segments[0]!.file.sync = () =>
      Promise.reject(Object.assign(new Error("EIO: i/o error"), { code: "EIO" }));
    const waiting = [-1, 1].map((acks) => send(broker, LATEST, request("t", broker.batch(), { acks })));
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    for (const exchange of waiting) expect(firstResult(exchange)?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
  });

  test("internal topics take nothing from clients but Kafka's own admin client", async () => {
    const broker = await TestBroker.start();
    broker.createTopic("__consumer_offsets");
    const body = () => request("__consumer_offsets", broker.batch());
    expect(firstResult(send(broker, 9, body()))?.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
    expect(firstResult(send(broker, 9, body(), { clientId: "__admin_client" }))?.errorCode).toBe(0);
  });

  test("transactional batches, with and without a transactional id", async () => {
    const broker = await brokerWithTopic();
    const body = (transactionalId: string | null) => {
      const batch = broker.batch(1, { transactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 });
      return request("t", batch, { transactionalId });
    };
    expect(firstResult(send(broker, LATEST, body("id")))?.errorCode).toBe(ErrorCode.INVALID_TXN_STATE);
    expect(firstResult(send(broker, LATEST, body(null)))?.errorCode).toBe(
      ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    );
    expect(broker.partition("t").log?.logEndOffset).toBe(0);
  });
});
