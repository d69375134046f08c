/** Epoch of a consumer group's target assignment (KIP-848). */
import { field, type Infer, int32, int64, message, string } from "../schema.ts";

export const ConsumerGroupTargetAssignmentMetadataKey = message(
  { name: "ConsumerGroupTargetAssignmentMetadataKey", apiKey: 6, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
  },
);
export type ConsumerGroupTargetAssignmentMetadataKey = Infer<typeof ConsumerGroupTargetAssignmentMetadataKey>;

export const ConsumerGroupTargetAssignmentMetadataValue = message(
  { name: "ConsumerGroupTargetAssignmentMetadataValue", apiKey: 6, validVersions: "0", flexibleVersions: "0+" },
  {
    assignmentEpoch: int32,
    assignmentTimestamp: field(int64, { default: 0, tag: 0 }),
  },
);
export type ConsumerGroupTargetAssignmentMetadataValue = Infer<typeof ConsumerGroupTargetAssignmentMetadataValue>;
