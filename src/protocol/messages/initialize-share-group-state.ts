/** InitializeShareGroupState (83), version 0: starts the persisted state of share partitions (KIP-932). */
import { array, type Infer, int16, int32, message, nullable, string, uuid, wideInt64 } from "../schema.ts";

export const InitializeShareGroupStateRequest = message(
  { name: "InitializeShareGroupStateRequest", apiKey: 83, validVersions: "0", flexibleVersions: "0+" },
  {
    groupId: string,
    topics: array({
      topicId: uuid,
      partitions: array({
        partition: int32,
        stateEpoch: int32,
        startOffset: wideInt64,
      }),
    }),
  },
);
export type InitializeShareGroupStateRequest = Infer<typeof InitializeShareGroupStateRequest>;

export const InitializeShareGroupStateResponse = message(
  { name: "InitializeShareGroupStateResponse", apiKey: 83, validVersions: "0", flexibleVersions: "0+" },
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
export type InitializeShareGroupStateResponse = Infer<typeof InitializeShareGroupStateResponse>;
