import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { SyncGroupRequest } from "../../../protocol/messages/sync-group.ts";
import { groupMetadataRecord } from "../group-record.ts";
import { operationError } from "../operation-error.ts";
import type { ClassicGroup } from "./classic-group.ts";
import { EMPTY_ASSIGNMENT } from "./classic-group-member.ts";
import type { ClassicGroups } from "./classic-groups.ts";
import { type GroupDecision, type SyncGroupReply, syncError } from "./classic-replies.ts";
import { cancelSyncExpiration, failSyncs, prepareRebalanceOrCompleteJoin } from "./rebalance.ts";
import { expectHeartbeat } from "./session.ts";

/**
 * SyncGroup of the classic protocol: the leader brings the assignment, the others wait for it. `reply` is called when the
 * assignment is stored, or at once when the group is stable.
 */
export function syncGroup(
  groups: ClassicGroups,
  decision: GroupDecision,
  request: SyncGroupRequest,
  reply: SyncGroupReply,
): void {
  const group = groups.get(request.groupId);
  const errorCode = validateSync(group, request);
  if (group === undefined || errorCode !== ErrorCode.NONE) {
    decision.answer(() => reply(syncError(errorCode)));
    return;
  }
  group.pendingSyncMembers.delete(request.memberId);
  if (group.pendingSyncMembers.size === 0) cancelSyncExpiration(group, decision);
  const member = group.members.get(request.memberId)!;
  if (group.state === "Stable") {
    const response = syncResponse(group, member.assignment);
    decision.answer(() => reply(response));
    return;
  }
  group.completeSync(member, syncError(ErrorCode.REBALANCE_IN_PROGRESS), decision);
  member.awaitingSync = reply;
  if (group.isLeader(member.memberId)) storeAssignment(groups, group, request, decision);
}

function validateSync(group: ClassicGroup | undefined, request: SyncGroupRequest): number {
  if (group === undefined || group.state === "Empty") return ErrorCode.UNKNOWN_MEMBER_ID;
  const errorCode = group.validateMember(request.memberId, request.groupInstanceId);
  if (errorCode !== ErrorCode.NONE) return errorCode;
  if (request.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION;
  // Null is what versions before 5 say: they do not know (KIP-559).
  const { protocolType, protocolName } = request;
  if (differs(protocolType, group.protocolType) || differs(protocolName, group.protocolName)) {
    return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
  }
  return group.state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

/** One record holds the whole generation; only when it is committed do the members get to know their assignments. */
function storeAssignment(
  groups: ClassicGroups,
  group: ClassicGroup,
  request: SyncGroupRequest,
  decision: GroupDecision,
): void {
  const { generationId } = group;
  const assignments = new Map<string, Uint8Array>();
  for (const memberId of group.members.keys()) assignments.set(memberId, EMPTY_ASSIGNMENT);
  // The bytes of the request are only lent.
  for (const { memberId, assignment } of request.assignments) {
    if (assignments.has(memberId)) assignments.set(memberId, assignment.slice());
  }
  decision.append(groupMetadataRecord(group, assignments));
  decision.whenCommitted((errorCode, next) => {
    // A member that joined meanwhile has made this assignment obsolete.
    if (group.state !== "CompletingRebalance" || group.generationId !== generationId) return;
    if (errorCode === ErrorCode.NONE) {
      propagateAssignment(groups, group, assignments, next);
    } else {
      failSyncs(groups, group, operationError(errorCode), next);
      prepareRebalanceOrCompleteJoin(groups, group, "the assignment could not be stored", next);
    }
  });
}

function propagateAssignment(
  groups: ClassicGroups,
  group: ClassicGroup,
  assignments: ReadonlyMap<string, Uint8Array>,
  decision: GroupDecision,
): void {
  for (const member of group.members.values()) {
    member.assignment = assignments.get(member.memberId) ?? EMPTY_ASSIGNMENT;
    if (group.completeSync(member, syncResponse(group, member.assignment), decision)) {
      // Its session may have run out while it waited for us.
      expectHeartbeat(groups, group, member, member.sessionTimeoutMs, decision);
    }
  }
  group.transitionTo("Stable", decision.nowMs);
  groups.log.write("info", `Group ${group.groupId} generation ${group.generationId} is stable`);
}

function syncResponse(group: ClassicGroup, assignment: Uint8Array) {
  return {
    errorCode: ErrorCode.NONE,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    assignment,
  };
}

const differs = (said: string | null, known: string | null): boolean =>
  said !== null && known !== null && said !== known;
