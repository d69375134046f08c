/** What a member of a share group is assigned (KIP-932). */
import { array, type Infer, int8, int32, message, string, struct, uuid } from "../schema.ts";

export const ShareGroupCurrentMemberAssignmentKey = message(
  { name: "ShareGroupCurrentMemberAssignmentKey", apiKey: 14, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    memberId: string,
  },
);
export type ShareGroupCurrentMemberAssignmentKey = Infer<typeof ShareGroupCurrentMemberAssignmentKey>;

const TopicPartitions = struct({
  topicId: uuid,
  partitions: array(int32),
});

export const ShareGroupCurrentMemberAssignmentValue = message(
  { name: "ShareGroupCurrentMemberAssignmentValue", apiKey: 14, validVersions: "0", flexibleVersions: "0+" },
  {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    assignedPartitions: array(TopicPartitions),
  },
);
export type ShareGroupCurrentMemberAssignmentValue = Infer<typeof ShareGroupCurrentMemberAssignmentValue>;
