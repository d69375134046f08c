import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { HeartbeatRequest } from "../../../protocol/messages/heartbeat.ts";
import type { ClassicGroups } from "./classic-groups.ts";
import type { GroupDecision } from "./classic-replies.ts";
import { expectHeartbeat } from "./session.ts";

/** Keeps the member's session alive and tells it when to rejoin. Returns the error code of the answer. */
export function heartbeat(groups: ClassicGroups, decision: GroupDecision, request: HeartbeatRequest): number {
  const group = groups.get(request.groupId);
  if (group === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
  const errorCode = group.validateMember(request.memberId, request.groupInstanceId);
  if (errorCode !== ErrorCode.NONE) return errorCode;
  if (request.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION;
  const member = group.members.get(request.memberId)!;
  expectHeartbeat(groups, group, member, member.sessionTimeoutMs, decision);
  return group.state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}
