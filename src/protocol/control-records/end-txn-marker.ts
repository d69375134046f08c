/** Value of a commit or abort marker (KIP-98). */
import { type Infer, int32, message } from "../schema.ts";

export const EndTxnMarker = message(
  { name: "EndTxnMarker", validVersions: "0", flexibleVersions: "none" },
  {
    coordinatorEpoch: int32,
  },
);
export type EndTxnMarker = Infer<typeof EndTxnMarker>;
