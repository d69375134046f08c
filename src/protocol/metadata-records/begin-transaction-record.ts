/** Records from here to the end of the transaction count all or none (KIP-868). */
import { type Infer, message, nullable, string } from "../schema.ts";

export const BeginTransactionRecord = message(
  { name: "BeginTransactionRecord", apiKey: 23, validVersions: "0", flexibleVersions: "0+" },
  {
    name: nullable(string, { default: null, tag: 0 }),
  },
);
export type BeginTransactionRecord = Infer<typeof BeginTransactionRecord>;
