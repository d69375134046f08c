/** Epoch of a streams group (KIP-1071). */
import { array, field, type Infer, int32, message, nullable, string, struct, wideInt64 } from "../schema.ts";

export const StreamsGroupMetadataKey = message(
  { name: "StreamsGroupMetadataKey", apiKey: 17, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
  },
);
export type StreamsGroupMetadataKey = Infer<typeof StreamsGroupMetadataKey>;

const LastAssignmentConfig = struct({
  key: string,
  value: string,
});

export const StreamsGroupMetadataValue = message(
  { name: "StreamsGroupMetadataValue", apiKey: 17, validVersions: "0", flexibleVersions: "0+" },
  {
    epoch: int32,
    metadataHash: wideInt64,
    validatedTopologyEpoch: field(int32, { default: -1, tag: 0 }),
    lastAssignmentConfigs: nullable(array(LastAssignmentConfig), { tag: 1 }),
    storedDescriptionTopologyEpoch: field(int32, { default: -1, tag: 2 }),
    failedDescriptionTopologyEpoch: field(int32, { default: -1, tag: 3 }),
  },
);
export type StreamsGroupMetadataValue = Infer<typeof StreamsGroupMetadataValue>;
