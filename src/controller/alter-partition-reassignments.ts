import { ErrorCode } from "../protocol/error-codes.ts";
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from "../protocol/messages/alter-partition-reassignments.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Input } from "../protocol/schema.ts";
import { type ApiError, apiError, isApiError, NO_ERROR } from "./api-error.ts";
import type { ControllerState } from "./controller-state.ts";
import type { Decision } from "./decision.ts";
import { manualAssignmentProblem } from "./partition-assignment.ts";
import { isReassigning, type PartitionRegistration } from "./partition-registration.ts";
import { reassignmentTo, revertedReassignment } from "./reassignment.ts";
import type { Topic } from "./topic-manager.ts";

type Request = AlterPartitionReassignmentsRequest;
type Response = Input<typeof AlterPartitionReassignmentsResponse>;
type State = Pick<ControllerState, "cluster" | "topics" | "changes">;

/** AlterPartitionReassignments (KIP-455): starts, changes and cancels. Each partition succeeds or fails by itself. */
export function alterPartitionReassignments(state: State, request: Request): Decision<Response> {
  const records: MetadataRecord[] = [];
  const responses = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => {
      const record = alterOne(state, name, partitionIndex, replicas, request.allowReplicationFactorChange);
      if (record !== undefined && isApiError(record)) return { partitionIndex, ...record };
      if (record !== undefined) records.push(record);
      return { partitionIndex, ...NO_ERROR };
    }),
  }));
  // Where nothing is asked for, Apache Kafka leaves the message at the schema's default, which is not null.
  const outcome = responses.length === 0 ? { ...NO_ERROR, errorMessage: "" } : NO_ERROR;
  return { records, response: responseOf(request, outcome, responses) };
}

export function alterPartitionReassignmentsFailed(request: Request, error: ApiError): Response {
  const responses = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, ...error })),
  }));
  return responseOf(request, error, responses);
}

function responseOf(
  { allowReplicationFactorChange }: Request,
  error: ApiError,
  responses: Response["responses"],
): Response {
  return { throttleTimeMs: 0, allowReplicationFactorChange, ...error, responses };
}

/** Undefined when there is nothing to change. */
function alterOne(
  state: State,
  name: string,
  partitionIndex: number,
  replicas: readonly number[] | null,
  allowReplicationFactorChange: boolean,
): MetadataRecord | undefined | ApiError {
  const unknown = (message: string) => apiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message);
  const topic = state.topics.byName(name);
  if (topic === undefined) return unknown(`Unable to find a topic named ${name}.`);
  const partition = topic.partitions.get(partitionIndex);
  if (partition === undefined) return unknown(`Unable to find partition ${name}:${partitionIndex}.`);
  if (replicas === null) return cancel(state, topic, partition);
  const problem =
    manualAssignmentProblem(state.cluster, replicas, undefined) ??
    (allowReplicationFactorChange ? undefined : replicationFactorProblem(partition, replicas));
  if (problem !== undefined) return problem;
  const target = reassignmentTo(partition, replicas);
  return state.changes.change(topic, partition, {
    replicas: target.replicas,
    // What an earlier reassignment adds or removes goes on as long as this one names nothing in its place.
    adding: target.adding.length > 0 ? target.adding : undefined,
    removing: target.removing.length > 0 ? target.removing : undefined,
  });
}

function cancel(
  { changes }: State,
  topic: Topic,
  partition: PartitionRegistration,
): MetadataRecord | undefined | ApiError {
  if (!isReassigning(partition)) {
    return apiError(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, "No partition reassignment is in progress.");
  }
  const invalid = (message: string) => apiError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
  const reverted = revertedReassignment(partition);
  if (reverted === undefined) return invalid("Invalid replica assignment: addingReplicas contains all replicas.");
  const election = changes.electionOf(topic);
  if (reverted.isUnclean && election !== "unclean") {
    return invalid(
      `Unable to revert partition assignment for ${topic.name}:${partition.partitionId} because it would require an unclean leader election.`,
    );
  }
  const { replicas, isr } = reverted;
  return changes.change(topic, partition, { election, isr, replicas, adding: [], removing: [] });
}

/** KIP-860. A reassignment in progress has more replicas than there will be. */
function replicationFactorProblem(
  { replicas, removingReplicas }: PartitionRegistration,
  target: readonly number[],
): ApiError | undefined {
  const count = replicas.filter((id) => !removingReplicas.includes(id)).length;
  if (count === target.length) return undefined;
  return apiError(
    ErrorCode.INVALID_REPLICATION_FACTOR,
    `The replication factor is changed from ${count} to ${target.length}`,
  );
}
