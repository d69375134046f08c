/** A segment was copied, or is being copied, to remote storage (KIP-405). */
import {
  array,
  boolean,
  bytes,
  field,
  type Infer,
  int8,
  int32,
  int64,
  message,
  nullable,
  string,
  struct,
  uuid,
  wideInt64,
} from "../schema.ts";

export const RemoteLogSegmentMetadataRecord = message(
  { name: "RemoteLogSegmentMetadataRecord", apiKey: 0, validVersions: "0", flexibleVersions: "0+" },
  {
    remoteLogSegmentId: struct({
      topicIdPartition: struct({
        name: string,
        id: uuid,
        partition: int32,
      }),
      id: uuid,
    }),
    startOffset: int64,
    endOffset: int64,
    brokerId: int32,
    maxTimestampMs: wideInt64,
    eventTimestampMs: int64,
    segmentLeaderEpochs: array({
      leaderEpoch: int32,
      offset: int64,
    }),
    segmentSizeInBytes: int32,
    customMetadata: nullable(bytes, { default: null }),
    remoteLogSegmentState: int8,
    txnIndexEmpty: field(boolean, { tag: 0 }),
  },
);
export type RemoteLogSegmentMetadataRecord = Infer<typeof RemoteLogSegmentMetadataRecord>;
