/** A remote segment, in a snapshot of remote log metadata (KIP-405). */
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
  uuid,
  wideInt64,
} from "../schema.ts";

export const RemoteLogSegmentMetadataSnapshotRecord = message(
  { name: "RemoteLogSegmentMetadataSnapshotRecord", apiKey: 3, validVersions: "0", flexibleVersions: "0+" },
  {
    segmentId: uuid,
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
export type RemoteLogSegmentMetadataSnapshotRecord = Infer<typeof RemoteLogSegmentMetadataSnapshotRecord>;
