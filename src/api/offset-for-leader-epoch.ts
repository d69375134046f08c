/**
 * OffsetForLeaderEpoch (23), versions 2-4: where the records of a leader epoch, or of the largest one before it, end in the
 * leader's log. Consumers (KIP-320) and followers compare it with their own position to find out whether they have
 * diverged.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from "../protocol/messages/offset-for-leader-epoch.ts";
import type { Input } from "../protocol/schema.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { Services } from "../server/services.ts";

type EpochEndOffset = Input<typeof OffsetForLeaderEpochResponse>["topics"][number]["partitions"][number];

export const offsetForLeaderEpoch: ApiHandler<typeof OffsetForLeaderEpochRequest, typeof OffsetForLeaderEpochResponse> =
  {
    request: OffsetForLeaderEpochRequest,
    response: OffsetForLeaderEpochResponse,
    handle(services, _context, request, reply) {
      reply({
        throttleTimeMs: 0,
        topics: request.topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) =>
            endOffset(services, topic, partition, currentLeaderEpoch, leaderEpoch),
          ),
        })),
      });
    },
  };

function endOffset(
  services: Services,
  topic: string,
  index: number,
  currentLeaderEpoch: number,
  leaderEpoch: number,
): EpochEndOffset {
  const partition = services.replicas.partition(topic, index);
  const errorCode =
    partition === undefined
      ? services.replicas.missingErrorCode(topic, index)
      : partition.checkAccess(currentLeaderEpoch, true);
  const end = errorCode === ErrorCode.NONE ? partition?.log?.endOffsetForEpoch(leaderEpoch) : undefined;
  return { errorCode, partition: index, leaderEpoch: end?.epoch ?? -1, endOffset: end?.offset ?? -1 };
}
