/** ShareGroupDescribe (77), version 1: shows share groups (KIP-932). */
import { array, boolean, field, type Infer, int16, int32, message, nullable, string, struct, uuid } from "../schema.ts";

export const ShareGroupDescribeRequest = message(
  { name: "ShareGroupDescribeRequest", apiKey: 77, validVersions: "1", flexibleVersions: "0+" },
  {
    groupIds: array(string),
    includeAuthorizedOperations: boolean,
  },
);
export type ShareGroupDescribeRequest = Infer<typeof ShareGroupDescribeRequest>;

const TopicPartitions = struct({
  topicId: uuid,
  topicName: string,
  partitions: array(int32),
});

const Assignment = struct({
  topicPartitions: array(TopicPartitions),
});

export const ShareGroupDescribeResponse = message(
  { name: "ShareGroupDescribeResponse", apiKey: 77, validVersions: "1", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    groups: array({
      errorCode: int16,
      errorMessage: nullable(string, { default: null }),
      groupId: string,
      groupState: string,
      groupEpoch: int32,
      assignmentEpoch: int32,
      assignorName: string,
      members: array({
        memberId: string,
        rackId: nullable(string, { default: null }),
        memberEpoch: int32,
        clientId: string,
        clientHost: string,
        subscribedTopicNames: array(string),
        assignment: Assignment,
      }),
      authorizedOperations: field(int32, { default: -2_147_483_648 }),
    }),
  },
);
export type ShareGroupDescribeResponse = Infer<typeof ShareGroupDescribeResponse>;
