/** The state of a remote partition's deletion changed (KIP-405). */
import { type Infer, int8, int32, int64, message, string, struct, uuid } from "../schema.ts";

export const RemotePartitionDeleteMetadataRecord = message(
  { name: "RemotePartitionDeleteMetadataRecord", apiKey: 2, validVersions: "0", flexibleVersions: "0+" },
  {
    topicIdPartition: struct({
      name: string,
      id: uuid,
      partition: int32,
    }),
    brokerId: int32,
    eventTimestampMs: int64,
    remotePartitionDeleteState: int8,
  },
);
export type RemotePartitionDeleteMetadataRecord = Infer<typeof RemotePartitionDeleteMetadataRecord>;
