/**
 * ListOffsets (2), versions 1-11: finds offsets by timestamp or by a special one: earliest, latest, largest timestamp,
 * local, tiered.
 */
import { array, field, type Infer, int8, int16, int32, int64, message, string, wideInt64 } from "../schema.ts";

export const ListOffsetsRequest = message(
  { name: "ListOffsetsRequest", apiKey: 2, validVersions: "1-11", flexibleVersions: "6+" },
  {
    replicaId: int32,
    isolationLevel: field(int8, { versions: "2+" }),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        currentLeaderEpoch: field(int32, { versions: "4+", default: -1, ignorable: true }),
        timestamp: wideInt64,
      }),
    }),
    timeoutMs: field(int32, { versions: "10+", ignorable: true }),
  },
);
export type ListOffsetsRequest = Infer<typeof ListOffsetsRequest>;

export const ListOffsetsResponse = message(
  { name: "ListOffsetsResponse", apiKey: 2, validVersions: "1-11", flexibleVersions: "6+" },
  {
    throttleTimeMs: field(int32, { versions: "2+", ignorable: true }),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        timestamp: field(wideInt64, { default: -1 }),
        offset: field(int64, { default: -1 }),
        leaderEpoch: field(int32, { versions: "4+", default: -1 }),
      }),
    }),
  },
);
export type ListOffsetsResponse = Infer<typeof ListOffsetsResponse>;
