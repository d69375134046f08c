/** DeleteRecords (21), versions 0-2: moves log start offsets up, so that what is below goes (KIP-107). */
import { array, field, type Infer, int16, int32, int64, message, string, wideInt64 } from "../schema.ts";

export const DeleteRecordsRequest = message(
  { name: "DeleteRecordsRequest", apiKey: 21, validVersions: "0-2", flexibleVersions: "2+" },
  {
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        offset: wideInt64,
      }),
    }),
    timeoutMs: int32,
  },
);
export type DeleteRecordsRequest = Infer<typeof DeleteRecordsRequest>;

export const DeleteRecordsResponse = message(
  { name: "DeleteRecordsResponse", apiKey: 21, validVersions: "0-2", flexibleVersions: "2+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        lowWatermark: int64,
        errorCode: int16,
      }),
    }),
  },
);
export type DeleteRecordsResponse = Infer<typeof DeleteRecordsResponse>;
