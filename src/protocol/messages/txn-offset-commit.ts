/** TxnOffsetCommit (28), versions 0-6: stores consumed offsets as a part of a transaction (KIP-98, KIP-447). */
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

export const TxnOffsetCommitRequest = message(
  { name: "TxnOffsetCommitRequest", apiKey: 28, validVersions: "0-6", flexibleVersions: "3+" },
  {
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationIdOrMemberEpoch: field(int32, { versions: "3+", default: -1 }),
    memberId: field(string, { versions: "3+" }),
    groupInstanceId: nullable(string, { versions: "3+", default: null }),
    topics: array({
      name: field(string, { versions: "0-5", ignorable: true }),
      topicId: field(uuid, { versions: "6+", ignorable: true }),
      partitions: array({
        partitionIndex: int32,
        committedOffset: wideInt64,
        committedLeaderEpoch: field(int32, { versions: "2+", default: -1, ignorable: true }),
        committedMetadata: nullable(string),
      }),
    }),
  },
);
export type TxnOffsetCommitRequest = Infer<typeof TxnOffsetCommitRequest>;

export const TxnOffsetCommitResponse = message(
  { name: "TxnOffsetCommitResponse", apiKey: 28, validVersions: "0-6", flexibleVersions: "3+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    topics: array({
      name: field(string, { versions: "0-5", ignorable: true }),
      topicId: field(uuid, { versions: "6+", ignorable: true }),
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
      }),
    }),
  },
);
export type TxnOffsetCommitResponse = Infer<typeof TxnOffsetCommitResponse>;
