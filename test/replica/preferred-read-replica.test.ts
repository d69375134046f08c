import { beforeEach, describe, expect, test } from "vitest";
import { fetch } from "../../src/api/fetch.ts";
import { RACK_AWARE_REPLICA_SELECTOR } from "../../src/config/cross-checks.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { batchOffsets, TestBroker, topicId } from "../api/test-broker.ts";

let broker: TestBroker;

beforeEach(async () => {
  broker = await TestBroker.start();
  broker.racks.set(1, "a").set(2, "b").set(3, "b");
  select(RACK_AWARE_REPLICA_SELECTOR);
  broker.createTopic("t", { replicas: [1, 2, 3] });
  broker.append("t", 5);
  for (const id of [2, 3]) broker.partition("t").followerFetched(id, id * 100, 5, 0);
});

function select(selector: string | null): void {
  Object.assign(broker.services.config, { "replica.selector.class": selector });
}

/** A consumer in `rack` reads at `fetchOffset`. */
function read(rackId: string, fetchOffset = 5, version = 13) {
  const { response } = broker.send(fetch, version, {
    maxWaitMs: 500,
    minBytes: 1,
    rackId,
    topics: [{ topicId: topicId("t"), partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000 }] }],
  });
  return response?.responses[0]?.partitions[0];
}

describe("a consumer", () => {
  test("is sent to an in-sync replica in its rack, without records and without waiting", () => {
    const answer = read("b", 0);
    expect(answer).toMatchObject({ errorCode: 0, preferredReadReplica: 3, highWatermark: 5 });
    expect(batchOffsets(answer?.records)).toEqual([]);
  });

  test("stays with a leader in its own rack, and without a replica in its rack", () => {
    broker.append("t", 1);
    for (const id of [2, 3]) broker.partition("t").followerFetched(id, id * 100, 6, 0);
    expect(read("a")).toMatchObject({ preferredReadReplica: -1 });
    expect(batchOffsets(read("z")?.records)).toEqual([5]);
  });

  test("that tells no rack, or comes to a broker that does not choose, reads from the leader", () => {
    expect(batchOffsets(read("", 0)?.records)).toEqual([0]);
    select(null);
    expect(batchOffsets(read("b", 0)?.records)).toEqual([0]);
  });

  test("is sent to the replica that has more", () => {
    broker.append("t", 1);
    broker.partition("t").followerFetched(2, 200, 6, 0);
    expect(read("b")).toMatchObject({ preferredReadReplica: 2 });
  });

  test("is not sent to a replica that lacks the offset, has deleted it, or is not in sync", () => {
    broker.partition("t").followerFetched(3, 300, 5, 4);
    expect(read("b", 2)).toMatchObject({ preferredReadReplica: 2 });
    broker.changePartition("t", { isr: [1, 3] });
    expect(batchOffsets(read("b", 2)?.records)).toEqual([0]);
  });

  test("learns of a better replica in the course of a session", () => {
    const partition = { partition: 0, fetchOffset: 5, partitionMaxBytes: 1_000 };
    const topics = [{ topicId: topicId("t"), partitions: [partition] }];
    select(null);
    const opened = broker.send(fetch, 13, { maxWaitMs: 0, minBytes: 1, rackId: "b", sessionEpoch: 0, topics });
    const sessionId = opened.response?.sessionId ?? 0;
    expect(sessionId).not.toBe(0);
    select(RACK_AWARE_REPLICA_SELECTOR);
    const next = broker.send(fetch, 13, {
      maxWaitMs: 500,
      minBytes: 1,
      rackId: "b",
      sessionId,
      sessionEpoch: 1,
      topics: [],
    });
    expect(next.response?.responses[0]?.partitions[0]).toMatchObject({ preferredReadReplica: 3 });
  });
});

test("a follower serves consumers up to its high watermark", () => {
  broker.createTopic("u", { replicas: [1, 2], leader: 2 });
  broker.partition("u").appendRecordsToFollower(broker.batch(2), { highWatermark: 1, logStartOffset: 0 });
  const { response } = broker.send(fetch, 13, {
    maxWaitMs: 0,
    minBytes: 1,
    rackId: "a",
    topics: [{ topicId: topicId("u"), partitions: [{ partition: 0, fetchOffset: 2, partitionMaxBytes: 1_000 }] }],
  });
  expect(response?.responses[0]?.partitions[0]).toMatchObject({ errorCode: ErrorCode.NONE, highWatermark: 1 });
});
