import { beforeEach, describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { TestBroker, topicId } from "../api/test-broker.ts";

const LAG_MS = 30_000;

let broker: TestBroker;

beforeEach(async () => {
  broker = await TestBroker.start();
});

/** Lets what one turn has gathered leave for the controller. */
function turn(): void {
  broker.runtime.clock.runUntilIdle();
}

/** Each ISR that was asked for in the last request, by partition. */
function asked() {
  turn();
  return broker.isrChanges
    .at(-1)
    ?.request.topics.flatMap(({ partitions }) => partitions)
    .map(({ partitionIndex, newIsrWithEpochs, partitionEpoch, leaderEpoch }) => ({
      partitionIndex,
      isr: newIsrWithEpochs.map(({ brokerId, brokerEpoch }) => `${brokerId}@${brokerEpoch}`).join(),
      leaderEpoch,
      partitionEpoch,
    }));
}

/** The controller's answer about partition 0 of "t". */
function answer(isr: number[], partitionEpoch: number, errorCode: number = ErrorCode.NONE, leaderEpoch = 0): void {
  const partition = { partitionIndex: 0, errorCode, leaderId: 1, leaderEpoch, isr, partitionEpoch };
  const { answered } = broker.isrChanges.at(-1)!;
  answered({ errorCode: 0, topics: [{ topicId: topicId("t"), partitions: [partition] }] });
}

function follower(id: number, endOffset: number, epoch = id * 100): void {
  broker.partition("t").followerFetched(id, epoch, endOffset, 0);
}

describe("a follower joins the ISR", () => {
  beforeEach(() => {
    broker.createTopic("t", { replicas: [1, 2, 3], isr: [1] });
    broker.append("t", 5);
  });

  test("when it has everything below the high watermark", () => {
    follower(2, 3);
    expect(asked()).toBeUndefined();
    follower(2, 5);
    expect(asked()).toEqual([{ partitionIndex: 0, isr: "1@100,2@200", leaderEpoch: 0, partitionEpoch: 0 }]);
    answer([1, 2], 1);
    expect(broker.partition("t").isr).toEqual([1, 2]);
  });

  test("and not before it has reached the start of the leader's epoch, as its own log could diverge", () => {
    broker.createTopic("u", { replicas: [1, 2], isr: [1], leader: 2 });
    broker.partition("u").appendRecordsToFollower(broker.batch(4), { highWatermark: 0, logStartOffset: 0 });
    broker.changePartition("u", { leader: 1 });
    const partition = broker.partition("u");
    partition.followerFetched(2, 200, 3, 0);
    turn();
    expect(broker.isrChanges.length).toBe(0);
    partition.followerFetched(2, 200, 4, 0);
    turn();
    expect(broker.isrChanges.length).toBe(1);
  });

  test("one after the other, each as soon as the one before is done", () => {
    follower(2, 5);
    follower(3, 5);
    expect(asked()?.map(({ isr }) => isr)).toEqual(["1@100,2@200"]);
    answer([1, 2], 1);
    expect(asked()).toEqual([{ partitionIndex: 0, isr: "1@100,2@200,3@300", leaderEpoch: 0, partitionEpoch: 1 }]);
  });

  test("never with the epoch of an earlier incarnation", () => {
    follower(2, 5, 199);
    expect(asked()).toBeUndefined();
  });

  test("also without an epoch, from before there were any", () => {
    follower(2, 5, -1);
    expect(asked()?.map(({ isr }) => isr)).toEqual(["1@100,2@-1"]);
  });

  test("and what an earlier incarnation of it tells to have, in a request that comes late, does not count", () => {
    follower(2, 5);
    turn();
    broker.append("t", 1);
    expect(broker.partition("t").followerFetched(2, 199, 6, 0)).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    expect(broker.partition("t").highWatermark).toBe(5);
    // The metadata here do not know of the newest one yet.
    follower(2, 5, 201);
    expect(broker.partition("t").followerFetched(2, 200, 6, 0)).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    expect(broker.partition("t").highWatermark).toBe(5);
    follower(2, 6, 201);
    expect(broker.partition("t").highWatermark).toBe(6);
  });

  test("and from then on acks=all waits for it, though the controller has not confirmed it", () => {
    follower(2, 5);
    turn();
    broker.append("t", 1);
    expect(broker.partition("t").highWatermark).toBe(5);
    follower(2, 6);
    expect(broker.partition("t").highWatermark).toBe(6);
  });
});

describe("a follower that had caught up, and was not in the ISR, is waited for no more", () => {
  beforeEach(() => {
    broker.createTopic("t", { replicas: [1, 2, 3], isr: [1, 2] });
    follower(2, 0);
    follower(3, 0);
    turn();
    broker.append("t", 1);
    follower(2, 1);
  });

  test("when it is fenced, after the controller has not let it in", () => {
    answer([], 0, ErrorCode.INELIGIBLE_REPLICA);
    expect(broker.partition("t").highWatermark).toBe(0);
    broker.fence(3);
    expect(broker.partition("t").highWatermark).toBe(1);
  });

  test("when the controller does not let it in, as it is fenced", () => {
    broker.fence(3);
    expect(broker.partition("t").highWatermark).toBe(0);
    answer([], 0, ErrorCode.INELIGIBLE_REPLICA);
    expect(broker.partition("t").highWatermark).toBe(1);
  });
});

test("who deletes records waits for no follower that has been fenced", () => {
  broker.createTopic("t", { replicas: [1, 2] });
  broker.append("t", 5);
  follower(2, 5);
  const partition = broker.partition("t");
  const settled: number[] = [];
  partition.deleteRecords(3);
  partition.waiters.deleted.add({ requiredOffset: 3, settled: (errorCode) => settled.push(errorCode) });
  follower(2, 5);
  expect(settled).toEqual([]);
  broker.fence(2);
  expect(settled).toEqual([ErrorCode.NONE]);
});

describe("a follower leaves the ISR", () => {
  beforeEach(() => {
    broker.createTopic("t", { replicas: [1, 2, 3] });
    broker.append("t", 5);
  });

  test("when it has not caught up for replica.lag.time.max.ms", () => {
    follower(2, 5);
    follower(3, 4);
    broker.runtime.clock.advance(LAG_MS);
    expect(asked()).toBeUndefined();
    broker.runtime.clock.advance(LAG_MS / 2);
    expect(asked()).toEqual([{ partitionIndex: 0, isr: "1@100,2@200", leaderEpoch: 0, partitionEpoch: 0 }]);
    expect(broker.partition("t").highWatermark).toBe(4);
    answer([1, 2], 1);
    expect(broker.partition("t").highWatermark).toBe(5);
  });

  test("and does not come back before it fetches, though what it lacks is not committed either", () => {
    broker.createTopic("u", { replicas: [1, 2], config: { "min.insync.replicas": 2 } });
    const partition = broker.partition("u");
    partition.followerFetched(2, 200, 0, 0);
    broker.append("u", 1);
    broker.runtime.clock.advance(2 * LAG_MS);
    turn();
    const { answered } = broker.isrChanges.at(-1)!;
    const result = { partitionIndex: 0, errorCode: 0, leaderId: 1, leaderEpoch: 0, isr: [1], partitionEpoch: 1 };
    answered({ errorCode: 0, topics: [{ topicId: topicId("u"), partitions: [result] }] });
    expect(partition.isr).toEqual([1]);
    expect(partition.pendingIsrChange).toBeUndefined();
  });

  test("with the epoch that the metadata knows, of one that has not fetched yet", () => {
    broker.runtime.clock.advance(2 * LAG_MS);
    expect(asked()?.map(({ isr }) => isr)).toEqual(["1@100"]);
  });

  test("and counts until the controller has confirmed it", () => {
    follower(2, 5);
    broker.runtime.clock.advance(2 * LAG_MS);
    turn();
    broker.append("t", 1);
    follower(2, 6);
    expect(broker.partition("t").isr).toEqual([1, 2, 3]);
    expect(broker.partition("t").highWatermark).toBe(0);
  });
});

describe("the controller", () => {
  beforeEach(() => {
    broker.createTopic("t", { replicas: [1, 2], isr: [1] });
    broker.append("t", 5);
    follower(2, 5);
    turn();
  });

  test("is asked by one request at a time, with everything that has gathered meanwhile", () => {
    for (const name of ["a", "b"]) {
      broker.createTopic(name, { replicas: [1, 2], isr: [1] });
      broker.partition(name).followerFetched(2, 200, 0, 0);
    }
    turn();
    expect(broker.isrChanges.length).toBe(1);
    answer([1, 2], 1);
    turn();
    expect(broker.isrChanges.length).toBe(2);
    expect(broker.isrChanges[1]!.request.topics.map((topic) => topic.topicId)).toEqual([topicId("a"), topicId("b")]);
  });

  test("is asked again, after a pause, when it was not the right one or could not be reached", () => {
    broker.isrChanges[0]!.answered({ errorCode: ErrorCode.NOT_CONTROLLER, topics: [] });
    turn();
    expect(broker.isrChanges.length).toBe(1);
    broker.runtime.clock.advance(1_000);
    expect(broker.isrChanges.length).toBe(2);
    answer([], 0, ErrorCode.NOT_CONTROLLER);
    broker.runtime.clock.advance(1_000);
    expect(broker.isrChanges.length).toBe(3);
    answer([1, 2], 1);
    expect(broker.partition("t").isr).toEqual([1, 2]);
  });

  test("is not asked again for a member that it does not accept, before that one fetches again", () => {
    answer([], 0, ErrorCode.INELIGIBLE_REPLICA);
    broker.runtime.clock.advance(5_000);
    expect(broker.isrChanges.length).toBe(1);
    follower(2, 5);
    turn();
    expect(broker.isrChanges.length).toBe(2);
  });

  test("knows of a newer state: nothing is asked before the metadata has told it", () => {
    answer([], 0, ErrorCode.INVALID_UPDATE_VERSION);
    follower(2, 5);
    broker.runtime.clock.advance(5_000);
    expect(broker.isrChanges.length).toBe(1);
    broker.changePartition("t", { partitionEpoch: 7 });
    follower(2, 5);
    expect(asked()).toEqual([{ partitionIndex: 0, isr: "1@100,2@200", leaderEpoch: 0, partitionEpoch: 7 }]);
  });

  test("may be overtaken by the metadata: its answer is then ignored", () => {
    broker.changePartition("t", { isr: [1], partitionEpoch: 3 });
    answer([1, 2], 1);
    expect(broker.partition("t").isr).toEqual([1]);
    expect(broker.partition("t").partitionEpoch).toBe(3);
  });

  test("may overtake the metadata: the record of what it has answered does not undo the next proposal", () => {
    broker.createTopic("u", { replicas: [1, 2, 3], isr: [1] });
    const partition = broker.partition("u");
    partition.followerFetched(2, 200, 0, 0);
    answer([1, 2], 1);
    turn();
    const { answered } = broker.isrChanges.at(-1)!;
    const result = { partitionIndex: 0, errorCode: 0, leaderId: 1, leaderEpoch: 0, isr: [1, 2], partitionEpoch: 1 };
    answered({ errorCode: 0, topics: [{ topicId: topicId("u"), partitions: [result] }] });
    partition.followerFetched(3, 300, 0, 0);
    expect(partition.pendingIsrChange?.isr).toEqual([1, 2, 3]);
    broker.changePartition("u", { isr: [1, 2] });
    expect(partition.pendingIsrChange?.isr).toEqual([1, 2, 3]);
  });

  test("gets no change of a partition that is led by somebody else by then", () => {
    broker.isrChanges[0]!.answered({ errorCode: ErrorCode.NOT_CONTROLLER, topics: [] });
    broker.changePartition("t", { leader: 2 });
    broker.runtime.clock.advance(1_000);
    expect(broker.isrChanges.length).toBe(1);
  });
});
