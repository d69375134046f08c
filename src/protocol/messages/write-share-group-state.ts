/** WriteShareGroupState (85), versions 0-1: writes the persisted state of share partitions (KIP-932). */
import {
  array,
  field,
  type Infer,
  int8,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
  uuid,
  wideInt64,
} from "../schema.ts";

export const WriteShareGroupStateRequest = message(
  { name: "WriteShareGroupStateRequest", apiKey: 85, validVersions: "0-1", flexibleVersions: "0+" },
  {
    groupId: string,
    topics: array({
      topicId: uuid,
      partitions: array({
        partition: int32,
        stateEpoch: int32,
        leaderEpoch: int32,
        startOffset: wideInt64,
        deliveryCompleteCount: field(int32, { versions: "1+", default: -1, ignorable: true }),
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
export type WriteShareGroupStateRequest = Infer<typeof WriteShareGroupStateRequest>;

export const WriteShareGroupStateResponse = message(
  { name: "WriteShareGroupStateResponse", apiKey: 85, validVersions: "0-1", flexibleVersions: "0+" },
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
export type WriteShareGroupStateResponse = Infer<typeof WriteShareGroupStateResponse>;
