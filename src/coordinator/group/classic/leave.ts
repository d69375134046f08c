import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { LeaveGroupResponse } from "../../../protocol/messages/leave-group.ts";
import type { Input } from "../../../protocol/schema.ts";
import type { ClassicGroup } from "./classic-group.ts";
import type { ClassicGroups } from "./classic-groups.ts";
import { type GroupDecision, UNKNOWN_MEMBER } from "./classic-replies.ts";
import { completeJoinPhaseIfReady, prepareRebalanceOrCompleteJoin, removeMember } from "./rebalance.ts";
import { cancelHeartbeat } from "./session.ts";

/** Who leaves: a member by its id, or, by an administrator, a static one by its instance id alone. */
export interface LeavingMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly reason: string | null;
}

/** Removes the members that can be removed, then rebalances once for all of them. */
export function leaveGroup(
  groups: ClassicGroups,
  decision: GroupDecision,
  groupId: string,
  leaving: readonly LeavingMember[],
): Input<typeof LeaveGroupResponse> {
  const group = groups.get(groupId);
  const members = leaving.map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    errorCode: group === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : leave(groups, group, member, decision),
  }));
  const gone = members.filter(({ errorCode }) => errorCode === ErrorCode.NONE);
  if (group !== undefined && gone.length > 0) {
    if (group.isIn("Stable", "CompletingRebalance")) {
      const ids = gone.map(({ memberId, groupInstanceId }) => memberId || groupInstanceId).join(", ");
      prepareRebalanceOrCompleteJoin(groups, group, `LeaveGroup of ${ids}`, decision);
    } else {
      completeJoinPhaseIfReady(groups, group, decision);
    }
  }
  return { errorCode: ErrorCode.NONE, members };
}

function leave(groups: ClassicGroups, group: ClassicGroup, leaving: LeavingMember, decision: GroupDecision): number {
  const { groupInstanceId } = leaving;
  let { memberId } = leaving;
  if (memberId === UNKNOWN_MEMBER) {
    const staticId = groupInstanceId === null ? undefined : group.staticMemberId(groupInstanceId);
    if (staticId === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    memberId = staticId;
  } else if (group.pendingJoinMembers.has(memberId)) {
    group.remove(memberId);
    cancelHeartbeat(group, memberId, decision);
    return ErrorCode.NONE;
  } else {
    const errorCode = group.validateMember(memberId, groupInstanceId);
    if (errorCode !== ErrorCode.NONE) return errorCode;
  }
  const reason = leaving.reason || "not provided";
  groups.log.write("info", `Member ${memberId} leaves group ${group.groupId}; client reason: ${reason}`);
  removeMember(group, group.members.get(memberId)!, decision);
  return ErrorCode.NONE;
}
