/**
 * AlterPartitionReassignments (45), versions 0-1: starts, changes and cancels reassignments of partitions (KIP-455).
 */
import { array, boolean, field, type Infer, int16, int32, message, nullable, string } from "../schema.ts";

export const AlterPartitionReassignmentsRequest = message(
  { name: "AlterPartitionReassignmentsRequest", apiKey: 45, validVersions: "0-1", flexibleVersions: "0+" },
  {
    timeoutMs: field(int32, { default: 60000 }),
    allowReplicationFactorChange: field(boolean, { versions: "1+", default: true }),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        replicas: nullable(array(int32), { default: null }),
      }),
    }),
  },
);
export type AlterPartitionReassignmentsRequest = Infer<typeof AlterPartitionReassignmentsRequest>;

export const AlterPartitionReassignmentsResponse = message(
  { name: "AlterPartitionReassignmentsResponse", apiKey: 45, validVersions: "0-1", flexibleVersions: "0+" },
  {
    throttleTimeMs: field(int32, { default: 0 }),
    allowReplicationFactorChange: field(boolean, { versions: "1+", default: true, ignorable: true }),
    errorCode: int16,
    errorMessage: nullable(string),
    responses: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: nullable(string),
      }),
    }),
  },
);
export type AlterPartitionReassignmentsResponse = Infer<typeof AlterPartitionReassignmentsResponse>;
