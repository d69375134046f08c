import type { ListGroupsRequest, ListGroupsResponse } from "../../protocol/messages/list-groups.ts";
import type { Input } from "../../protocol/schema.ts";
import type { GroupCoordinatorShard } from "./group-coordinator-shard.ts";

export type ListedGroup = Input<typeof ListGroupsResponse>["groups"][number];

const CLASSIC = "classic";

/** The groups of these states (KIP-518) and types (KIP-848), in capitals or not; an empty list stands for all. */
export function listGroups({ classic }: GroupCoordinatorShard, request: ListGroupsRequest): ListedGroup[] {
  const states = request.statesFilter.map((state) => state.trim().toLowerCase());
  const types = request.typesFilter.map((type) => type.toLowerCase());
  if (types.length > 0 && !types.includes(CLASSIC)) return [];
  const groups: ListedGroup[] = [];
  for (const group of classic.committed()) {
    if (states.length > 0 && !states.includes(group.state.toLowerCase())) continue;
    groups.push({
      groupId: group.groupId,
      protocolType: group.protocolType ?? "",
      groupState: group.state,
      groupType: CLASSIC,
    });
  }
  return groups;
}
