/**
 * OffsetCommit (8), versions 2-10: stores consumed offsets of a group. Member epochs of the consumer protocol from 9 on
 * (KIP-848), topic ids from 10.
 */
import { array, field, type Infer, int16, int32, message, nullable, string, uuid, wideInt64 } from "../schema.ts";

export const OffsetCommitRequest = message(
  { name: "OffsetCommitRequest", apiKey: 8, validVersions: "2-10", flexibleVersions: "8+" },
  {
    groupId: string,
    generationIdOrMemberEpoch: field(int32, { default: -1 }),
    memberId: string,
    groupInstanceId: nullable(string, { versions: "7+", default: null }),
    retentionTimeMs: field(wideInt64, { versions: "2-4", default: -1, ignorable: true }),
    topics: array({
      name: field(string, { versions: "2-9", ignorable: true }),
      topicId: field(uuid, { versions: "10+", ignorable: true }),
      partitions: array({
        partitionIndex: int32,
        committedOffset: wideInt64,
        committedLeaderEpoch: field(int32, { versions: "6+", default: -1, ignorable: true }),
        committedMetadata: nullable(string),
      }),
    }),
  },
);
export type OffsetCommitRequest = Infer<typeof OffsetCommitRequest>;

export const OffsetCommitResponse = message(
  { name: "OffsetCommitResponse", apiKey: 8, validVersions: "2-10", flexibleVersions: "8+" },
  {
    throttleTimeMs: field(int32, { versions: "3+", ignorable: true }),
    topics: array({
      name: field(string, { versions: "2-9", ignorable: true }),
      topicId: field(uuid, { versions: "10+", ignorable: true }),
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
      }),
    }),
  },
);
export type OffsetCommitResponse = Infer<typeof OffsetCommitResponse>;
