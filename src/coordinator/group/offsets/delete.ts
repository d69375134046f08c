import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { OffsetDeleteRequest, OffsetDeleteResponse } from "../../../protocol/messages/offset-delete.ts";
import type { Input } from "../../../protocol/schema.ts";
import type { GroupDecision } from "../classic/classic-replies.ts";
import type { GroupCoordinatorShard } from "../group-coordinator-shard.ts";
import { offsetTombstone } from "../group-record.ts";

/** Forgets offsets of topics that the group is not subscribed to (KIP-496). */
export function deleteOffsets(
  shard: GroupCoordinatorShard,
  decision: GroupDecision,
  { groupId, topics }: OffsetDeleteRequest,
): Input<typeof OffsetDeleteResponse> {
  const group = shard.classic.get(groupId);
  if (group === undefined) return deleteError(ErrorCode.GROUP_ID_NOT_FOUND);
  // What the members of other protocols use cannot be known here.
  if (group.state !== "Empty" && !group.usesConsumerProtocol) return deleteError(ErrorCode.NON_EMPTY_GROUP);
  return {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    topics: topics.map(({ name, partitions }) => {
      const isSubscribed = group.isSubscribedTo(name);
      return {
        name,
        partitions: partitions.map(({ partitionIndex }) => {
          if (isSubscribed) return { partitionIndex, errorCode: ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC };
          if (hasOffset(shard, groupId, name, partitionIndex)) {
            decision.append(offsetTombstone(groupId, name, partitionIndex));
          }
          return { partitionIndex, errorCode: ErrorCode.NONE };
        }),
      };
    }),
  };
}

export function deleteError(errorCode: number): Input<typeof OffsetDeleteResponse> {
  return { throttleTimeMs: 0, errorCode, topics: [] };
}

function hasOffset({ offsets }: GroupCoordinatorShard, groupId: string, topic: string, partition: number): boolean {
  return (
    offsets.committed.get(groupId, topic, partition) !== undefined || offsets.hasPending(groupId, topic, partition)
  );
}
