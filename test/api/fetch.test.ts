import { describe, expect, test } from "vitest";
import { fetch } from "../../src/api/fetch.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { brokerWithTopic, fetched, LATEST, READ_COMMITTED, request, results, send, waiting } from "./fetch-exchange.ts";
import { TestBroker, topicId } from "./test-broker.ts";

describe("reading", () => {
  test.each([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])(
    "version %i answers the batches",
    async (version) => {
      const broker = await brokerWithTopic();
      broker.append("t", 2);
      broker.append("t", 3);
      const exchange = send(broker, version, request([{ fetchOffset: 3 }]));
      expect(fetched(exchange)).toEqual([[2]]);
      expect(results(exchange)[0]).toMatchObject({
        errorCode: 0,
        highWatermark: 5,
        lastStableOffset: 5,
        logStartOffset: version >= 5 ? 0 : -1,
        abortedTransactions: null,
        preferredReadReplica: -1,
      });
      const topic = exchange.response?.responses[0];
      expect(version >= 13 ? topic?.topicId : topic?.topic).toBe(version >= 13 ? topicId("t") : "t");
    },
  );

  test("a committed reader gets an empty list of aborted transactions, not null", async () => {
    const broker = await brokerWithTopic();
    broker.append("t");
    const exchange = send(broker, LATEST, request([{}], { isolationLevel: READ_COMMITTED }));
    expect(results(exchange)[0]?.abortedTransactions).toEqual([]);
  });

  test.each([6, -1, 2n ** 63n - 1n, 2 ** 53 - 1])("offset %s is out of range", async (fetchOffset) => {
    const broker = await brokerWithTopic();
    broker.append("t", 5);
    const exchange = send(broker, LATEST, request([{ fetchOffset }], waiting));
    expect(results(exchange)[0]).toMatchObject({
      errorCode: ErrorCode.OFFSET_OUT_OF_RANGE,
      highWatermark: -1,
      logStartOffset: -1,
      abortedTransactions: null,
    });
  });

  test("a consumer sees what is committed, a follower the whole log", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2] });
    broker.append("t");
    broker.append("t");
    broker.partition("t").followerFetched(2, 200, 1, 0);
    expect(fetched(send(broker, LATEST, request([{}])))).toEqual([[0]]);
    const follower = { replicaState: { replicaId: 2, replicaEpoch: 200 } };
    expect(fetched(send(broker, LATEST, request([{ fetchOffset: 1 }], follower)))).toEqual([[1]]);
    expect(fetched(send(broker, 11, request([{ fetchOffset: 1 }], { replicaId: 2 })))).toEqual([[1]]);
  });

  test("a follower's fetch acknowledges what is below its offset", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2] });
    broker.append("t", 4);
    expect(broker.partition("t").highWatermark).toBe(0);
    send(broker, LATEST, request([{ fetchOffset: 4 }], { replicaState: { replicaId: 2, replicaEpoch: 200 } }));
    expect(broker.partition("t").highWatermark).toBe(4);
  });

  test("a follower's fetch acknowledges when it comes, not when its wait ends", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2] });
    const asFollower = (fetchOffset: number) =>
      send(
        broker,
        LATEST,
        request([{ fetchOffset }], { ...waiting, replicaState: { replicaId: 2, replicaEpoch: 200 } }),
      );
    asFollower(0);
    broker.runtime.clock.advance(400);
    broker.append("t");
    broker.append("t");
    broker.runtime.clock.advance(100);
    asFollower(1);
    // It was last known to have everything at its first fetch: then the log was empty.
    expect(broker.partition("t").followers.get(2)?.lastCaughtUpMs).toBe(0);
  });

  test("a failed log directory is a storage error, which versions before 6 don't know", async () => {
    const broker = await brokerWithTopic();
    broker.replicas.handleLogDirFailure([broker.partition("t").log!]);
    expect(results(send(broker, 6, request([{}])))[0]?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    expect(results(send(broker, 5, request([{}])))[0]?.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });

  test("a follower that has been started anew since its request is refused", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2] });
    broker.append("t");
    const asFollower = (replicaEpoch: number) => request([{}], { replicaState: { replicaId: 2, replicaEpoch } });
    const [stale] = results(send(broker, LATEST, asFollower(199)));
    expect(stale).toMatchObject({ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, highWatermark: -1 });
    expect(fetched(send(broker, LATEST, asFollower(200)))).toEqual([[0]]);
  });

  test("who is not a replica is told to wait for newer metadata", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2] });
    const asFollower = (currentLeaderEpoch: number) =>
      request([{ currentLeaderEpoch }], { replicaState: { replicaId: 3, replicaEpoch: 300 } });
    expect(results(send(broker, LATEST, asFollower(0)))[0]?.errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH);
    expect(results(send(broker, LATEST, asFollower(-1)))[0]?.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });
});

