/** ConsumerGroupHeartbeat (68), versions 0-1: joins, keeps and leaves a group of the consumer protocol (KIP-848). */
import { array, field, type Infer, int16, int32, message, nullable, string, struct, uuid } from "../schema.ts";

export const ConsumerGroupHeartbeatRequest = message(
  { name: "ConsumerGroupHeartbeatRequest", apiKey: 68, validVersions: "0-1", flexibleVersions: "0+" },
  {
    groupId: string,
    memberId: string,
    memberEpoch: int32,
    instanceId: nullable(string, { default: null }),
    rackId: nullable(string, { default: null }),
    rebalanceTimeoutMs: field(int32, { default: -1 }),
    subscribedTopicNames: nullable(array(string), { default: null }),
    subscribedTopicRegex: nullable(string, { versions: "1+", default: null }),
    serverAssignor: nullable(string, { default: null }),
    topicPartitions: nullable(
      array({
        topicId: uuid,
        partitions: array(int32),
      }),
      { default: null },
    ),
  },
);
export type ConsumerGroupHeartbeatRequest = Infer<typeof ConsumerGroupHeartbeatRequest>;

const TopicPartitions = struct({
  topicId: uuid,
  partitions: array(int32),
});

export const ConsumerGroupHeartbeatResponse = message(
  { name: "ConsumerGroupHeartbeatResponse", apiKey: 68, validVersions: "0-1", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string, { default: null }),
    memberId: nullable(string, { default: null }),
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    assignment: nullable(
      struct({
        topicPartitions: array(TopicPartitions),
      }),
      { default: null },
    ),
  },
);
export type ConsumerGroupHeartbeatResponse = Infer<typeof ConsumerGroupHeartbeatResponse>;
