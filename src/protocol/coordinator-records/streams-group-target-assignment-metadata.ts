/** Epoch of a streams group's target assignment (KIP-1071). */
import { field, type Infer, int32, int64, message, string } from "../schema.ts";

export const StreamsGroupTargetAssignmentMetadataKey = message(
  { name: "StreamsGroupTargetAssignmentMetadataKey", apiKey: 20, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
  },
);
export type StreamsGroupTargetAssignmentMetadataKey = Infer<typeof StreamsGroupTargetAssignmentMetadataKey>;

export const StreamsGroupTargetAssignmentMetadataValue = message(
  { name: "StreamsGroupTargetAssignmentMetadataValue", apiKey: 20, validVersions: "0", flexibleVersions: "0+" },
  {
    assignmentEpoch: int32,
    assignmentTimestamp: field(int64, { default: 0, tag: 0 }),
  },
);
export type StreamsGroupTargetAssignmentMetadataValue = Infer<typeof StreamsGroupTargetAssignmentMetadataValue>;
