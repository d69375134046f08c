/** A committed offset in the oldest form; read, no longer written. */
import { type Infer, int32, message, string, wideInt64 } from "../schema.ts";

export const LegacyOffsetCommitKey = message(
  { name: "LegacyOffsetCommitKey", apiKey: 0, validVersions: "0", flexibleVersions: "none" },
  {
    group: string,
    topic: string,
    partition: int32,
  },
);
export type LegacyOffsetCommitKey = Infer<typeof LegacyOffsetCommitKey>;

export const LegacyOffsetCommitValue = message(
  { name: "LegacyOffsetCommitValue", apiKey: 0, validVersions: "0", flexibleVersions: "none" },
  {
    offset: wideInt64,
    metadata: string,
    commitTimestamp: wideInt64,
  },
);
export type LegacyOffsetCommitValue = Infer<typeof LegacyOffsetCommitValue>;
