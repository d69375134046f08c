/** DescribeShareGroupOffsets (90), versions 0-1: shows start offsets of share partitions (KIP-932). */
import {
  array,
  field,
  type Infer,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
  uuid,
  wideInt64,
} from "../schema.ts";

export const DescribeShareGroupOffsetsRequest = message(
  { name: "DescribeShareGroupOffsetsRequest", apiKey: 90, validVersions: "0-1", flexibleVersions: "0+" },
  {
    groups: array({
      groupId: string,
      topics: nullable(
        array({
          topicName: string,
          partitions: array(int32),
        }),
      ),
    }),
  },
);
export type DescribeShareGroupOffsetsRequest = Infer<typeof DescribeShareGroupOffsetsRequest>;

export const DescribeShareGroupOffsetsResponse = message(
  { name: "DescribeShareGroupOffsetsResponse", apiKey: 90, validVersions: "0-1", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    groups: array({
      groupId: string,
      topics: array({
        topicName: string,
        topicId: uuid,
        partitions: array({
          partitionIndex: int32,
          startOffset: wideInt64,
          leaderEpoch: int32,
          lag: field(int64, { versions: "1+", default: -1, ignorable: true }),
          errorCode: int16,
          errorMessage: nullable(string, { default: null }),
        }),
      }),
      errorCode: int16,
      errorMessage: nullable(string, { default: null }),
    }),
  },
);
export type DescribeShareGroupOffsetsResponse = Infer<typeof DescribeShareGroupOffsetsResponse>;
