/** AlterShareGroupOffsets (91), version 0: moves start offsets of share partitions (KIP-932). */
import { array, field, type Infer, int16, int32, message, nullable, string, uuid, wideInt64 } from "../schema.ts";

export const AlterShareGroupOffsetsRequest = message(
  { name: "AlterShareGroupOffsetsRequest", apiKey: 91, validVersions: "0", flexibleVersions: "0+" },
  {
    groupId: string,
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        startOffset: wideInt64,
      }),
    }),
  },
);
export type AlterShareGroupOffsetsRequest = Infer<typeof AlterShareGroupOffsetsRequest>;

export const AlterShareGroupOffsetsResponse = message(
  { name: "AlterShareGroupOffsetsResponse", apiKey: 91, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string, { default: null }),
    responses: array({
      topicName: string,
      topicId: uuid,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: nullable(string, { default: null }),
      }),
    }),
  },
);
export type AlterShareGroupOffsetsResponse = Infer<typeof AlterShareGroupOffsetsResponse>;
