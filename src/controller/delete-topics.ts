import { AclOperation, CLUSTER_NAME, ResourceType } from "../protocol/acl-codes.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { DeleteTopicsRequest, DeleteTopicsResponse } from "../protocol/messages/delete-topics.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Input } from "../protocol/schema.ts";
import { ZERO_UUID } from "../protocol/uuid.ts";
import { type ApiError, apiError, NO_ERROR } from "./api-error.ts";
import type { ControllerRequestContext } from "./controller-request-context.ts";
import { answer, type Decision } from "./decision.ts";
import { removeTopicRecord } from "./record-factory.ts";
import type { Topic, TopicManager } from "./topic-manager.ts";

type Response = Input<typeof DeleteTopicsResponse>;
type Result = Response["responses"][number];

/** The first version that knows TOPIC_DELETION_DISABLED. */
const TOPIC_DELETION_DISABLED_VERSION = 3;

/** DeleteTopics, by name or by id (KIP-516): all that may be deleted go in one batch. */
export function deleteTopics(
  topics: TopicManager,
  deletionEnabled: boolean,
  context: ControllerRequestContext,
  request: DeleteTopicsRequest,
): Decision<Response> {
  const requested = requestedTopics(request);
  if (!deletionEnabled) {
    const error =
      context.apiVersion < TOPIC_DELETION_DISABLED_VERSION
        ? apiError(ErrorCode.INVALID_REQUEST, "Topic deletion is disabled.")
        : apiError(ErrorCode.TOPIC_DELETION_DISABLED, "Topic deletion is disabled.");
    return answer(responseOf(requested.map(({ name, id }) => result(name, id, error))));
  }
  const results: Result[] = [];
  const deletable = new Map<string, Topic>();
  const ambiguous = new Set<string>();
  for (const { name, id, problem } of uniqueTopics(requested)) {
    const topic = name === null ? topics.byId(id) : topics.byName(name);
    const error = problem ?? accessProblem(context, topic, name);
    if (problem !== undefined) {
      results.push(result(name, id, problem));
    } else if (error !== undefined) {
      results.push(result(name ?? visibleName(context, topic), id, error));
    } else if (deletable.has(topic!.id) || ambiguous.has(topic!.id)) {
      // Once by name and once by id. Neither is deleted, but only one of the two is answered, as in Kafka.
      deletable.delete(topic!.id);
      ambiguous.add(topic!.id);
      const message = "The provided topic name maps to an ID that was already supplied.";
      results.push(result(topic!.name, topic!.id, apiError(ErrorCode.INVALID_REQUEST, message)));
    } else {
      deletable.set(topic!.id, topic!);
    }
  }
  const records: MetadataRecord[] = [];
  for (const topic of deletable.values()) {
    records.push(removeTopicRecord(topic.id));
    results.push(result(topic.name, topic.id, NO_ERROR));
  }
  return { records, response: responseOf(results) };
}

export function deleteTopicsFailed(request: DeleteTopicsRequest, error: ApiError): Response {
  return responseOf(requestedTopics(request).map(({ name, id }) => result(name, id, error)));
}

/** Those that are named as they have to be; the others are refused whether they exist or not. */
export function topicsToDelete(request: DeleteTopicsRequest): readonly unknown[] {
  return [...uniqueTopics(requestedTopics(request))].filter(({ problem }) => problem === undefined);
}

const NOT_AUTHORIZED = apiError(ErrorCode.TOPIC_AUTHORIZATION_FAILED, "Topic authorization failed.");

interface RequestedTopic {
  /** Null: by id. */
  readonly name: string | null;
  readonly id: string;
}

/** Names come before ids: a topic given both ways is found out by its id. */
function requestedTopics(request: DeleteTopicsRequest): RequestedTopic[] {
  const byName = [...request.topicNames.map((name) => ({ name, id: ZERO_UUID }))];
  const byId: RequestedTopic[] = [];
  for (const { name, topicId } of request.topics) {
    (name === null ? byId : byName).push({ name, id: topicId } as RequestedTopic & { name: string });
  }
  return [...byId, ...byName];
}

function* uniqueTopics(requested: readonly RequestedTopic[]): Generator<RequestedTopic & { problem?: ApiError }> {
  const key = ({ name, id }: RequestedTopic) => (name === null ? `id ${id}` : `name ${name}`);
  const counts = new Map<string, number>();
  for (const topic of requested) counts.set(key(topic), (counts.get(key(topic)) ?? 0) + 1);
  const invalid = (message: string) => apiError(ErrorCode.INVALID_REQUEST, message);
  for (const topic of requested) {
    const { name, id } = topic;
    if (name === null && id === ZERO_UUID) {
      yield { ...topic, problem: invalid("Neither topic name nor id were specified.") };
    } else if (name !== null && id !== ZERO_UUID) {
      yield { ...topic, problem: invalid("You may not specify both topic name and topic id.") };
    } else if (counts.get(key(topic)) === 1) {
      yield topic;
    } else if (counts.delete(key(topic))) {
      yield { ...topic, problem: invalid(`Duplicate topic ${name === null ? "id" : "name"}.`) };
    }
  }
}

/** Whoever may not see a topic does not learn whether it exists. */
function accessProblem(
  context: ControllerRequestContext,
  topic: Topic | undefined,
  name: string | null,
): ApiError | undefined {
  const all = context.authorize(AclOperation.DELETE, ResourceType.CLUSTER, CLUSTER_NAME);
  const may = (operation: number, topicName: string) =>
    all || context.authorize(operation, ResourceType.TOPIC, topicName);
  if (name !== null && !may(AclOperation.DESCRIBE, name)) return NOT_AUTHORIZED;
  if (topic === undefined) {
    return name === null
      ? apiError(ErrorCode.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.")
      : apiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition.");
  }
  return may(AclOperation.DELETE, topic.name) ? undefined : NOT_AUTHORIZED;
}

function visibleName(context: ControllerRequestContext, topic: Topic | undefined): string | null {
  if (topic === undefined) return null;
  return context.authorize(AclOperation.DESCRIBE, ResourceType.TOPIC, topic.name) ? topic.name : null;
}

function result(name: string | null, topicId: string, error: ApiError): Result {
  return { name, topicId, ...error };
}

function responseOf(responses: readonly Result[]): Response {
  return { throttleTimeMs: 0, responses };
}
