/** Epoch of a share group (KIP-932). */
import { type Infer, int32, message, string, wideInt64 } from "../schema.ts";

export const ShareGroupMetadataKey = message(
  { name: "ShareGroupMetadataKey", apiKey: 11, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
  },
);
export type ShareGroupMetadataKey = Infer<typeof ShareGroupMetadataKey>;

export const ShareGroupMetadataValue = message(
  { name: "ShareGroupMetadataValue", apiKey: 11, validVersions: "0", flexibleVersions: "0+" },
  {
    epoch: int32,
    metadataHash: wideInt64,
  },
);
export type ShareGroupMetadataValue = Infer<typeof ShareGroupMetadataValue>;
