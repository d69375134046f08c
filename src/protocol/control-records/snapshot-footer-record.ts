/** Last control record of a snapshot (KIP-630). */
import { type Infer, int16, message } from "../schema.ts";

export const SnapshotFooterRecord = message(
  { name: "SnapshotFooterRecord", validVersions: "0", flexibleVersions: "0+" },
  {
    version: int16,
  },
);
export type SnapshotFooterRecord = Infer<typeof SnapshotFooterRecord>;
