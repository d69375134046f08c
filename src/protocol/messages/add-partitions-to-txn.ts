/**
 * AddPartitionsToTxn (24), versions 0-5: adds partitions to a transaction; from 4 on brokers verify several at once
 * (KIP-890).
 */
import { array, boolean, field, type Infer, int16, int32, int64, message, string, struct } from "../schema.ts";

const AddPartitionsToTxnTopic = struct({
  name: string,
  partitions: array(int32),
});

export const AddPartitionsToTxnRequest = message(
  { name: "AddPartitionsToTxnRequest", apiKey: 24, validVersions: "0-5", flexibleVersions: "3+" },
  {
    transactions: field(
      array({
        transactionalId: string,
        producerId: int64,
        producerEpoch: int16,
        verifyOnly: field(boolean, { default: false }),
        topics: array(AddPartitionsToTxnTopic),
      }),
      { versions: "4+" },
    ),
    v3AndBelowTransactionalId: field(string, { versions: "0-3" }),
    v3AndBelowProducerId: field(int64, { versions: "0-3" }),
    v3AndBelowProducerEpoch: field(int16, { versions: "0-3" }),
    v3AndBelowTopics: field(array(AddPartitionsToTxnTopic), { versions: "0-3" }),
  },
);
export type AddPartitionsToTxnRequest = Infer<typeof AddPartitionsToTxnRequest>;

const AddPartitionsToTxnPartitionResult = struct({
  partitionIndex: int32,
  partitionErrorCode: int16,
});

const AddPartitionsToTxnTopicResult = struct({
  name: string,
  resultsByPartition: array(AddPartitionsToTxnPartitionResult),
});

export const AddPartitionsToTxnResponse = message(
  { name: "AddPartitionsToTxnResponse", apiKey: 24, validVersions: "0-5", flexibleVersions: "3+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: field(int16, { versions: "4+", ignorable: true }),
    resultsByTransaction: field(
      array({
        transactionalId: string,
        topicResults: array(AddPartitionsToTxnTopicResult),
      }),
      { versions: "4+" },
    ),
    resultsByTopicV3AndBelow: field(array(AddPartitionsToTxnTopicResult), { versions: "0-3" }),
  },
);
export type AddPartitionsToTxnResponse = Infer<typeof AddPartitionsToTxnResponse>;
