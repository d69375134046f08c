/**
 * OffsetForLeaderEpoch (23), versions 2-4: tells where an epoch ends in a leader's log, for followers and consumers to
 * find where theirs diverges (KIP-101, KIP-320).
 */
import { array, field, type Infer, int16, int32, int64, message, string } from "../schema.ts";

export const OffsetForLeaderEpochRequest = message(
  { name: "OffsetForLeaderEpochRequest", apiKey: 23, validVersions: "2-4", flexibleVersions: "4+" },
  {
    replicaId: field(int32, { versions: "3+", default: -2, ignorable: true }),
    topics: array({
      topic: string,
      partitions: array({
        partition: int32,
        currentLeaderEpoch: field(int32, { default: -1 }),
        leaderEpoch: int32,
      }),
    }),
  },
);
export type OffsetForLeaderEpochRequest = Infer<typeof OffsetForLeaderEpochRequest>;

export const OffsetForLeaderEpochResponse = message(
  { name: "OffsetForLeaderEpochResponse", apiKey: 23, validVersions: "2-4", flexibleVersions: "4+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    topics: array({
      topic: string,
      partitions: array({
        errorCode: int16,
        partition: int32,
        leaderEpoch: field(int32, { default: -1 }),
        endOffset: field(int64, { default: -1 }),
      }),
    }),
  },
);
export type OffsetForLeaderEpochResponse = Infer<typeof OffsetForLeaderEpochResponse>;
