/** AlterReplicaLogDirs (34), versions 1-2: moves replicas between the log directories of a broker (KIP-113). */
import { array, field, type Infer, int16, int32, message, string } from "../schema.ts";

export const AlterReplicaLogDirsRequest = message(
  { name: "AlterReplicaLogDirsRequest", apiKey: 34, validVersions: "1-2", flexibleVersions: "2+" },
  {
    dirs: array({
      path: string,
      topics: array({
        name: string,
        partitions: array(int32),
      }),
    }),
  },
);
export type AlterReplicaLogDirsRequest = Infer<typeof AlterReplicaLogDirsRequest>;

export const AlterReplicaLogDirsResponse = message(
  { name: "AlterReplicaLogDirsResponse", apiKey: 34, validVersions: "1-2", flexibleVersions: "2+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    results: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
      }),
    }),
  },
);
export type AlterReplicaLogDirsResponse = Infer<typeof AlterReplicaLogDirsResponse>;
