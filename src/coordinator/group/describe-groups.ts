import { ErrorCode } from "../../protocol/error-codes.ts";
import type { DescribeGroupsResponse } from "../../protocol/messages/describe-groups.ts";
import type { Input } from "../../protocol/schema.ts";
import type { GroupCoordinatorShard } from "./group-coordinator-shard.ts";

export type DescribedGroup = Input<typeof DescribeGroupsResponse>["groups"][number];

/** From here on a group that does not exist is an error; before, it is a group in state Dead (KIP-1043). */
const GROUP_ID_NOT_FOUND_VERSION = 6;

export function describeGroup({ classic }: GroupCoordinatorShard, groupId: string, apiVersion: number): DescribedGroup {
  const group = classic.getCommitted(groupId);
  if (group === undefined) {
    return apiVersion < GROUP_ID_NOT_FOUND_VERSION
      ? { ...describeError(groupId, ErrorCode.NONE), groupState: "Dead" }
      : { ...describeError(groupId, ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} not found.`), groupState: "Dead" };
  }
  const isStable = group.state === "Stable";
  return {
    errorCode: ErrorCode.NONE,
    groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? "",
    protocolData: isStable ? (group.protocolName ?? "") : "",
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? member.metadata(group.protocolName ?? "") : new Uint8Array(0),
      memberAssignment: member.assignment,
    })),
  };
}

export function describeError(groupId: string, errorCode: number, errorMessage: string | null = null): DescribedGroup {
  return { errorCode, errorMessage, groupId, groupState: "", protocolType: "", protocolData: "", members: [] };
}
