/** ShareGroupHeartbeat (76), version 1: joins, keeps and leaves a share group (KIP-932). */
import { array, field, type Infer, int16, int32, message, nullable, string, struct, uuid } from "../schema.ts";

export const ShareGroupHeartbeatRequest = message(
  { name: "ShareGroupHeartbeatRequest", apiKey: 76, validVersions: "1", flexibleVersions: "0+" },
  {
    groupId: string,
    memberId: string,
    memberEpoch: int32,
    rackId: nullable(string, { default: null }),
    subscribedTopicNames: nullable(array(string), { default: null }),
  },
);
export type ShareGroupHeartbeatRequest = Infer<typeof ShareGroupHeartbeatRequest>;

const TopicPartitions = struct({
  topicId: uuid,
  partitions: array(int32),
});

export const ShareGroupHeartbeatResponse = message(
  { name: "ShareGroupHeartbeatResponse", apiKey: 76, validVersions: "1", flexibleVersions: "0+" },
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
export type ShareGroupHeartbeatResponse = Infer<typeof ShareGroupHeartbeatResponse>;
