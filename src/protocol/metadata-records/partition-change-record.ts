/** A partition changed; fields at their defaults did not. */
import { array, field, type Infer, int8, int32, message, nullable, uuid } from "../schema.ts";

export const PartitionChangeRecord = message(
  { name: "PartitionChangeRecord", apiKey: 5, validVersions: "0-2", flexibleVersions: "0+" },
  {
    partitionId: field(int32, { default: -1 }),
    topicId: uuid,
    isr: nullable(array(int32), { default: null, tag: 0 }),
    leader: field(int32, { default: -2, tag: 1 }),
    replicas: nullable(array(int32), { default: null, tag: 2 }),
    removingReplicas: nullable(array(int32), { default: null, tag: 3 }),
    addingReplicas: nullable(array(int32), { default: null, tag: 4 }),
    leaderRecoveryState: field(int8, { default: -1, tag: 5 }),
    directories: nullable(array(uuid), { versions: "1+", default: null, tag: 8 }),
    eligibleLeaderReplicas: nullable(array(int32), { versions: "2+", default: null, tag: 6 }),
    lastKnownElr: nullable(array(int32), { versions: "2+", default: null, tag: 7 }),
  },
);
export type PartitionChangeRecord = Infer<typeof PartitionChangeRecord>;
