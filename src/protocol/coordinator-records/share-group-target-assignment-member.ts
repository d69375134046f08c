/** Target assignment of a member of a share group (KIP-932). */
import { array, type Infer, int32, message, string, uuid } from "../schema.ts";

export const ShareGroupTargetAssignmentMemberKey = message(
  { name: "ShareGroupTargetAssignmentMemberKey", apiKey: 13, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    memberId: string,
  },
);
export type ShareGroupTargetAssignmentMemberKey = Infer<typeof ShareGroupTargetAssignmentMemberKey>;

export const ShareGroupTargetAssignmentMemberValue = message(
  { name: "ShareGroupTargetAssignmentMemberValue", apiKey: 13, validVersions: "0", flexibleVersions: "0+" },
  {
    topicPartitions: array({
      topicId: uuid,
      partitions: array(int32),
    }),
  },
);
export type ShareGroupTargetAssignmentMemberValue = Infer<typeof ShareGroupTargetAssignmentMemberValue>;
