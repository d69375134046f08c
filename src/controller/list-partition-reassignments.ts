import { ErrorCode } from "../protocol/error-codes.ts";
import type {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from "../protocol/messages/list-partition-reassignments.ts";
import type { Input } from "../protocol/schema.ts";
import type { ApiError } from "./api-error.ts";
import { answer, type Decision } from "./decision.ts";
import { isReassigning, type PartitionRegistration } from "./partition-registration.ts";
import type { TopicManager } from "./topic-manager.ts";

type Response = Input<typeof ListPartitionReassignmentsResponse>;
type TopicReassignment = Response["topics"][number];

/** ListPartitionReassignments (KIP-455): of the named partitions, or of all, those that move. */
export function listPartitionReassignments(
  topics: TopicManager,
  { topics: named }: ListPartitionReassignmentsRequest,
): Decision<Response> {
  const reassignments = named === null ? ofAll(topics) : named.map((topic) => ofNamed(topics, topic));
  return answer({
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    topics: reassignments.filter(({ partitions }) => partitions.length > 0),
  });
}

export function listPartitionReassignmentsFailed({ errorCode, errorMessage }: ApiError): Response {
  return { throttleTimeMs: 0, errorCode, errorMessage, topics: [] };
}

function ofAll(topics: TopicManager): TopicReassignment[] {
  return [...topics.all()].map(({ name, partitions }) => ({
    name,
    partitions: [...partitions.values()].filter(isReassigning).map(described),
  }));
}

function ofNamed(
  topics: TopicManager,
  { name, partitionIndexes }: { readonly name: string; readonly partitionIndexes: readonly number[] },
): TopicReassignment {
  const partitions = topics.byName(name)?.partitions;
  const known = partitionIndexes.map((index) => partitions?.get(index)).filter((partition) => partition !== undefined);
  return { name, partitions: known.filter(isReassigning).map(described) };
}

function described(partition: PartitionRegistration): TopicReassignment["partitions"][number] {
  return {
    partitionIndex: partition.partitionId,
    replicas: [...partition.replicas],
    addingReplicas: [...partition.addingReplicas],
    removingReplicas: [...partition.removingReplicas],
  };
}