describe("limits", () => {
  /** Two partitions with five batches of about 1 KB each. */
  async function fullBroker(): Promise<TestBroker> {
    const broker = await TestBroker.start();
    for (const topic of ["a", "b"]) {
      broker.createTopic(topic);
      for (let n = 0; n < 5; n++) broker.append(topic, 1, { valueBytes: 1_000 });
    }
    return broker;
  }
  const both = [{ topic: "a" }, { topic: "b" }];

  test("a partition's limit cuts its records", async () => {
    const asked = both.map((partition) => ({ ...partition, partitionMaxBytes: 2_500 }));
    expect(fetched(send(await fullBroker(), LATEST, request(asked)))).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  test("the request's limit goes to the partitions in their order", async () => {
    expect(fetched(send(await fullBroker(), LATEST, request(both, { maxBytes: 6_500 })))).toEqual([
      [0, 1, 2, 3, 4],
      [0],
    ]);
  });

  test("the first batch of the first partition with data is whole, however small the limits", async () => {
    const broker = await fullBroker();
    broker.createTopic("empty");
    const asked = [{ topic: "empty" }, ...both].map((partition) => ({ ...partition, partitionMaxBytes: 1 }));
    expect(fetched(send(broker, LATEST, request(asked, { maxBytes: 1 })))).toEqual([[], [0], []]);
  });

  test("a first batch that does not fit is left out, and the partitions behind it are tried", async () => {
    const broker = await fullBroker();
    broker.createTopic("small");
    broker.append("small");
    const asked = [...both, { topic: "small" }];
    const exchange = send(broker, LATEST, request(asked, { maxBytes: 5_600, isolationLevel: READ_COMMITTED }));
    expect(fetched(exchange)).toEqual([[0, 1, 2, 3, 4], [], [0]]);
    expect(results(exchange)[1]?.records).toEqual([new Uint8Array(0)]);
    expect(results(exchange).map(({ abortedTransactions }) => abortedTransactions)).toEqual([[], null, []]);
  });

  test("more bytes than the broker's fetch.max.bytes are not given", async () => {
    const broker = await fullBroker();
    (broker.services.config as Record<string, unknown>)["fetch.max.bytes"] = 2_500;
    expect(fetched(send(broker, LATEST, request([{ topic: "a" }])))).toEqual([[0, 1]]);
  });
});

describe("waiting", () => {
  test("an append wakes the reader at once, and only then it is answered", async () => {
    const broker = await brokerWithTopic();
    const exchange = send(broker, LATEST, request([{}], waiting));
    broker.runtime.clock.advance(499);
    expect(exchange.response).toBeUndefined();
    broker.append("t");
    expect(fetched(exchange)).toEqual([[0]]);
    broker.append("t");
    broker.runtime.clock.advance(1_000);
  });

  test("without news it ends after maxWaitMs, empty", async () => {
    const broker = await brokerWithTopic();
    const exchange = send(broker, LATEST, request([{}], waiting));
    broker.runtime.clock.advance(500);
    expect(fetched(exchange)).toEqual([[]]);
  });

  test("a wait of weeks lasts as long as its client, not longer", async () => {
    const broker = await brokerWithTopic();
    let gone = false;
    const weeks = request([{}], { maxWaitMs: 2_000_000_000 });
    const exchange = broker.send(fetch, LATEST, weeks, { isDisconnected: () => gone });
    broker.runtime.clock.advance(3_600_000);
    expect(exchange.response).toBeUndefined();
    gone = true;
    broker.runtime.clock.advance(30_000);
    expect(exchange.response).toBeDefined();
  });

  test("a wait of a minute ends after a minute", async () => {
    const broker = await brokerWithTopic();
    const exchange = send(broker, LATEST, request([{}], { maxWaitMs: 60_000 }));
    broker.runtime.clock.advance(59_999);
    expect(exchange.response).toBeUndefined();
    broker.runtime.clock.advance(1);
    expect(fetched(exchange)).toEqual([[]]);
  });

  test("it goes on until minBytes are there, over several partitions", async () => {
    const broker = await TestBroker.start();
    broker.createTopic("a");
    broker.createTopic("b");
    const exchange = send(broker, LATEST, request([{ topic: "a" }, { topic: "b" }], { ...waiting, minBytes: 2_000 }));
    broker.append("a", 1, { valueBytes: 900 });
    broker.append("b", 1, { valueBytes: 900 });
    expect(exchange.response).toBeUndefined();
    broker.append("a", 1, { valueBytes: 100 });
    expect(fetched(exchange)).toEqual([[0, 1], [0]]);
  });

  test("bytes that have grown in one partition count once", async () => {
    const broker = await brokerWithTopic();
    const exchange = send(broker, LATEST, request([{}], { ...waiting, minBytes: 2_000 }));
    broker.append("t", 1, { valueBytes: 600 });
    broker.append("t", 1, { valueBytes: 600 });
    expect(exchange.response).toBeUndefined();
    broker.append("t", 1, { valueBytes: 600 });
    expect(fetched(exchange)).toEqual([[0, 1, 2]]);
  });

  test("what was there before the wait counts, too", async () => {
    const broker = await brokerWithTopic();
    broker.append("t", 1, { valueBytes: 900 });
    const exchange = send(broker, LATEST, request([{}], { ...waiting, minBytes: 1_500 }));
    expect(exchange.response).toBeUndefined();
    broker.append("t", 1, { valueBytes: 600 });
    expect(fetched(exchange)).toEqual([[0, 1]]);
  });

  test("an older segment is answered as it is, since it will not grow", async () => {
    const broker = await brokerWithTopic();
    broker.append("t");
    broker.partition("t").log?.roll();
    broker.append("t");
    expect(fetched(send(broker, LATEST, request([{}], { ...waiting, minBytes: 1_000_000 })))).toEqual([[0]]);
  });

  test("a segment that rolls during the wait ends it", async () => {
    const broker = await brokerWithTopic();
    broker.append("t");
    const exchange = send(broker, LATEST, request([{}], { ...waiting, minBytes: 1_000_000 }));
    broker.partition("t").log?.roll();
    expect(exchange.response).toBeUndefined();
    broker.append("t");
    expect(fetched(exchange)).toEqual([[0]]);
  });

  test("a batch of appends wakes the reader once, with everything", async () => {
    const broker = await TestBroker.start();
    broker.createTopic("a");
    broker.createTopic("b");
    const exchange = send(broker, LATEST, request([{ topic: "a" }, { topic: "b" }], waiting));
    broker.replicas.batch(() => {
      broker.append("a");
      broker.append("b");
      expect(exchange.response).toBeUndefined();
    });
    expect(fetched(exchange)).toEqual([[0], [0]]);
  });

  test("a consumer is woken by the high watermark, not by the append", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2] });
    const exchange = send(broker, LATEST, request([{}], waiting));
    broker.append("t");
    expect(exchange.response).toBeUndefined();
    broker.partition("t").followerFetched(2, 200, 1, 0);
    expect(fetched(exchange)).toEqual([[0]]);
  });

  test("a follower is woken by the append", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2] });
    const asFollower = { ...waiting, replicaState: { replicaId: 2, replicaEpoch: 200 } };
    const exchange = send(broker, LATEST, request([{}], asFollower));
    broker.append("t");
    expect(fetched(exchange)).toEqual([[0]]);
  });

  test("a change of the leader ends the wait with the error and the new leader", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2] });
    const exchange = send(broker, LATEST, request([{ currentLeaderEpoch: 0 }], waiting));
    broker.changePartition("t", { leader: 2 });
    expect(results(exchange)[0]).toMatchObject({
      errorCode: ErrorCode.FENCED_LEADER_EPOCH,
      currentLeader: { leaderId: 2, leaderEpoch: 1 },
    });
    expect(exchange.response?.nodeEndpoints.map(({ nodeId }) => nodeId)).toEqual([2]);
  });

  test("a follower is told the new leader, but not where that is", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2, 3] });
    const asFollower = { ...waiting, replicaState: { replicaId: 2, replicaEpoch: 200 } };
    const exchange = send(broker, LATEST, request([{ currentLeaderEpoch: 0 }], asFollower));
    broker.changePartition("t", { leader: 3 });
    expect(results(exchange)[0]).toMatchObject({ currentLeader: { leaderId: 3, leaderEpoch: 1 } });
    expect(exchange.response?.nodeEndpoints).toEqual([]);
  });

  test("a deleted topic ends the wait", async () => {
    const broker = await brokerWithTopic();
    const exchange = send(broker, LATEST, request([{}], waiting));
    broker.deleteTopic("t");
    expect(results(exchange)[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });

  test("an error in one partition answers at once for all", async () => {
    const broker = await TestBroker.start();
    broker.createTopic("a");
    broker.createTopic("b");
    const exchange = send(broker, LATEST, request([{ topic: "a" }, { topic: "b", fetchOffset: 9 }], waiting));
    expect(results(exchange).map(({ errorCode }) => errorCode)).toEqual([0, ErrorCode.OFFSET_OUT_OF_RANGE]);
  });

  test("an unknown topic beside a known one does not end the wait; alone it is answered at once", async () => {
    const broker = await brokerWithTopic();
    const exchange = send(broker, LATEST, request([{ topic: "none" }, {}], waiting));
    expect(exchange.response).toBeUndefined();
    broker.append("t");
    expect(results(exchange).map(({ errorCode }) => errorCode)).toEqual([0, ErrorCode.UNKNOWN_TOPIC_ID]);
    const alone = send(broker, 12, request([{ topic: "none" }], waiting));
    expect(results(alone)[0]).toMatchObject({
      errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      abortedTransactions: [],
    });
    expect(results(alone)[0]?.records).not.toBeNull();
  });
});

