/** A committed offset of a group. */
import { field, type Infer, int32, message, string, uuid, wideInt64 } from "../schema.ts";

export const OffsetCommitKey = message(
  { name: "OffsetCommitKey", apiKey: 1, validVersions: "0", flexibleVersions: "none" },
  {
    group: string,
    topic: string,
    partition: int32,
  },
);
export type OffsetCommitKey = Infer<typeof OffsetCommitKey>;

export const OffsetCommitValue = message(
  { name: "OffsetCommitValue", apiKey: 1, validVersions: "0-4", flexibleVersions: "4+" },
  {
    offset: wideInt64,
    leaderEpoch: field(int32, { versions: "3+", default: -1, ignorable: true }),
    metadata: string,
    commitTimestamp: wideInt64,
    expireTimestamp: field(wideInt64, { versions: "1", default: -1, ignorable: true }),
    topicId: field(uuid, { versions: "4+", tag: 0, ignorable: true }),
  },
);
export type OffsetCommitValue = Infer<typeof OffsetCommitValue>;
