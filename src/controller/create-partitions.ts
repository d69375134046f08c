import { AclOperation, ResourceType } from "../protocol/acl-codes.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { CreatePartitionsRequest, CreatePartitionsResponse } from "../protocol/messages/create-partitions.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Input } from "../protocol/schema.ts";
import { type ApiError, apiError, isApiError, NO_ERROR } from "./api-error.ts";
import type { ClusterManager } from "./cluster-manager.ts";
import type { ControllerRequestContext } from "./controller-request-context.ts";
import { type Decision, MAX_RECORDS_PER_BATCH } from "./decision.ts";
import { manualAssignmentProblem, newPartition } from "./partition-assignment.ts";
import { partitionRecord } from "./record-factory.ts";
import { type Chance, placeReplicas } from "./replica-placer.ts";
import type { Topic, TopicManager } from "./topic-manager.ts";

type Response = Input<typeof CreatePartitionsResponse>;
type Result = Response["results"][number];
type RequestedTopic = CreatePartitionsRequest["topics"][number];

export interface PartitionCreation {
  readonly topics: TopicManager;
  readonly cluster: ClusterManager;
  readonly chance: Chance;
}

/** CreatePartitions: each topic succeeds or fails by itself; all that succeed become one batch. */
export function createPartitions(
  creation: PartitionCreation,
  context: ControllerRequestContext,
  request: CreatePartitionsRequest,
): Decision<Response> {
  const records: MetadataRecord[] = [];
  const results = new Map<string, Result>();
  const counts = new Map<string, number>();
  for (const { name } of request.topics) counts.set(name, (counts.get(name) ?? 0) + 1);
  const excess = excessOf(
    creation.topics,
    request.topics.filter(({ name }) => counts.get(name) === 1),
  );
  for (const topic of request.topics) {
    const created =
      counts.get(topic.name) === 1
        ? (excess ?? authorizedPartitions(creation, context, topic))
        : apiError(ErrorCode.INVALID_REQUEST, "Duplicate topic name.");
    if (isApiError(created)) {
      results.set(topic.name, { name: topic.name, ...created });
      continue;
    }
    for (const record of created) records.push(record);
    results.set(topic.name, { name: topic.name, ...NO_ERROR });
  }
  return {
    records: request.validateOnly ? [] : records,
    response: { throttleTimeMs: 0, results: [...results.values()] },
  };
}

export function createPartitionsFailed(request: CreatePartitionsRequest, error: ApiError): Response {
  const names = new Set(request.topics.map((topic) => topic.name));
  return { throttleTimeMs: 0, results: [...names].map((name) => ({ name, ...error })) };
}

/** The new partitions of all topics go into one batch: where that is too much, none of them gets any. */
function excessOf(topics: TopicManager, requested: readonly RequestedTopic[]): ApiError | undefined {
  let additional = 0;
  for (const { name, count } of requested) {
    const topic = topics.byName(name);
    if (topic !== undefined) additional += Math.max(0, count - topic.partitions.size);
  }
  if (additional <= MAX_RECORDS_PER_BATCH) return undefined;
  return apiError(ErrorCode.POLICY_VIOLATION, "Excessively large number of additional partitions per request.");
}

function authorizedPartitions(
  creation: PartitionCreation,
  context: ControllerRequestContext,
  requested: RequestedTopic,
): readonly MetadataRecord[] | ApiError {
  if (!context.authorize(AclOperation.ALTER, ResourceType.TOPIC, requested.name)) {
    return apiError(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
  }
  const topic = creation.topics.byName(requested.name);
  if (topic === undefined) {
    return apiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  }
  const problem = countProblem(topic, requested);
  return problem ?? newPartitions(creation, topic, requested);
}

function countProblem(topic: Topic, { name, count, assignments }: RequestedTopic): ApiError | undefined {
  const size = topic.partitions.size;
  if (count === size) return apiError(ErrorCode.INVALID_PARTITIONS, `Topic already has ${size} partition(s).`);
  if (count < size) {
    const message = `The topic ${name} currently has ${size} partition(s); ${count} would not be an increase.`;
    return apiError(ErrorCode.INVALID_PARTITIONS, message);
  }
  if (assignments === null || assignments.length === count - size) return undefined;
  return apiError(
    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    `Attempted to add ${count - size} additional partition(s), but only ${assignments.length} assignment(s) were specified.`,
  );
}

/** The new partitions have as many replicas as the first of the topic. */
function newPartitions(
  { cluster, chance }: PartitionCreation,
  topic: Topic,
  { count, assignments }: RequestedTopic,
): readonly MetadataRecord[] | ApiError {
  const firstId = topic.partitions.size;
  const replicationFactor = topic.partitions.get(0)!.replicas.length;
  const unable = (problem: string) =>
    apiError(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      `Unable to replicate the partition ${replicationFactor} time(s): ${problem}`,
    );
  const placement =
    assignments === null
      ? placeReplicas(cluster.usableBrokers(), count - firstId, replicationFactor, chance)
      : { partitions: assignments.map((assignment) => assignment.brokerIds) };
  if ("problem" in placement) return apiError(ErrorCode.INVALID_REPLICATION_FACTOR, placement.problem);
  const records: MetadataRecord[] = [];
  for (const [index, replicas] of placement.partitions.entries()) {
    const partitionId = firstId + index;
    if (assignments !== null) {
      const problem = manualAssignmentProblem(cluster, replicas, replicationFactor);
      if (problem !== undefined) return problem;
    }
    const partition = newPartition(cluster, topic.id, partitionId, replicas);
    if (partition !== undefined) {
      records.push(partitionRecord(partition));
    } else if (assignments === null) {
      return unable("All brokers are currently fenced or in controlled shutdown.");
    } else {
      return apiError(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        `All brokers specified in the manual partition assignment for partition ${partitionId} are fenced or in controlled shutdown.`,
      );
    }
  }
  return records;
}
