/** ListPartitionReassignments (46), version 0: lists reassignments in progress (KIP-455). */
import { array, field, type Infer, int16, int32, message, nullable, string } from "../schema.ts";

export const ListPartitionReassignmentsRequest = message(
  { name: "ListPartitionReassignmentsRequest", apiKey: 46, validVersions: "0", flexibleVersions: "0+" },
  {
    timeoutMs: field(int32, { default: 60000 }),
    topics: nullable(
      array({
        name: string,
        partitionIndexes: array(int32),
      }),
      { default: null },
    ),
  },
);
export type ListPartitionReassignmentsRequest = Infer<typeof ListPartitionReassignmentsRequest>;

export const ListPartitionReassignmentsResponse = message(
  { name: "ListPartitionReassignmentsResponse", apiKey: 46, validVersions: "0", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    errorCode: int16,
    errorMessage: nullable(string),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        replicas: array(int32),
        addingReplicas: array(int32),
        removingReplicas: array(int32),
      }),
    }),
  },
);
export type ListPartitionReassignmentsResponse = Infer<typeof ListPartitionReassignmentsResponse>;
