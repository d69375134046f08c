/** A partition was created. Directories from 1 on (KIP-858), eligible leader replicas from 2 on (KIP-966). */
import { array, field, type Infer, int8, int32, message, nullable, uuid } from "../schema.ts";

export const PartitionRecord = message(
  { name: "PartitionRecord", apiKey: 3, validVersions: "0-2", flexibleVersions: "0+" },
  {
    partitionId: field(int32, { default: -1 }),
    topicId: uuid,
    replicas: array(int32),
    isr: array(int32),
    removingReplicas: array(int32),
    addingReplicas: array(int32),
    leader: field(int32, { default: -1 }),
    leaderRecoveryState: field(int8, { default: 0, tag: 0 }),
    leaderEpoch: field(int32, { default: -1 }),
    partitionEpoch: field(int32, { default: -1 }),
    directories: field(array(uuid), { versions: "1+" }),
    eligibleLeaderReplicas: nullable(array(int32), { versions: "2+", default: null, tag: 1 }),
    lastKnownElr: nullable(array(int32), { versions: "2+", default: null, tag: 2 }),
  },
);
export type PartitionRecord = Infer<typeof PartitionRecord>;
