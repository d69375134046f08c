/** DeleteShareGroupState (86), version 0: deletes the persisted state of share partitions (KIP-932). */
import { array, type Infer, int16, int32, message, nullable, string, uuid } from "../schema.ts";

export const DeleteShareGroupStateRequest = message(
  { name: "DeleteShareGroupStateRequest", apiKey: 86, validVersions: "0", flexibleVersions: "0+" },
  {
    groupId: string,
    topics: array({
      topicId: uuid,
      partitions: array({
        partition: int32,
      }),
    }),
  },
);
export type DeleteShareGroupStateRequest = Infer<typeof DeleteShareGroupStateRequest>;

export const DeleteShareGroupStateResponse = message(
  { name: "DeleteShareGroupStateResponse", apiKey: 86, validVersions: "0", flexibleVersions: "0+" },
  {
    results: array({
      topicId: uuid,
      partitions: array({
        partition: int32,
        errorCode: int16,
        errorMessage: nullable(string, { default: null }),
      }),
    }),
  },
);
export type DeleteShareGroupStateResponse = Infer<typeof DeleteShareGroupStateResponse>;
