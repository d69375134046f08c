/** What a member of a consumer group owns and still has to give up (KIP-848). */
import { array, type Infer, int8, int32, message, nullable, string, struct, uuid } from "../schema.ts";

export const ConsumerGroupCurrentMemberAssignmentKey = message(
  { name: "ConsumerGroupCurrentMemberAssignmentKey", apiKey: 8, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    memberId: string,
  },
);
export type ConsumerGroupCurrentMemberAssignmentKey = Infer<typeof ConsumerGroupCurrentMemberAssignmentKey>;

const TopicPartitions = struct({
  topicId: uuid,
  partitions: array(int32),
  assignmentEpochs: nullable(array(int32), { tag: 0 }),
});

export const ConsumerGroupCurrentMemberAssignmentValue = message(
  { name: "ConsumerGroupCurrentMemberAssignmentValue", apiKey: 8, validVersions: "0", flexibleVersions: "0+" },
  {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    assignedPartitions: array(TopicPartitions),
    partitionsPendingRevocation: array(TopicPartitions),
  },
);
export type ConsumerGroupCurrentMemberAssignmentValue = Infer<typeof ConsumerGroupCurrentMemberAssignmentValue>;
