import { describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { TestBroker } from "../api/test-broker.ts";

async function brokerWithTopic(options: Parameters<TestBroker["createTopic"]>[1] = {}): Promise<TestBroker> {
  const broker = await TestBroker.start();
  broker.createTopic("t", options);
  return broker;
}

/** Two replicas in sync, one of them this leader. */
const replicated = { replicas: [1, 2] };

describe("whenCommitted", () => {
  test("calls back at once when the only replica has the records", async () => {
    const broker = await brokerWithTopic();
    broker.append("t", 3);
    const results: number[] = [];
    broker.partition("t").whenCommitted(3, (errorCode) => void results.push(errorCode), 1_000);
    expect(results).toEqual([0]);
  });

  test("calls back when the followers have the records, once, and in the order of the offsets", async () => {
    const broker = await brokerWithTopic(replicated);
    broker.append("t", 3);
    const partition = broker.partition("t");
    const results: string[] = [];
    for (const offset of [3, 1]) {
      partition.whenCommitted(offset, (errorCode) => void results.push(`${offset}:${errorCode}`), 1_000);
    }
    partition.followerFetched(2, 200, 1, 0);
    expect(results).toEqual(["1:0"]);
    partition.followerFetched(2, 200, 3, 0);
    broker.runtime.clock.advance(2_000);
    expect(results).toEqual(["1:0", "3:0"]);
  });

  test("tells the timeout, the loss of the leadership and the deletion", async () => {
    const broker = await brokerWithTopic(replicated);
    broker.append("t", 3);
    const results: number[] = [];
    const wait = () => broker.partition("t").whenCommitted(3, (errorCode) => void results.push(errorCode), 1_000);
    wait();
    broker.runtime.clock.advance(1_000);
    wait();
    broker.changePartition("t", { leader: 2 });
    broker.changePartition("t", { leader: 1 });
    wait();
    broker.deleteTopic("t");
    const lost = ErrorCode.NOT_LEADER_OR_FOLLOWER;
    expect(results).toEqual([ErrorCode.REQUEST_TIMED_OUT, lost, lost]);
  });

  test("what was committed with enough copies is not promised when some of them are gone", async () => {
    const broker = await brokerWithTopic({ ...replicated, config: { "min.insync.replicas": 2 } });
    broker.append("t");
    broker.partition("t").followerFetched(2, 200, 1, 0);
    broker.changePartition("t", { isr: [1] });
    const results: number[] = [];
    broker.partition("t").whenCommitted(1, (errorCode) => void results.push(errorCode), 1_000);
    expect(results).toEqual([ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND]);
  });

  test("a follower that leaves the ISR is not waited for, but missing copies are told", async () => {
    const broker = await brokerWithTopic({ replicas: [1, 2, 3], config: { "min.insync.replicas": 2 } });
    broker.append("t");
    const results: number[] = [];
    broker.partition("t").whenCommitted(1, (errorCode) => void results.push(errorCode), 1_000);
    broker.partition("t").followerFetched(2, 200, 1, 0);
    expect(results).toEqual([]);
    broker.changePartition("t", { isr: [1, 2] });
    expect(results).toEqual([0]);
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
