/** State of a transactional id (KIP-98); flexible from 1 on, with transactions of version 2 (KIP-890). */
import { array, field, type Infer, int8, int16, int32, int64, message, nullable, string } from "../schema.ts";

export const TransactionLogKey = message(
  { name: "TransactionLogKey", apiKey: 0, validVersions: "0", flexibleVersions: "none" },
  {
    transactionalId: string,
  },
);
export type TransactionLogKey = Infer<typeof TransactionLogKey>;

export const TransactionLogValue = message(
  { name: "TransactionLogValue", apiKey: 0, validVersions: "0-1", flexibleVersions: "1+" },
  {
    producerId: int64,
    previousProducerId: field(int64, { versions: "1+", default: -1, tag: 0 }),
    nextProducerId: field(int64, { versions: "1+", default: -1, tag: 1 }),
    producerEpoch: int16,
    nextProducerEpoch: field(int16, { versions: "1+", default: -1, tag: 3 }),
    transactionTimeoutMs: int32,
    transactionStatus: int8,
    transactionPartitions: nullable(
      array({
        topic: string,
        partitionIds: array(int32),
      }),
    ),
    transactionLastUpdateTimestampMs: int64,
    transactionStartTimestampMs: int64,
    clientTransactionVersion: field(int16, { versions: "1+", default: 0, tag: 2 }),
  },
);
export type TransactionLogValue = Infer<typeof TransactionLogValue>;
