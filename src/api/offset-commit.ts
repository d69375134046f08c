/**
 * OffsetCommit (8), versions 2-10: stores how far a group has consumed. Topics are named up to version 9 and given by id
 * from 10 on; either way the record holds both, so that offsets of a deleted topic are not taken for those of its
 * successor.
 *
 * Left out: member epochs of the consumer protocol (KIP-848), until that protocol is served.
 */
import type { MetadataImage, TopicImage } from "../controller/metadata-image.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { OffsetCommitRequest, OffsetCommitResponse } from "../protocol/messages/offset-commit.ts";
import type { Infer, Input } from "../protocol/schema.ts";
import type { ApiHandler } from "../server/api-handler.ts";

type RequestedTopic = Infer<typeof OffsetCommitRequest>["topics"][number];
type TopicResponse = Input<typeof OffsetCommitResponse>["topics"][number];

const TOPIC_ID_VERSION = 10;

export const offsetCommit: ApiHandler<typeof OffsetCommitRequest, typeof OffsetCommitResponse> = {
  request: OffsetCommitRequest,
  response: OffsetCommitResponse,
  handle(services, context, request, reply) {
    const image = services.metadata();
    const topics: RequestedTopic[] = [];
    const refused: TopicResponse[] = [];
    for (const requested of request.topics) {
      const topic = findTopic(image, requested, context.apiVersion);
      if (topic === undefined) {
        const usesId = context.apiVersion >= TOPIC_ID_VERSION;
        refused.push(allFailed(requested, usesId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
        continue;
      }
      const known = requested.partitions.filter(({ partitionIndex }) => hasPartition(topic, partitionIndex));
      const unknown = requested.partitions.filter(({ partitionIndex }) => !hasPartition(topic, partitionIndex));
      const named = { name: topic.name, topicId: topic.id };
      if (known.length > 0) topics.push({ ...named, partitions: known });
      if (unknown.length > 0) {
        refused.push(allFailed({ ...named, partitions: unknown }, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
      }
    }
    if (topics.length === 0) {
      reply({ topics: refused });
      return;
    }
    services.groups.commitOffsets({ ...request, topics }, context.apiVersion, (response) => {
      reply({ topics: merge(response.topics, refused) });
    });
  },
};

function findTopic(
  image: MetadataImage,
  { name, topicId }: RequestedTopic,
  apiVersion: number,
): TopicImage | undefined {
  return apiVersion >= TOPIC_ID_VERSION ? image.topics.byId(topicId) : image.topics.byName(name);
}

function hasPartition(topic: TopicImage, index: number): boolean {
  return topic.partitions[index] !== undefined;
}

function allFailed({ name, topicId, partitions }: RequestedTopic, errorCode: number): TopicResponse {
  return { name, topicId, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) };
}

/** A topic some of whose partitions do not exist is one entry of the answer. */
function merge(committed: readonly TopicResponse[], refused: readonly TopicResponse[]): TopicResponse[] {
  if (refused.length === 0) return [...committed];
  const topics = new Map<string, TopicResponse>();
  for (const topic of [...refused, ...committed]) {
    const key = `${topic.topicId} ${topic.name}`;
    const earlier = topics.get(key)?.partitions ?? [];
    topics.set(key, { ...topic, partitions: [...earlier, ...topic.partitions] });
  }
  return [...topics.values()];
}
