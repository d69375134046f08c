/**
 * Metadata (3), versions 0-13: brokers, topics and who leads their partitions, as seen from the listener the client came
 * in on. Creates missing topics when both sides allow it; the client then sees UNKNOWN_TOPIC_OR_PARTITION and asks again,
 * as with Apache Kafka. Topics can be named by id from version 12 on.
 */

import type { MetadataImage, TopicImage } from "../controller/metadata-image.ts";
import { topicNameProblem } from "../controller/topic-name.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { INTERNAL_TOPICS } from "../protocol/internal-topics.ts";
import { MetadataRequest, MetadataResponse } from "../protocol/messages/metadata.ts";
import type { Infer, Input } from "../protocol/schema.ts";
import { ZERO_UUID } from "../protocol/uuid.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { CLUSTER_OPERATIONS, OPERATIONS_NOT_REQUESTED, TOPIC_OPERATIONS } from "../server/authorized-operations.ts";
import { liveBrokers, liveEndpoint } from "../server/live-brokers.ts";
import { viewPartition } from "../server/partition-view.ts";
import type { RequestContext } from "../server/request-context.ts";
import type { Services } from "../server/services.ts";

type Request = Infer<typeof MetadataRequest>;
type Response = Input<typeof MetadataResponse>;
type Topic = NonNullable<Response["topics"]>[number];

export const metadata: ApiHandler<typeof MetadataRequest, typeof MetadataResponse> = {
  request: MetadataRequest,
  response: MetadataResponse,
  handle(services, context, request, reply) {
    const errorCode = requestError(context.apiVersion, request);
    if (errorCode !== ErrorCode.NONE) {
      const topics = refusedTopics(request, errorCode);
      reply({ throttleTimeMs: 0, brokers: [], clusterId: null, controllerId: -1, topics, errorCode });
      return;
    }
    const image = services.metadata();
    const brokers = liveBrokers(image, context.listenerName);
    const { apiVersion } = context;
    reply({
      throttleTimeMs: 0,
      brokers: brokers.map(({ broker, endpoint }) => ({
        nodeId: broker.id,
        host: endpoint.host,
        port: endpoint.port,
        rack: broker.rack,
      })),
      clusterId: services.clusterId,
      // The controllers of a KRaft cluster are not for clients: any live broker forwards what is meant for them.
      controllerId: brokers[0]?.broker.id ?? -1,
      topics: topicsOf(services, context, request, image),
      clusterAuthorizedOperations:
        apiVersion >= 8 && apiVersion <= 10 && request.includeClusterAuthorizedOperations
          ? CLUSTER_OPERATIONS
          : OPERATIONS_NOT_REQUESTED,
    });
  },
};

/** Before version 12, topics have names and nothing else. From then on who names any by its id need not name the others. */
function requestError(apiVersion: number, { topics }: Request): number {
  if (topics === null) return ErrorCode.NONE;
  const hasIds = topics.some(({ topicId }) => topicId !== ZERO_UUID);
  const hasUnnamed = topics.some(({ name }) => name === null);
  if (apiVersion < 12) return hasIds || hasUnnamed ? ErrorCode.INVALID_REQUEST : ErrorCode.NONE;
  return hasUnnamed && !hasIds ? ErrorCode.UNKNOWN_SERVER_ERROR : ErrorCode.NONE;
}

function refusedTopics({ topics }: Request, errorCode: number): Topic[] {
  return (topics ?? []).map(({ name, topicId }) => emptyTopic(errorCode, name ?? "", topicId));
}

function topicsOf(services: Services, context: RequestContext, request: Request, image: MetadataImage): Topic[] {
  const { apiVersion } = context;
  const describe = (topic: TopicImage) => describeTopic(image, topic, context, request);
  const all = request.topics === null || (apiVersion === 0 && request.topics.length === 0);
  if (all || request.topics === null) return [...image.topics].map(describe);
  const ids = new Set(request.topics.map((topic) => topic.topicId).filter((id) => id !== ZERO_UUID));
  if (ids.size > 0) {
    return [...ids].map((id) => {
      const topic = image.topics.byId(id);
      return topic === undefined ? emptyTopic(ErrorCode.UNKNOWN_TOPIC_ID, null, id) : describe(topic);
    });
  }
  const names = [...new Set(request.topics.map((topic) => topic.name ?? ""))];
  const missing = names.filter((name) => image.topics.byName(name) === undefined);
  const creates = request.allowAutoTopicCreation && services.config["auto.create.topics.enable"];
  if (creates && missing.length > 0) services.autoCreateTopics(missing);
  return names.map((name) => {
    const topic = image.topics.byName(name);
    return topic === undefined ? missingTopic(name, request) : describe(topic);
  });
}

function describeTopic(image: MetadataImage, topic: TopicImage, context: RequestContext, request: Request): Topic {
  const { apiVersion, listenerName } = context;
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: INTERNAL_TOPICS.has(topic.name),
    partitions: topic.partitions.map((partition) => {
      const view = viewPartition(image, partition, listenerName, apiVersion >= 6);
      // Version 0 tells of unavailable replicas by leaving them out and an error; later ones name them as offline.
      const shown = (ids: readonly number[]) =>
        apiVersion === 0 ? ids.filter((id) => liveEndpoint(image, id, listenerName) !== undefined) : [...ids];
      const replicaNodes = shown(partition.replicas);
      const isrNodes = shown(partition.isr);
      const incomplete = replicaNodes.length < partition.replicas.length || isrNodes.length < partition.isr.length;
      return {
        errorCode: view.errorCode === ErrorCode.NONE && incomplete ? ErrorCode.REPLICA_NOT_AVAILABLE : view.errorCode,
        partitionIndex: partition.partitionId,
        leaderId: view.leaderId,
        leaderEpoch: partition.leaderEpoch,
        replicaNodes,
        isrNodes,
        offlineReplicas: view.offlineReplicas,
      };
    }),
    topicAuthorizedOperations: operationsOf(request),
  };
}

/** What one may do with a topic does not depend on its being there. */
function missingTopic(name: string, request: Request): Topic {
  const errorCode =
    topicNameProblem(name) === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;
  const isInternal = INTERNAL_TOPICS.has(name);
  return { ...emptyTopic(errorCode, name, ZERO_UUID), isInternal, topicAuthorizedOperations: operationsOf(request) };
}

function operationsOf(request: Request): number {
  return request.includeTopicAuthorizedOperations ? TOPIC_OPERATIONS : OPERATIONS_NOT_REQUESTED;
}

function emptyTopic(errorCode: number, name: string | null, topicId: string): Topic {
  return {
    errorCode,
    name,
    topicId,
    isInternal: false,
    partitions: [],
    topicAuthorizedOperations: OPERATIONS_NOT_REQUESTED,
  };
}
