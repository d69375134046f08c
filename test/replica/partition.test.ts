import { describe, expect, test } from "vitest";
import { produce } from "../../src/api/produce.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { TestBroker } from "../api/test-broker.ts";

async function brokerWithTopic(options: Parameters<TestBroker["createTopic"]>[1] = {}): Promise<TestBroker> {
  const broker = await TestBroker.start();
  broker.createTopic("t", options);
  return broker;
}

/** Two replicas in sync, one of them this leader. */
const replicated = { replicas: [1, 2] };

/** One record with acks=all, and what becomes of it. */
function produceOne(broker: TestBroker, timeoutMs = 1_000): () => number | undefined {
  const partitionData = [{ index: 0, records: broker.batch() }];
  const exchange = broker.send(produce, 9, { acks: -1, timeoutMs, topicData: [{ name: "t", partitionData }] });
  return () => exchange.response?.responses[0]?.partitionResponses[0]?.errorCode;
}

describe("acks=all", () => {
  test("is answered at once when the only replica has the records", async () => {
    const broker = await brokerWithTopic();
    expect(produceOne(broker)()).toBe(ErrorCode.NONE);
  });

  test("is answered when the followers have the records, each request at its own offset", async () => {
    const broker = await brokerWithTopic(replicated);
    const [first, second] = [produceOne(broker), produceOne(broker)];
    const partition = broker.partition("t");
    partition.followerFetched(2, 200, 1, 0);
    expect([first(), second()]).toEqual([ErrorCode.NONE, undefined]);
    partition.followerFetched(2, 200, 2, 0);
    expect(second()).toBe(ErrorCode.NONE);
    // Answered twice, the test broker would throw.
    broker.runtime.clock.advance(2_000);
  });

  test("tells the timeout, the loss of the leadership and the deletion", async () => {
    const broker = await brokerWithTopic(replicated);
    const timedOut = produceOne(broker);
    broker.runtime.clock.advance(1_000);
    const resigned = produceOne(broker);
    broker.changePartition("t", { leader: 2 });
    broker.changePartition("t", { leader: 1 });
    const deleted = produceOne(broker);
    broker.deleteTopic("t");
    const lost = ErrorCode.NOT_LEADER_OR_FOLLOWER;
    expect([timedOut(), resigned(), deleted()]).toEqual([ErrorCode.REQUEST_TIMED_OUT, lost, lost]);
  });

  test("what was committed with enough copies is not promised when some of them are gone", async () => {
    const broker = await brokerWithTopic({ ...replicated, config: { "min.insync.replicas": 2 } });
    broker.append("t");
    broker.partition("t").followerFetched(2, 200, 1, 0);
    broker.changePartition("t", { isr: [1] });
    expect(broker.partition("t").commitResult(1)).toBe(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND);
  });

  test("does not wait for a follower that leaves the ISR", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2, 3], config: { "min.insync.replicas": 2 } });
    const result = produceOne(broker);
    broker.partition("t").followerFetched(2, 200, 1, 0);
    expect(result()).toBeUndefined();
    broker.changePartition("t", { isr: [1, 2] });
    expect(result()).toBe(ErrorCode.NONE);
  });
});

describe("high watermark", () => {
  test("stands still under min.insync.replicas and goes on when the ISR has grown", async () => {
    const broker = await brokerWithTopic({ ...replicated, isr: [1], config: { "min.insync.replicas": 2 } });
    broker.append("t", 3);
    const partition = broker.partition("t");
    expect(partition.highWatermark).toBe(0);
    partition.followerFetched(2, 200, 3, 0);
    expect(partition.highWatermark).toBe(0);
    broker.changePartition("t", { isr: [1, 2] });
    expect(partition.highWatermark).toBe(3);
  });

  test("a lower min.insync.replicas lets it go on", async () => {
    const broker = await brokerWithTopic({ ...replicated, isr: [1], config: { "min.insync.replicas": 2 } });
    broker.append("t", 3);
    broker.runtime.clock.advance(60_000);
    broker.partition("t").updateMinInsyncReplicas(1);
    expect(broker.partition("t").highWatermark).toBe(3);
  });

  test("never goes back when the same broker leads a new epoch", async () => {
    const broker = await brokerWithTopic(replicated);
    broker.append("t", 3);
    broker.partition("t").followerFetched(2, 200, 3, 0);
    broker.changePartition("t", { leader: 1 });
    expect(broker.partition("t").highWatermark).toBe(3);
    expect(broker.partition("t").leaderEpochStartOffset).toBe(3);
  });
});

test("metadata of an older partition epoch changes nothing", async () => {
  const broker = await brokerWithTopic(replicated);
  broker.changePartition("t", { leader: 2 });
  const partition = broker.partition("t");
  broker.changePartition("t", { leader: 1, leaderEpoch: 9, partitionEpoch: 0 });
  expect([partition.leader, partition.leaderEpoch]).toEqual([2, 1]);
});

test("a follower with a stale position does not hold the log start of its leader back once it is fenced", async () => {
  const broker = await brokerWithTopic({ replicas: [1, 9], isr: [1] });
  broker.runtime.clock.advance(60_000);
  broker.append("t", 3);
  // Broker 9 is not registered: it is not alive.
  expect(broker.partition("t").deleteRecords(2)).toEqual({ errorCode: 0, requiredOffset: 2 });
  expect(broker.partition("t").lowWatermark).toBe(2);
});
