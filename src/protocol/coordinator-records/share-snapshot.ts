/** State of a share partition (KIP-932). */
import { array, field, type Infer, int8, int16, int32, int64, message, string, uuid, wideInt64 } from "../schema.ts";

export const ShareSnapshotKey = message(
  { name: "ShareSnapshotKey", apiKey: 0, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    topicId: uuid,
    partition: int32,
  },
);
export type ShareSnapshotKey = Infer<typeof ShareSnapshotKey>;

export const ShareSnapshotValue = message(
  { name: "ShareSnapshotValue", apiKey: 0, validVersions: "0", flexibleVersions: "0+" },
  {
    snapshotEpoch: int32,
    stateEpoch: int32,
    leaderEpoch: int32,
    startOffset: wideInt64,
    deliveryCompleteCount: field(int32, { default: -1, tag: 0 }),
    createTimestamp: int64,
    writeTimestamp: int64,
    stateBatches: array({
      firstOffset: int64,
      lastOffset: int64,
      deliveryState: int8,
      deliveryCount: int16,
    }),
  },
);
export type ShareSnapshotValue = Infer<typeof ShareSnapshotValue>;
