/** OffsetDelete (47), version 0: deletes committed offsets of a group (KIP-496). */
import { array, field, type Infer, int16, int32, message, string } from "../schema.ts";

export const OffsetDeleteRequest = message(
  { name: "OffsetDeleteRequest", apiKey: 47, validVersions: "0", flexibleVersions: "none" },
  {
    groupId: string,
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
      }),
    }),
  },
);
export type OffsetDeleteRequest = Infer<typeof OffsetDeleteRequest>;

export const OffsetDeleteResponse = message(
  { name: "OffsetDeleteResponse", apiKey: 47, validVersions: "0", flexibleVersions: "none" },
  {
    errorCode: int16,
    throttleTimeMs: field(int32, { default: 0 }),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
      }),
    }),
  },
);
export type OffsetDeleteResponse = Infer<typeof OffsetDeleteResponse>;
