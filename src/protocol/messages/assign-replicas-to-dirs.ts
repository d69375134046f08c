/** AssignReplicasToDirs (73), version 0: tells the controller in which log directories replicas are (KIP-858). */
import { array, field, type Infer, int16, int32, int64, message, uuid } from "../schema.ts";

export const AssignReplicasToDirsRequest = message(
  { name: "AssignReplicasToDirsRequest", apiKey: 73, validVersions: "0", flexibleVersions: "0+" },
  {
    brokerId: int32,
    brokerEpoch: field(int64, { default: -1 }),
    directories: array({
      id: uuid,
      topics: array({
        topicId: uuid,
        partitions: array({
          partitionIndex: int32,
        }),
      }),
    }),
  },
);
export type AssignReplicasToDirsRequest = Infer<typeof AssignReplicasToDirsRequest>;

export const AssignReplicasToDirsResponse = message(
  { name: "AssignReplicasToDirsResponse", apiKey: 73, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    directories: array({
      id: uuid,
      topics: array({
        topicId: uuid,
        partitions: array({
          partitionIndex: int32,
          errorCode: int16,
        }),
      }),
    }),
  },
);
export type AssignReplicasToDirsResponse = Infer<typeof AssignReplicasToDirsResponse>;
