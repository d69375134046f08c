/** The state of a remote segment changed (KIP-405). */
import { bytes, type Infer, int8, int32, int64, message, nullable, string, struct, uuid } from "../schema.ts";

export const RemoteLogSegmentMetadataUpdateRecord = message(
  { name: "RemoteLogSegmentMetadataUpdateRecord", apiKey: 1, validVersions: "0", flexibleVersions: "0+" },
  {
    remoteLogSegmentId: struct({
      topicIdPartition: struct({
        name: string,
        id: uuid,
        partition: int32,
      }),
      id: uuid,
    }),
    brokerId: int32,
    eventTimestampMs: int64,
    customMetadata: nullable(bytes, { default: null }),
    remoteLogSegmentState: int8,
  },
);
export type RemoteLogSegmentMetadataUpdateRecord = Infer<typeof RemoteLogSegmentMetadataUpdateRecord>;
