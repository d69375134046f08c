/** DescribeProducers (61), version 0: lists the active producers of partitions (KIP-664). */
import { array, field, type Infer, int16, int32, int64, message, nullable, string, wideInt64 } from "../schema.ts";

export const DescribeProducersRequest = message(
  { name: "DescribeProducersRequest", apiKey: 61, validVersions: "0", flexibleVersions: "0+" },
  {
    topics: array({
      name: string,
      partitionIndexes: array(int32),
    }),
  },
);
export type DescribeProducersRequest = Infer<typeof DescribeProducersRequest>;

export const DescribeProducersResponse = message(
  { name: "DescribeProducersResponse", apiKey: 61, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: nullable(string, { default: null }),
        activeProducers: array({
          producerId: wideInt64,
          producerEpoch: int32,
          lastSequence: field(int32, { default: -1 }),
          lastTimestamp: field(wideInt64, { default: -1 }),
          coordinatorEpoch: int32,
          currentTxnStartOffset: field(int64, { default: -1 }),
        }),
      }),
    }),
  },
);
export type DescribeProducersResponse = Infer<typeof DescribeProducersResponse>;
