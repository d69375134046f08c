import { AclOperation, CLUSTER_NAME, ResourceType } from "../protocol/acl-codes.ts";
import { ConfigOperation } from "../protocol/config-operation.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { CLUSTER_METADATA_TOPIC } from "../protocol/internal-topics.ts";
import type { CreateTopicsRequest, CreateTopicsResponse } from "../protocol/messages/create-topics.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Input } from "../protocol/schema.ts";
import { type ApiError, apiError, isApiError } from "./api-error.ts";
import type { ClusterManager } from "./cluster-manager.ts";
import type { ConfigManager } from "./config-manager.ts";
import type { ConfigRules } from "./config-rules.ts";
import type { ControllerRequestContext } from "./controller-request-context.ts";
import { type Decision, MAX_RECORDS_PER_BATCH } from "./decision.ts";
import { manualAssignmentProblem, newPartition } from "./partition-assignment.ts";
import { type NewPartition, partitionRecord, topicRecord } from "./record-factory.ts";
import { type Chance, placeReplicas } from "./replica-placer.ts";
import type { TopicManager } from "./topic-manager.ts";
import { topicNameProblem } from "./topic-name.ts";

export interface TopicCreation {
  readonly topics: TopicManager;
  readonly cluster: ClusterManager;
  readonly configs: ConfigManager;
  readonly rules: ConfigRules;
  /** `num.partitions` and `default.replication.factor`. */
  readonly defaultPartitions: number;
  readonly defaultReplicationFactor: number;
  readonly chance: Chance;
  readonly newTopicId: () => string;
}

type Request = CreateTopicsRequest;
type RequestedTopic = Request["topics"][number];
type TopicResult = Input<typeof CreateTopicsResponse>["topics"][number];

/** CreateTopics: each topic succeeds or fails by itself; all that succeed become one batch. */
export function createTopics(
  creation: TopicCreation,
  context: ControllerRequestContext,
  request: Request,
): Decision<Input<typeof CreateTopicsResponse>> {
  const records: MetadataRecord[] = [];
  const results = new Map<string, TopicResult>();
  const problems = requestProblems(creation, context, request);
  for (const topic of request.topics) {
    // A name given several times is answered once.
    if (results.has(topic.name)) continue;
    const created = problems.get(topic.name) ?? createTopic(creation, context, topic);
    if (isApiError(created)) {
      results.set(topic.name, { name: topic.name, ...created, configs: [] });
      continue;
    }
    results.set(topic.name, created.result);
    for (const record of created.records) records.push(record);
  }
  const topics = [...results.values()];
  return { records: request.validateOnly ? [] : records, response: { throttleTimeMs: 0, topics } };
}

export function createTopicsFailed(request: Request, error: ApiError): Input<typeof CreateTopicsResponse> {
  const names = new Set(request.topics.map((topic) => topic.name));
  return { throttleTimeMs: 0, topics: [...names].map((name) => ({ name, ...error, configs: [] })) };
}

