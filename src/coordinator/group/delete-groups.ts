import { ErrorCode } from "../../protocol/error-codes.ts";
import type { DeleteGroupsResponse } from "../../protocol/messages/delete-groups.ts";
import type { Input } from "../../protocol/schema.ts";
import type { GroupDecision } from "./classic/classic-replies.ts";
import type { GroupCoordinatorShard } from "./group-coordinator-shard.ts";
import { groupTombstone } from "./group-record.ts";

export type DeletableGroupResult = Input<typeof DeleteGroupsResponse>["results"][number];

/** Deletes empty groups with all their offsets. */
export function deleteGroups(
  { classic, offsets }: GroupCoordinatorShard,
  decision: GroupDecision,
  groupIds: readonly string[],
): DeletableGroupResult[] {
  return groupIds.map((groupId) => {
    const group = classic.get(groupId);
    if (group === undefined) return { groupId, errorCode: ErrorCode.GROUP_ID_NOT_FOUND };
    if (group.state !== "Empty") return { groupId, errorCode: ErrorCode.NON_EMPTY_GROUP };
    for (const record of offsets.tombstones(groupId, () => true)) decision.append(record);
    decision.append(groupTombstone(groupId));
    return { groupId, errorCode: ErrorCode.NONE };
  });
}
