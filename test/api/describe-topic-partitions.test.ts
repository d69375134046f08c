import { expect, test } from "vitest";
import { describeTopicPartitions } from "../../src/api/describe-topic-partitions.ts";
import { TestBroker } from "./test-broker.ts";

test("a partition without a leader is shown without an error, unlike in Metadata", async () => {
  const broker = await TestBroker.start();
  broker.createTopic("t", { replicas: [2], leader: -1 });
  const { response } = broker.send(describeTopicPartitions, 0, { topics: [{ name: "t" }] });
  expect(response?.topics[0]?.partitions).toMatchObject([{ errorCode: 0, leaderId: -1, replicaNodes: [2] }]);
});
