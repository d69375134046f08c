/**
 * DescribeTopicPartitions (75), version 0: topics in pages (KIP-966), sorted by name. The cursor says where the next page
 * starts; a page holds at most `max.request.partition.size.limit` partitions.
 */

import type { MetadataImage } from "../controller/metadata-image.ts";
import { topicNameProblem } from "../controller/topic-name.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { INTERNAL_TOPICS } from "../protocol/internal-topics.ts";
import {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from "../protocol/messages/describe-topic-partitions.ts";
import type { Infer, Input } from "../protocol/schema.ts";
import { ZERO_UUID } from "../protocol/uuid.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { OPERATIONS_NOT_REQUESTED, TOPIC_OPERATIONS } from "../server/authorized-operations.ts";
import { viewPartition } from "../server/partition-view.ts";

type Request = Infer<typeof DescribeTopicPartitionsRequest>;
type Response = Input<typeof DescribeTopicPartitionsResponse>;
type Topic = Response["topics"][number];

export const describeTopicPartitions: ApiHandler<
  typeof DescribeTopicPartitionsRequest,
  typeof DescribeTopicPartitionsResponse
> = {
  request: DescribeTopicPartitionsRequest,
  response: DescribeTopicPartitionsResponse,
  handle(services, context, request, reply) {
    const image = services.metadata();
    const names = namesOf(image, request);
    if (typeof names === "number") {
      reply({
        throttleTimeMs: 0,
        topics: request.topics.map(({ name }) => ({
          ...missingTopic(names, name),
          isInternal: false,
          topicAuthorizedOperations: OPERATIONS_NOT_REQUESTED,
        })),
        nextCursor: null,
      });
      return;
    }
    const limit = Math.max(
      1,
      Math.min(services.config["max.request.partition.size.limit"], request.responsePartitionLimit),
    );
    reply(pageOf(image, names, request, context.listenerName, limit));
  },
};

/** The topics from the cursor on, sorted; an error code when that makes no sense. */
function namesOf(image: MetadataImage, request: Request): string[] | number {
  const { cursor } = request;
  const first = cursor?.topicName ?? "";
  const asked = request.topics.length === 0 ? [...image.topics] : request.topics;
  const names = [...new Set(asked.map(({ name }) => name))].filter((name) => name >= first).sort();
  // Apache Kafka takes no name for that of a cursor, and misses the cursor.
  if (cursor === null) return names.includes("") ? ErrorCode.UNKNOWN_SERVER_ERROR : names;
  if (cursor.partitionIndex < 0) return ErrorCode.INVALID_REQUEST;
  if (request.topics.length > 0 && !names.includes(cursor.topicName)) return ErrorCode.INVALID_REQUEST;
  return names;
}

function pageOf(
  image: MetadataImage,
  names: readonly string[],
  request: Request,
  listenerName: string,
  limit: number,
): Response {
  const topics: Topic[] = [];
  let remaining = limit;
  for (const name of names) {
    if (remaining === 0) return { throttleTimeMs: 0, topics, nextCursor: { topicName: name, partitionIndex: 0 } };
    const topic = image.topics.byName(name);
    if (topic === undefined) {
      if (request.topics.length > 0) topics.push(unknownTopic(name));
      continue;
    }
    const start = request.cursor?.topicName === name ? request.cursor.partitionIndex : 0;
    const page = topic.partitions.slice(start, start + remaining);
    topics.push({
      errorCode: ErrorCode.NONE,
      name,
      topicId: topic.id,
      isInternal: INTERNAL_TOPICS.has(name),
      partitions: page.map((partition) => {
        const view = viewPartition(image, partition, listenerName, true);
        return {
          // Unlike in Metadata, that there is no leader is no error.
          errorCode: ErrorCode.NONE,
          partitionIndex: partition.partitionId,
          leaderId: view.leaderId,
          leaderEpoch: partition.leaderEpoch,
          replicaNodes: [...partition.replicas],
          isrNodes: [...partition.isr],
          eligibleLeaderReplicas: [...partition.elr],
          lastKnownElr: [...partition.lastKnownElr],
          offlineReplicas: view.offlineReplicas,
        };
      }),
      topicAuthorizedOperations: TOPIC_OPERATIONS,
    });
    remaining -= page.length;
    const next = start + page.length;
    if (next < topic.partitions.length)
      return { throttleTimeMs: 0, topics, nextCursor: { topicName: name, partitionIndex: next } };
  }
  return { throttleTimeMs: 0, topics, nextCursor: null };
}

function unknownTopic(name: string): Topic {
  const valid = topicNameProblem(name) === undefined;
  return missingTopic(valid ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION, name);
}

function missingTopic(errorCode: number, name: string): Topic {
  return {
    errorCode,
    name,
    topicId: ZERO_UUID,
    isInternal: INTERNAL_TOPICS.has(name),
    partitions: [],
    topicAuthorizedOperations: TOPIC_OPERATIONS,
  };
}
