/** DeleteShareGroupOffsets (92), version 0: deletes start offsets of share partitions (KIP-932). */
import { array, field, type Infer, int16, int32, message, nullable, string, uuid } from "../schema.ts";

export const DeleteShareGroupOffsetsRequest = message(
  { name: "DeleteShareGroupOffsetsRequest", apiKey: 92, validVersions: "0", flexibleVersions: "0+" },
  {
    groupId: string,
    topics: array({
      topicName: string,
    }),
  },
);
export type DeleteShareGroupOffsetsRequest = Infer<typeof DeleteShareGroupOffsetsRequest>;

export const DeleteShareGroupOffsetsResponse = message(
  { name: "DeleteShareGroupOffsetsResponse", apiKey: 92, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string, { default: null }),
    responses: array({
      topicName: string,
      topicId: uuid,
      errorCode: int16,
      errorMessage: nullable(string, { default: null }),
    }),
  },
);
export type DeleteShareGroupOffsetsResponse = Infer<typeof DeleteShareGroupOffsetsResponse>;
