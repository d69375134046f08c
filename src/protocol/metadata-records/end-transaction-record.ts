/** The records since the begin of the transaction count (KIP-868). */
import { type Infer, message } from "../schema.ts";

export const EndTransactionRecord = message(
  { name: "EndTransactionRecord", apiKey: 24, validVersions: "0", flexibleVersions: "0+" },
  {},
);
export type EndTransactionRecord = Infer<typeof EndTransactionRecord>;