describe("leader epochs", () => {
  test("older ones are fenced, newer ones unknown, none is accepted", async () => {
    const broker = await brokerWithTopic();
    broker.changePartition("t", { leader: 1 });
    const errorOf = (currentLeaderEpoch: number) =>
      results(send(broker, LATEST, request([{ currentLeaderEpoch }], waiting)))[0]?.errorCode;
    expect(errorOf(0)).toBe(ErrorCode.FENCED_LEADER_EPOCH);
    expect(errorOf(2)).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH);
    broker.append("t");
    expect(errorOf(1)).toBe(0);
    expect(errorOf(-1)).toBe(0);
  });

  test("a reader with another history is told where they part, at once", async () => {
    const broker = await brokerWithTopic();
    broker.append("t", 3);
    broker.changePartition("t", { leader: 1 });
    broker.append("t", 2);
    const beyond = send(broker, LATEST, request([{ fetchOffset: 5, lastFetchedEpoch: 0 }], waiting));
    expect(results(beyond)[0]).toMatchObject({ errorCode: 0, divergingEpoch: { epoch: 0, endOffset: 3 } });
    expect(fetched(beyond)).toEqual([[]]);
    const agreed = send(broker, LATEST, request([{ fetchOffset: 3, lastFetchedEpoch: 0 }], waiting));
    expect(results(agreed)[0]?.divergingEpoch).toMatchObject({ epoch: -1, endOffset: -1 });
    expect(fetched(agreed)).toEqual([[3]]);
  });

  test("old consumers read from the leader only, newer ones from any replica", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2], leader: 2 });
    expect(results(send(broker, 10, request([{}])))[0]?.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    expect(results(send(broker, 11, request([{}])))[0]?.errorCode).toBe(0);
  });
});
