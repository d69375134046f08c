/** Epoch of a consumer group (KIP-848). */
import { field, type Infer, int32, message, string, wideInt64 } from "../schema.ts";

export const ConsumerGroupMetadataKey = message(
  { name: "ConsumerGroupMetadataKey", apiKey: 3, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
  },
);
export type ConsumerGroupMetadataKey = Infer<typeof ConsumerGroupMetadataKey>;

export const ConsumerGroupMetadataValue = message(
  { name: "ConsumerGroupMetadataValue", apiKey: 3, validVersions: "0", flexibleVersions: "0+" },
  {
    epoch: int32,
    metadataHash: field(wideInt64, { default: 0, tag: 0 }),
  },
);
export type ConsumerGroupMetadataValue = Infer<typeof ConsumerGroupMetadataValue>;
