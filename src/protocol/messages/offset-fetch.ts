/**
 * OffsetFetch (9), versions 1-10: reads committed offsets; of several groups at once from 8 on (KIP-709), topic ids
 * from 10.
 */
import {
  array,
  boolean,
  field,
  type Infer,
  int16,
  int32,
  message,
  nullable,
  string,
  uuid,
  wideInt64,
} from "../schema.ts";

export const OffsetFetchRequest = message(
  { name: "OffsetFetchRequest", apiKey: 9, validVersions: "1-10", flexibleVersions: "6+" },
  {
    groupId: field(string, { versions: "1-7" }),
    topics: nullable(
      array({
        name: string,
        partitionIndexes: array(int32),
      }),
      { versions: "1-7", nullable: "2+" },
    ),
    groups: field(
      array({
        groupId: string,
        memberId: nullable(string, { versions: "9+", default: null, ignorable: true }),
        memberEpoch: field(int32, { versions: "9+", default: -1, ignorable: true }),
        topics: nullable(
          array({
            name: field(string, { versions: "8-9", ignorable: true }),
            topicId: field(uuid, { versions: "10+", ignorable: true }),
            partitionIndexes: array(int32),
          }),
        ),
      }),
      { versions: "8+" },
    ),
    requireStable: field(boolean, { versions: "7+", default: false }),
  },
);
export type OffsetFetchRequest = Infer<typeof OffsetFetchRequest>;

export const OffsetFetchResponse = message(
  { name: "OffsetFetchResponse", apiKey: 9, validVersions: "1-10", flexibleVersions: "6+" },
  {
    throttleTimeMs: field(int32, { versions: "3+", ignorable: true }),
    topics: field(
      array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          committedOffset: wideInt64,
          committedLeaderEpoch: field(int32, { versions: "5+", default: -1, ignorable: true }),
          metadata: nullable(string),
          errorCode: int16,
        }),
      }),
      { versions: "1-7" },
    ),
    errorCode: field(int16, { versions: "2-7", default: 0, ignorable: true }),
    groups: field(
      array({
        groupId: string,
        topics: array({
          name: field(string, { versions: "8-9", ignorable: true }),
          topicId: field(uuid, { versions: "10+", ignorable: true }),
          partitions: array({
            partitionIndex: int32,
            committedOffset: wideInt64,
            committedLeaderEpoch: field(int32, { default: -1 }),
            metadata: nullable(string),
            errorCode: int16,
          }),
        }),
        errorCode: field(int16, { default: 0 }),
      }),
      { versions: "8+" },
    ),
  },
);
export type OffsetFetchResponse = Infer<typeof OffsetFetchResponse>;
