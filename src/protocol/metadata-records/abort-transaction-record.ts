/** The records since the begin of the transaction do not count (KIP-868). */
import { type Infer, message, nullable, string } from "../schema.ts";

export const AbortTransactionRecord = message(
  { name: "AbortTransactionRecord", apiKey: 25, validVersions: "0", flexibleVersions: "0+" },
  {
    reason: nullable(string, { default: null, tag: 0 }),
  },
);
export type AbortTransactionRecord = Infer<typeof AbortTransactionRecord>;
