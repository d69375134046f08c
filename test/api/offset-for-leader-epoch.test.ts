import { expect, test } from "vitest";
import { offsetForLeaderEpoch } from "../../src/api/offset-for-leader-epoch.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { TestBroker } from "./test-broker.ts";

/** Epoch 0 ends at 3, epoch 1 has no records, epoch 2 holds two. */
async function brokerWithEpochs(): Promise<TestBroker> {
  const broker = await TestBroker.start();
  broker.createTopic("t");
  broker.append("t", 3);
  broker.changePartition("t", { leader: 1 });
  broker.changePartition("t", { leader: 1 });
  broker.append("t", 2);
  return broker;
}

function ask(broker: TestBroker, leaderEpoch: number, currentLeaderEpoch = -1, version = 4, topic = "t") {
  const topics = [{ topic, partitions: [{ partition: 0, currentLeaderEpoch, leaderEpoch }] }];
  const { response } = broker.send(offsetForLeaderEpoch, version, { replicaId: -1, topics });
  return response?.topics[0]?.partitions[0];
}

test.each([2, 3, 4])("version %i answers where an epoch ends", async (version) => {
  const broker = await brokerWithEpochs();
  const end = (leaderEpoch: number, endOffset: number) => ({ errorCode: 0, partition: 0, leaderEpoch, endOffset });
  expect(ask(broker, 0, -1, version)).toEqual(end(0, 3));
  expect(ask(broker, 2, -1, version)).toEqual(end(2, 5));
});

test("an epoch without records ends where the one before it does", async () => {
  expect(ask(await brokerWithEpochs(), 1)).toMatchObject({ errorCode: 0, endOffset: 3 });
});

test("an epoch that is not known yet has no end", async () => {
  expect(ask(await brokerWithEpochs(), 9)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 });
});

test("one below all that there are ends where the log begins, but -1 is none", async () => {
  const broker = await brokerWithEpochs();
  for (const epoch of [-2, -2_147_483_648]) {
    expect(ask(broker, epoch)).toMatchObject({ errorCode: 0, leaderEpoch: epoch, endOffset: 0 });
  }
  expect(ask(broker, -1)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 });
});

test("the asker's own epoch and the leadership are checked", async () => {
  const broker = await brokerWithEpochs();
  expect(ask(broker, 0, 1)?.errorCode).toBe(ErrorCode.FENCED_LEADER_EPOCH);
  expect(ask(broker, 0, 3)?.errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH);
  broker.createTopic("other", { replicas: [2], leader: 2 });
  expect(ask(broker, 0, -1, 4, "other")?.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  expect(ask(broker, 0, -1, 4, "none")?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
});
