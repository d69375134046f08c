/** WriteTxnMarkers (27), versions 1-2: makes a broker append commit or abort markers (KIP-98). */
import { array, boolean, field, type Infer, int8, int16, int32, int64, message, string } from "../schema.ts";

export const WriteTxnMarkersRequest = message(
  { name: "WriteTxnMarkersRequest", apiKey: 27, validVersions: "1-2", flexibleVersions: "1+" },
  {
    markers: array({
      producerId: int64,
      producerEpoch: int16,
      transactionResult: boolean,
      topics: array({
        name: string,
        partitionIndexes: array(int32),
      }),
      coordinatorEpoch: int32,
      transactionVersion: field(int8, { versions: "2+", default: 0, ignorable: true }),
    }),
  },
);
export type WriteTxnMarkersRequest = Infer<typeof WriteTxnMarkersRequest>;

export const WriteTxnMarkersResponse = message(
  { name: "WriteTxnMarkersResponse", apiKey: 27, validVersions: "1-2", flexibleVersions: "1+" },
  {
    markers: array({
      producerId: int64,
      topics: array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          errorCode: int16,
        }),
      }),
    }),
  },
);
export type WriteTxnMarkersResponse = Infer<typeof WriteTxnMarkersResponse>;
