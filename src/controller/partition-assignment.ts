import { UNASSIGNED_DIRECTORY } from "../protocol/directory-id.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { type ApiError, apiError } from "./api-error.ts";
import { hasUncordonedDirectory } from "./broker-registration.ts";
import type { ClusterManager } from "./cluster-manager.ts";
import type { NewPartition } from "./record-factory.ts";

/** What is wrong with replicas chosen by a user; all partitions of a topic have the same number. */
export function manualAssignmentProblem(
  cluster: ClusterManager,
  replicas: readonly number[],
  replicationFactor: number | undefined,
): ApiError | undefined {
  const invalid = (message: string) => apiError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
  if (replicas.length === 0) return invalid("The manual partition assignment includes an empty replica list.");
  const sorted = [...replicas].sort((a, b) => a - b);
  for (const [index, id] of sorted.entries()) {
    const broker = cluster.broker(id);
    if (broker === undefined) {
      return invalid(`The manual partition assignment includes broker ${id}, but no such broker is registered.`);
    }
    if (!hasUncordonedDirectory(broker)) {
      return invalid(
        `The manual partition assignment includes broker ${id}, but all its log directories are cordoned.`,
      );
    }
    if (id === sorted[index - 1]) {
      return invalid(`The manual partition assignment includes the broker ${id} more than once.`);
    }
  }
  if (replicationFactor === undefined || replicationFactor === replicas.length) return undefined;
  return invalid(
    `The manual partition assignment includes a partition with ${replicas.length} replica(s), but this is not ` +
      `consistent with previous partitions, which have ${replicationFactor} replica(s).`,
  );
}

/** A partition whose live replicas are in sync, led by the first of them; undefined when none is alive. */
export function newPartition(
  cluster: ClusterManager,
  topicId: string,
  partitionId: number,
  replicas: readonly number[],
): NewPartition | undefined {
  const isr = replicas.filter((id) => cluster.isActive(id));
  const leader = isr[0];
  if (leader === undefined) return undefined;
  const directories = replicas.map((id) => cluster.onlyDirectory(id) ?? UNASSIGNED_DIRECTORY);
  return { topicId, partitionId, replicas, isr, leader, directories };
}
