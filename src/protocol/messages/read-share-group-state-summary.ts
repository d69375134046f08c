/**
 * ReadShareGroupStateSummary (87), versions 0-1: reads the persisted state of share partitions without its batches
 * (KIP-932).
 */
import { array, field, type Infer, int16, int32, message, nullable, string, uuid, wideInt64 } from "../schema.ts";

export const ReadShareGroupStateSummaryRequest = message(
  { name: "ReadShareGroupStateSummaryRequest", apiKey: 87, validVersions: "0-1", flexibleVersions: "0+" },
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
export type ReadShareGroupStateSummaryRequest = Infer<typeof ReadShareGroupStateSummaryRequest>;

export const ReadShareGroupStateSummaryResponse = message(
  { name: "ReadShareGroupStateSummaryResponse", apiKey: 87, validVersions: "0-1", flexibleVersions: "0+" },
  {
    results: array({
      topicId: uuid,
      partitions: array({
        partition: int32,
        errorCode: int16,
        errorMessage: nullable(string, { default: null }),
        stateEpoch: int32,
        leaderEpoch: int32,
        startOffset: wideInt64,
        deliveryCompleteCount: field(int32, { versions: "1+", default: -1, ignorable: true }),
      }),
    }),
  },
);
export type ReadShareGroupStateSummaryResponse = Infer<typeof ReadShareGroupStateSummaryResponse>;
