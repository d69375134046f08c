/** An entry of a transaction index. */
import { type Infer, int64, message } from "../schema.ts";

export const AbortedTxn = message(
  { name: "AbortedTxn", validVersions: "0", flexibleVersions: "none" },
  {
    producerId: int64,
    firstOffset: int64,
    lastOffset: int64,
    lastStableOffset: int64,
  },
);
export type AbortedTxn = Infer<typeof AbortedTxn>;
