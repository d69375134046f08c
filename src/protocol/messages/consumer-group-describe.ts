/** ConsumerGroupDescribe (69), versions 0-1: shows groups of the consumer protocol (KIP-848). */
import {
  array,
  boolean,
  field,
  type Infer,
  int8,
  int16,
  int32,
  message,
  nullable,
  string,
  struct,
  uuid,
} from "../schema.ts";

export const ConsumerGroupDescribeRequest = message(
  { name: "ConsumerGroupDescribeRequest", apiKey: 69, validVersions: "0-1", flexibleVersions: "0+" },
  {
    groupIds: array(string),
    includeAuthorizedOperations: boolean,
  },
);
export type ConsumerGroupDescribeRequest = Infer<typeof ConsumerGroupDescribeRequest>;

const TopicPartitions = struct({
  topicId: uuid,
  topicName: string,
  partitions: array(int32),
});

const Assignment = struct({
  topicPartitions: array(TopicPartitions),
});

export const ConsumerGroupDescribeResponse = message(
  { name: "ConsumerGroupDescribeResponse", apiKey: 69, validVersions: "0-1", flexibleVersions: "0+" },
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
        instanceId: nullable(string, { default: null }),
        rackId: nullable(string, { default: null }),
        memberEpoch: int32,
        clientId: string,
        clientHost: string,
        subscribedTopicNames: array(string),
        subscribedTopicRegex: nullable(string, { default: null }),
        assignment: Assignment,
        targetAssignment: Assignment,
        memberType: field(int8, { versions: "1+", default: -1, ignorable: true }),
      }),
      authorizedOperations: field(int32, { default: -2_147_483_648 }),
    }),
  },
);
export type ConsumerGroupDescribeResponse = Infer<typeof ConsumerGroupDescribeResponse>;
