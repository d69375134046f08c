/**
 * ListTransactions (66), versions 0-2: lists transactions by state and producer (KIP-664), duration from 1 on
 * (KIP-994), and pattern from 2 on.
 */
import { array, field, type Infer, int16, int32, int64, message, nullable, string, wideInt64 } from "../schema.ts";

export const ListTransactionsRequest = message(
  { name: "ListTransactionsRequest", apiKey: 66, validVersions: "0-2", flexibleVersions: "0+" },
  {
    stateFilters: array(string),
    producerIdFilters: array(wideInt64),
    durationFilter: field(wideInt64, { versions: "1+", default: -1 }),
    transactionalIdPattern: nullable(string, { versions: "2+", default: null }),
  },
);
export type ListTransactionsRequest = Infer<typeof ListTransactionsRequest>;

export const ListTransactionsResponse = message(
  { name: "ListTransactionsResponse", apiKey: 66, validVersions: "0-2", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    unknownStateFilters: array(string),
    transactionStates: array({
      transactionalId: string,
      producerId: int64,
      transactionState: string,
    }),
  },
);
export type ListTransactionsResponse = Infer<typeof ListTransactionsResponse>;
