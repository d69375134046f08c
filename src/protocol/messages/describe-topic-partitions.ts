/** DescribeTopicPartitions (75), version 0: shows partitions page by page, with eligible leader replicas (KIP-966). */
import { array, boolean, field, type Infer, int16, int32, message, nullable, string, struct, uuid } from "../schema.ts";

export const DescribeTopicPartitionsRequest = message(
  { name: "DescribeTopicPartitionsRequest", apiKey: 75, validVersions: "0", flexibleVersions: "0+" },
  {
    topics: array({
      name: string,
    }),
    responsePartitionLimit: field(int32, { default: 2000 }),
    cursor: nullable(
      struct({
        topicName: string,
        partitionIndex: int32,
      }),
      { default: null },
    ),
  },
);
export type DescribeTopicPartitionsRequest = Infer<typeof DescribeTopicPartitionsRequest>;

export const DescribeTopicPartitionsResponse = message(
  { name: "DescribeTopicPartitionsResponse", apiKey: 75, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    topics: array({
      errorCode: int16,
      name: nullable(string),
      topicId: uuid,
      isInternal: field(boolean, { default: false }),
      partitions: array({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: field(int32, { default: -1 }),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        eligibleLeaderReplicas: nullable(array(int32), { default: null }),
        lastKnownElr: nullable(array(int32), { default: null }),
        offlineReplicas: array(int32),
      }),
      topicAuthorizedOperations: field(int32, { default: -2_147_483_648 }),
    }),
    nextCursor: nullable(
      struct({
        topicName: string,
        partitionIndex: int32,
      }),
      { default: null },
    ),
  },
);
export type DescribeTopicPartitionsResponse = Infer<typeof DescribeTopicPartitionsResponse>;
