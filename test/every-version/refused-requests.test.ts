import { startBroker } from "polylog";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { AlterPartitionReassignmentsRequest } from "../../src/protocol/messages/alter-partition-reassignments.ts";
import { CreateTopicsRequest } from "../../src/protocol/messages/create-topics.ts";
import { DescribeTopicPartitionsRequest } from "../../src/protocol/messages/describe-topic-partitions.ts";
import { ElectLeadersRequest } from "../../src/protocol/messages/elect-leaders.ts";
import { ListPartitionReassignmentsRequest } from "../../src/protocol/messages/list-partition-reassignments.ts";
import { MetadataRequest } from "../../src/protocol/messages/metadata.ts";
import { CodecConnection } from "../interop/side-by-side/codec-connection.ts";

const { NONE, REQUEST_TIMED_OUT, UNKNOWN_SERVER_ERROR } = ErrorCode;

let broker: Awaited<ReturnType<typeof startBroker>>;
let connection: CodecConnection;
beforeAll(async () => {
  broker = await startBroker({ port: 0 });
  connection = await CodecConnection.open(broker.host, broker.port);
  const topics = [{ name: "t", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }];
  await connection.ask(CreateTopicsRequest, 7, { topics, timeoutMs: 10_000 });
});
afterAll(async () => {
  connection?.close();
  await broker?.close();
});

describe("what is to be done within no time is refused", () => {
  test.each([0, 1, 2])("elections, in version %i", async (version) => {
    const topicPartitions = [{ topic: "t", partitions: [0] }];
    expect(await connection.ask(ElectLeadersRequest, version, { topicPartitions, timeoutMs: 0 })).toMatchObject({
      errorCode: version === 0 ? NONE : REQUEST_TIMED_OUT,
      replicaElectionResults: [{ topic: "t", partitionResult: [{ partitionId: 0, errorCode: REQUEST_TIMED_OUT }] }],
    });
  });

  test("reassignments, each by itself", async () => {
    const topics = [{ name: "t", partitions: [{ partitionIndex: 0, replicas: [1] }] }];
    expect(await connection.ask(AlterPartitionReassignmentsRequest, 1, { topics, timeoutMs: -1 })).toMatchObject({
      errorCode: REQUEST_TIMED_OUT,
      responses: [{ name: "t", partitions: [{ partitionIndex: 0, errorCode: REQUEST_TIMED_OUT }] }],
    });
  });

  test("but what is only looked up is not", async () => {
    const answer = await connection.ask(ListPartitionReassignmentsRequest, 0, { topics: null, timeoutMs: 0 });
    expect(answer).toMatchObject({ errorCode: NONE, topics: [] });
  });
});

describe("a request about a topic without a name fails as a whole", () => {
  test.each([12, 13])("for its metadata, in version %i", async (version) => {
    const topics = [{ name: "t" }, { name: null }];
    expect(await connection.ask(MetadataRequest, version, { topics })).toMatchObject({
      brokers: [],
      clusterId: null,
      errorCode: version >= 13 ? UNKNOWN_SERVER_ERROR : NONE,
      topics: [
        { name: "t", errorCode: UNKNOWN_SERVER_ERROR },
        { name: "", errorCode: UNKNOWN_SERVER_ERROR },
      ],
    });
  });

  test("for a page of it", async () => {
    const topics = [{ name: "t" }, { name: "" }];
    const answer = { topics: topics.map(({ name }) => ({ name, errorCode: UNKNOWN_SERVER_ERROR })), nextCursor: null };
    expect(await connection.ask(DescribeTopicPartitionsRequest, 0, { topics })).toMatchObject(answer);
    // From a cursor on it is an invalid name among others.
    const cursor = { topicName: "", partitionIndex: 0 };
    expect(await connection.ask(DescribeTopicPartitionsRequest, 0, { topics, cursor })).toMatchObject({
      topics: [
        { name: "", errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION },
        { name: "t", errorCode: NONE },
      ],
    });
  });
});