/** What is wrong with a topic before its partitions are looked at, by name. */
function requestProblems(
  { topics, defaultPartitions }: TopicCreation,
  context: ControllerRequestContext,
  request: Request,
): ReadonlyMap<string, ApiError> {
  const problems = new Map<string, ApiError>();
  const seen = new Set<string>();
  const mayCreateAll = context.authorize(AclOperation.CREATE, ResourceType.CLUSTER, CLUSTER_NAME);
  for (const { name } of request.topics) {
    const problem = seen.has(name)
      ? apiError(ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
      : topicProblem(
          topics,
          name,
          (topic) => mayCreateAll || context.authorize(AclOperation.CREATE, ResourceType.TOPIC, topic),
        );
    seen.add(name);
    if (problem !== undefined) problems.set(name, problem);
  }
  const counted = request.topics.filter(
    ({ name }) => !NOT_COUNTED.has(problems.get(name)?.errorCode ?? ErrorCode.NONE),
  );
  if (partitionTotal(counted, defaultPartitions) > MAX_RECORDS_PER_BATCH) {
    const problem = apiError(ErrorCode.POLICY_VIOLATION, "Excessively large number of partitions per request.");
    for (const { name } of request.topics) problems.set(name, problem);
  }
  return problems;
}

/** Topics given twice or internal, and those that the client may not create, count toward no limit. */
const NOT_COUNTED: ReadonlySet<number> = new Set([ErrorCode.INVALID_REQUEST, ErrorCode.TOPIC_AUTHORIZATION_FAILED]);

function topicProblem(topics: TopicManager, name: string, mayCreate: (name: string) => boolean): ApiError | undefined {
  if (name === CLUSTER_METADATA_TOPIC) {
    return apiError(ErrorCode.INVALID_REQUEST, `Creation of internal topic ${CLUSTER_METADATA_TOPIC} is prohibited.`);
  }
  if (!mayCreate(name)) return apiError(ErrorCode.TOPIC_AUTHORIZATION_FAILED, "Authorization failed.");
  const invalid = topicNameProblem(name);
  if (invalid !== undefined) {
    return apiError(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: ${invalid}`);
  }
  if (topics.byName(name) !== undefined) {
    return apiError(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`);
  }
  const colliding = topics.collidingTopic(name);
  if (colliding === undefined) return undefined;
  return apiError(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic '${name}' collides with existing topic: ${colliding}`);
}

function partitionTotal(topics: readonly RequestedTopic[], defaultPartitions: number): number {
  return topics.reduce((sum, topic) => {
    if (topic.assignments.length > 0) return sum + topic.assignments.length;
    return sum + (topic.numPartitions === -1 ? defaultPartitions : Math.max(topic.numPartitions, 0));
  }, 0);
}

interface CreatedTopic {
  readonly result: TopicResult;
  readonly records: readonly MetadataRecord[];
}

function createTopic(
  creation: TopicCreation,
  context: ControllerRequestContext,
  topic: RequestedTopic,
): CreatedTopic | ApiError {
  const { name } = topic;
  const configRecords = topicConfigRecords(creation.configs, topic);
  if (isApiError(configRecords)) return configRecords;
  const topicId = creation.newTopicId();
  const partitions =
    topic.assignments.length > 0
      ? assignedPartitions(creation, topicId, topic)
      : placedPartitions(creation, topicId, topic);
  if (isApiError(partitions)) return partitions;
  return {
    result: {
      name,
      topicId,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      ...describedTopic(creation, context, topic, partitions),
    },
    // Settings come before partitions, so that whoever creates the partitions already knows them.
    records: [topicRecord(name, topicId), ...configRecords, ...partitions.map(partitionRecord)],
  };
}

function topicConfigRecords(configs: ConfigManager, topic: RequestedTopic): readonly MetadataRecord[] | ApiError {
  const nulls = topic.configs.filter((config) => config.value === null).map((config) => config.name);
  if (nulls.length > 0) {
    return apiError(ErrorCode.INVALID_CONFIG, `Null value not supported for topic configs: ${nulls.join(",")}`);
  }
  if (topic.configs.length === 0) return [];
  const changes = topic.configs.map(({ name, value }) => ({ name, value, operation: ConfigOperation.SET }));
  return configs.alterIncrementally({ type: ConfigResourceType.TOPIC, name: topic.name }, changes, true);
}

function assignedPartitions(
  { cluster }: TopicCreation,
  topicId: string,
  topic: RequestedTopic,
): readonly NewPartition[] | ApiError {
  const invalid = (message: string) => apiError(ErrorCode.INVALID_REQUEST, message);
  if (topic.replicationFactor !== -1) {
    return invalid("A manual partition assignment was specified, but replication factor was not set to -1.");
  }
  if (topic.numPartitions !== -1) {
    return invalid("A manual partition assignment was specified, but numPartitions was not set to -1.");
  }
  const byIndex = new Map<number, NewPartition>();
  let replicationFactor: number | undefined;
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (byIndex.has(partitionIndex)) {
      return apiError(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        `Found multiple manual partition assignments for partition ${partitionIndex}`,
      );
    }
    const problem = manualAssignmentProblem(cluster, brokerIds, replicationFactor);
    if (problem !== undefined) return problem;
    replicationFactor = brokerIds.length;
    const partition = newPartition(cluster, topicId, partitionIndex, brokerIds);
    if (partition === undefined) {
      return apiError(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        `All brokers specified in the manual partition assignment for partition ${partitionIndex} are fenced or in controlled shutdown.`,
      );
    }
    byIndex.set(partitionIndex, partition);
  }
  const partitions = [...byIndex.values()].sort((a, b) => a.partitionId - b.partitionId);
  if (partitions.some((partition, index) => partition.partitionId !== index)) {
    return apiError(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      "partitions should be a consecutive 0-based integer sequence",
    );
  }
  return partitions;
}

function placedPartitions(
  creation: TopicCreation,
  topicId: string,
  topic: RequestedTopic,
): readonly NewPartition[] | ApiError {
  const { cluster, chance } = creation;
  if (topic.replicationFactor < -1 || topic.replicationFactor === 0) {
    return apiError(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      "Replication factor must be larger than 0, or -1 to use the default value.",
    );
  }
  if (topic.numPartitions < -1 || topic.numPartitions === 0) {
    return apiError(ErrorCode.INVALID_PARTITIONS, "Number of partitions was set to an invalid non-positive value.");
  }
  const count = topic.numPartitions === -1 ? creation.defaultPartitions : topic.numPartitions;
  const factor = topic.replicationFactor === -1 ? creation.defaultReplicationFactor : topic.replicationFactor;
  const unable = (problem: string) =>
    apiError(ErrorCode.INVALID_REPLICATION_FACTOR, `Unable to replicate the partition ${factor} time(s): ${problem}`);
  const placement = placeReplicas(cluster.usableBrokers(), count, factor, chance);
  if ("problem" in placement) return unable(placement.problem);
  const partitions: NewPartition[] = [];
  for (const [index, replicas] of placement.partitions.entries()) {
    const partition = newPartition(cluster, topicId, index, replicas);
    if (partition === undefined) return unable("All brokers are currently fenced or in controlled shutdown.");
    partitions.push(partition);
  }
  return partitions;
}

/** Versions 5 and up answer what was made; its settings only to those who may see them (KIP-525). */
function describedTopic(
  { configs, rules }: TopicCreation,
  context: ControllerRequestContext,
  topic: RequestedTopic,
  partitions: readonly NewPartition[],
): Partial<TopicResult> {
  if (!context.authorize(AclOperation.DESCRIBE_CONFIGS, ResourceType.TOPIC, topic.name)) {
    return { topicConfigErrorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, numPartitions: -1, replicationFactor: -1 };
  }
  const own = new Map(topic.configs.map((config) => [config.name, config.value ?? ""]));
  const { node, cluster } = configs.brokerDefaults();
  const effective = [...rules.describeTopic(own, node, cluster)];
  effective.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    topicConfigErrorCode: ErrorCode.NONE,
    numPartitions: partitions.length,
    replicationFactor: partitions[0]!.replicas.length,
    configs: effective.map(({ name, value, readOnly, configSource, isSensitive }) => ({
      name,
      value,
      readOnly,
      configSource,
      isSensitive,
    })),
  };
}
