import type { ClassicGroup } from "./classic-group.ts";
import type { ClassicGroupMember } from "./classic-group-member.ts";
import type { ClassicGroups } from "./classic-groups.ts";
import type { GroupDecision } from "./classic-replies.ts";
import { completeJoin, prepareRebalanceOrCompleteJoin, removeMember } from "./rebalance.ts";

/** The member must be heard of within `timeoutMs`; every request of its begins the time anew. */
export function expectHeartbeat(
  groups: ClassicGroups,
  group: ClassicGroup,
  member: ClassicGroupMember,
  timeoutMs: number,
  decision: GroupDecision,
): void {
  const { groupId } = group;
  const { memberId } = member;
  decision.schedule(heartbeatKey(group, memberId), timeoutMs, (next) => expireMember(groups, groupId, memberId, next));
}

/** An id given out with MEMBER_ID_REQUIRED must be used within the session timeout. */
export function expectPendingMember(
  groups: ClassicGroups,
  group: ClassicGroup,
  memberId: string,
  timeoutMs: number,
  decision: GroupDecision,
): void {
  const { groupId } = group;
  decision.schedule(heartbeatKey(group, memberId), timeoutMs, (next) => expireMember(groups, groupId, memberId, next));
}

export function cancelHeartbeat(group: ClassicGroup, memberId: string, decision: GroupDecision): void {
  decision.cancel(heartbeatKey(group, memberId));
}

function expireMember(groups: ClassicGroups, groupId: string, memberId: string, decision: GroupDecision): void {
  const group = groups.get(groupId);
  if (group === undefined) return;
  if (group.pendingJoinMembers.has(memberId)) {
    groups.log.write("info", `Pending member ${memberId} of group ${groupId} did not join within its session timeout`);
    group.remove(memberId);
    if (group.state === "PreparingRebalance" && group.hasAllMembersJoined) completeJoin(groups, group, decision);
    return;
  }
  const member = group.members.get(memberId);
  if (member === undefined || member.hasSatisfiedHeartbeat) return;
  groups.log.write(
    "info",
    `Member ${memberId} of group ${groupId} has failed: no heartbeat within its session timeout`,
  );
  removeMember(group, member, decision);
  if (group.isIn("Stable", "CompletingRebalance")) {
    prepareRebalanceOrCompleteJoin(groups, group, `session of member ${memberId} expired`, decision);
  } else if (group.state === "PreparingRebalance" && group.hasAllMembersJoined) {
    completeJoin(groups, group, decision);
  }
}

const heartbeatKey = (group: ClassicGroup, memberId: string): string => `heartbeat-${group.groupId}-${memberId}`;
