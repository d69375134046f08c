/** Changes of a share partition's state since its snapshot (KIP-932). */
import { array, field, type Infer, int8, int16, int32, int64, message, string, uuid, wideInt64 } from "../schema.ts";

export const ShareUpdateKey = message(
  { name: "ShareUpdateKey", apiKey: 1, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    topicId: uuid,
    partition: int32,
  },
);
export type ShareUpdateKey = Infer<typeof ShareUpdateKey>;

export const ShareUpdateValue = message(
  { name: "ShareUpdateValue", apiKey: 1, validVersions: "0", flexibleVersions: "0+" },
  {
    snapshotEpoch: int32,
    leaderEpoch: int32,
    startOffset: wideInt64,
    deliveryCompleteCount: field(int32, { default: -1, tag: 0 }),
    stateBatches: array({
      firstOffset: int64,
      lastOffset: int64,
      deliveryState: int8,
      deliveryCount: int16,
    }),
  },
);
export type ShareUpdateValue = Infer<typeof ShareUpdateValue>;
