/** Epoch of a share group's target assignment (KIP-932). */
import { field, type Infer, int32, int64, message, string } from "../schema.ts";

export const ShareGroupTargetAssignmentMetadataKey = message(
  { name: "ShareGroupTargetAssignmentMetadataKey", apiKey: 12, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
  },
);
export type ShareGroupTargetAssignmentMetadataKey = Infer<typeof ShareGroupTargetAssignmentMetadataKey>;

export const ShareGroupTargetAssignmentMetadataValue = message(
  { name: "ShareGroupTargetAssignmentMetadataValue", apiKey: 12, validVersions: "0", flexibleVersions: "0+" },
  {
    assignmentEpoch: int32,
    assignmentTimestamp: field(int64, { default: 0, tag: 0 }),
  },
);
export type ShareGroupTargetAssignmentMetadataValue = Infer<typeof ShareGroupTargetAssignmentMetadataValue>;
