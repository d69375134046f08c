/** Target assignment of a member of a consumer group (KIP-848). */
import { array, type Infer, int32, message, string, uuid } from "../schema.ts";

export const ConsumerGroupTargetAssignmentMemberKey = message(
  { name: "ConsumerGroupTargetAssignmentMemberKey", apiKey: 7, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    memberId: string,
  },
);
export type ConsumerGroupTargetAssignmentMemberKey = Infer<typeof ConsumerGroupTargetAssignmentMemberKey>;

export const ConsumerGroupTargetAssignmentMemberValue = message(
  { name: "ConsumerGroupTargetAssignmentMemberValue", apiKey: 7, validVersions: "0", flexibleVersions: "0+" },
  {
    topicPartitions: array({
      topicId: uuid,
      partitions: array(int32),
    }),
  },
);
export type ConsumerGroupTargetAssignmentMemberValue = Infer<typeof ConsumerGroupTargetAssignmentMemberValue>;
