/** DescribeTransactions (65), version 0: shows the state of transactions (KIP-664). */
import { array, field, type Infer, int16, int32, int64, message, string } from "../schema.ts";

export const DescribeTransactionsRequest = message(
  { name: "DescribeTransactionsRequest", apiKey: 65, validVersions: "0", flexibleVersions: "0+" },
  {
    transactionalIds: array(string),
  },
);
export type DescribeTransactionsRequest = Infer<typeof DescribeTransactionsRequest>;

export const DescribeTransactionsResponse = message(
  { name: "DescribeTransactionsResponse", apiKey: 65, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    transactionStates: array({
      errorCode: int16,
      transactionalId: string,
      transactionState: string,
      transactionTimeoutMs: int32,
      transactionStartTimeMs: int64,
      producerId: int64,
      producerEpoch: int16,
      topics: array({
        topic: string,
        partitions: array(int32),
      }),
    }),
  },
);
export type DescribeTransactionsResponse = Infer<typeof DescribeTransactionsResponse>;
