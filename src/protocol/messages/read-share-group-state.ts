/** ReadShareGroupState (84), version 0: reads the persisted state of share partitions (KIP-932). */
import { array, type Infer, int8, int16, int32, int64, message, nullable, string, uuid, wideInt64 } from "../schema.ts";

export const ReadShareGroupStateRequest = message(
  { name: "ReadShareGroupStateRequest", apiKey: 84, validVersions: "0", flexibleVersions: "0+" },
  {
    groupId: string,
    topics: array({
      topicId: uuid,
      partitions: array({
        partition: int32,
        leaderEpoch: int32,
      }),
    }),
  },
);
export type ReadShareGroupStateRequest = Infer<typeof ReadShareGroupStateRequest>;

export const ReadShareGroupStateResponse = message(
  { name: "ReadShareGroupStateResponse", apiKey: 84, validVersions: "0", flexibleVersions: "0+" },
  {
    results: array({
      topicId: uuid,
      partitions: array({
        partition: int32,
        errorCode: int16,
        errorMessage: nullable(string, { default: null }),
        stateEpoch: int32,
        startOffset: wideInt64,
        stateBatches: array({
          firstOffset: int64,
          lastOffset: int64,
          deliveryState: int8,
          deliveryCount: int16,
        }),
      }),
    }),
  },
);
export type ReadShareGroupStateResponse = Infer<typeof ReadShareGroupStateResponse>;
