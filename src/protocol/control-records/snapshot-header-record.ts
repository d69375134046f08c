/** First control record of a snapshot (KIP-630). */
import { type Infer, int16, int64, message } from "../schema.ts";

export const SnapshotHeaderRecord = message(
  { name: "SnapshotHeaderRecord", validVersions: "0", flexibleVersions: "0+" },
  {
    version: int16,
    lastContainedLogTimestamp: int64,
  },
);
export type SnapshotHeaderRecord = Infer<typeof SnapshotHeaderRecord>;
