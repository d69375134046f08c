/** OffsetDelete (47), version 0: forgets committed offsets of topics that the group is not subscribed to (KIP-496). */
import { ErrorCode } from "../protocol/error-codes.ts";
import { OffsetDeleteRequest, OffsetDeleteResponse } from "../protocol/messages/offset-delete.ts";
import type { Infer, Input } from "../protocol/schema.ts";
import type { ApiHandler } from "../server/api-handler.ts";

type RequestedTopic = Infer<typeof OffsetDeleteRequest>["topics"][number];
type TopicResponse = Input<typeof OffsetDeleteResponse>["topics"][number];

export const offsetDelete: ApiHandler<typeof OffsetDeleteRequest, typeof OffsetDeleteResponse> = {
  request: OffsetDeleteRequest,
  response: OffsetDeleteResponse,
  handle(services, _context, request, reply) {
    const { topics: images } = services.metadata();
    const exists = (name: string, index: number): boolean => images.byName(name)?.partitions[index] !== undefined;
    const topics: RequestedTopic[] = [];
    const refused = new Map<string, TopicResponse>();
    for (const { name, partitions } of request.topics) {
      const known = partitions.filter(({ partitionIndex }) => exists(name, partitionIndex));
      if (known.length > 0) topics.push({ name, partitions: known });
      if (known.length === partitions.length && images.byName(name) !== undefined) continue;
      const unknown = partitions.filter(({ partitionIndex }) => !exists(name, partitionIndex));
      const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      refused.set(name, { name, partitions: unknown.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) });
    }
    services.groups.deleteOffsets({ groupId: request.groupId, topics }, (response) => {
      if (response.errorCode !== ErrorCode.NONE) {
        reply(response);
        return;
      }
      const deleted = response.topics.map(({ name, partitions }) => {
        const unknown = refused.get(name)?.partitions ?? [];
        refused.delete(name);
        return { name, partitions: [...unknown, ...partitions] };
      });
      reply({ ...response, topics: [...refused.values(), ...deleted] });
    });
  },
};
