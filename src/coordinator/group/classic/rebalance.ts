import { ErrorCode } from "../../../protocol/error-codes.ts";
import { groupMetadataRecord } from "../group-record.ts";
import type { ClassicGroup } from "./classic-group.ts";
import { type ClassicGroupMember, EMPTY_ASSIGNMENT } from "./classic-group-member.ts";
import type { ClassicGroups } from "./classic-groups.ts";
import { type GroupDecision, joinError, syncError } from "./classic-replies.ts";
import { cancelHeartbeat, expectHeartbeat } from "./session.ts";

/** Starts a rebalance where the state allows it, else looks whether the one in progress can complete now. */
export function prepareRebalanceOrCompleteJoin(
  groups: ClassicGroups,
  group: ClassicGroup,
  reason: string,
  decision: GroupDecision,
): void {
  if (group.canRebalance) prepareRebalance(groups, group, reason, decision);
  else completeJoinPhaseIfReady(groups, group, decision);
}

export function prepareRebalance(
  groups: ClassicGroups,
  group: ClassicGroup,
  reason: string,
  decision: GroupDecision,
): void {
  if (group.state === "CompletingRebalance") failSyncs(groups, group, ErrorCode.REBALANCE_IN_PROGRESS, decision);
  group.pendingSyncMembers.clear();
  decision.cancel(syncKey(group));
  const isInitial = group.state === "Empty";
  group.transitionTo("PreparingRebalance", decision.nowMs);
  groups.log.write(
    "info",
    `Preparing to rebalance group ${group.groupId} with old generation ${group.generationId} (reason: ${reason})`,
  );
  if (isInitial) {
    const delayMs = groups.config.initialRebalanceDelayMs;
    delayInitialRebalance(groups, group, delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0), decision);
  } else if (group.hasAllMembersJoined) {
    completeJoin(groups, group, decision);
  } else {
    scheduleJoinCompletion(groups, group, decision);
  }
}

/** In an initial rebalance only the delay decides: more members may be on their way. */
export function completeJoinPhaseIfReady(groups: ClassicGroups, group: ClassicGroup, decision: GroupDecision): void {
  if (group.state !== "PreparingRebalance" || group.previousState === "Empty") return;
  if (group.hasAllMembersJoined) completeJoin(groups, group, decision);
}

/**
 * Ends the join phase: members who did not come back are removed (static ones keep their place until their session
 * expires), the next generation begins, and everybody who waits is told of it.
 */
export function completeJoin(groups: ClassicGroups, group: ClassicGroup, decision: GroupDecision): void {
  decision.cancel(joinKey(group));
  removeMembersWhoDidNotRejoin(groups, group, decision);
  if (!group.electJoinedLeader() && group.members.size > 0) {
    // Only static members that are away are left: wait until one comes back or the sessions expire.
    groups.log.write("warn", `Group ${group.groupId} could not complete its rebalance because no member rejoined`);
    scheduleJoinCompletion(groups, group, decision);
    return;
  }
  group.nextGeneration(decision.nowMs);
  if (group.state === "Empty") {
    groups.log.write("info", `Group ${group.groupId} with generation ${group.generationId} is now empty`);
    decision.append(groupMetadataRecord(group, new Map()));
    return;
  }
  groups.log.write(
    "info",
    `Group ${group.groupId} generation ${group.generationId} has ${group.members.size} members and awaits the assignment of ${group.leaderId}`,
  );
  for (const member of group.members.values()) {
    group.completeJoin(member, joinResponse(group, member.memberId), decision);
    expectHeartbeat(groups, group, member, member.sessionTimeoutMs, decision);
    member.isNew = false;
    group.pendingSyncMembers.add(member.memberId);
  }
  scheduleSyncExpiration(groups, group, decision);
}

/** The answer to a member of the current generation; only the leader is told who else is in it. */
export function joinResponse(group: ClassicGroup, memberId: string) {
  const members = group.isLeader(memberId) ? [...group.members.values()] : [];
  return {
    errorCode: ErrorCode.NONE,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? "",
    memberId,
    members: members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: member.metadata(group.protocolName ?? ""),
    })),
  };
}

/** What follows from a member being gone, by leaving or by silence. */
export function removeMember(group: ClassicGroup, member: ClassicGroupMember, decision: GroupDecision): void {
  cancelHeartbeat(group, member.memberId, decision);
  // Its client, if it is still there, comes back as a new member.
  group.completeJoin(member, joinError(ErrorCode.UNKNOWN_MEMBER_ID, ""), decision);
  group.completeSync(member, syncError(ErrorCode.UNKNOWN_MEMBER_ID), decision);
  group.remove(member.memberId);
}

/** Members who did not send SyncGroup within the rebalance timeout are removed. */
function expirePendingSyncs(
  groups: ClassicGroups,
  groupId: string,
  generationId: number,
  decision: GroupDecision,
): void {
  const group = groups.get(groupId);
  if (group === undefined || group.generationId !== generationId) return;
  if (!group.isIn("CompletingRebalance", "Stable") || group.pendingSyncMembers.size === 0) return;
  const late = [...group.pendingSyncMembers];
  for (const memberId of late) {
    group.remove(memberId);
    cancelHeartbeat(group, memberId, decision);
  }
  prepareRebalance(groups, group, `removing ${late.join(", ")}, whose SyncGroup did not come in time`, decision);
}

export function failSyncs(
  groups: ClassicGroups,
  group: ClassicGroup,
  errorCode: number,
  decision: GroupDecision,
): void {
  for (const member of group.members.values()) {
    member.assignment = EMPTY_ASSIGNMENT;
    if (group.completeSync(member, { errorCode, assignment: EMPTY_ASSIGNMENT }, decision)) {
      expectHeartbeat(groups, group, member, member.sessionTimeoutMs, decision);
    }
  }
}

export function cancelSyncExpiration(group: ClassicGroup, decision: GroupDecision): void {
  decision.cancel(syncKey(group));
}

/**
 * `group.initial.rebalance.delay.ms` (KIP-134): as long as members keep arriving, the delay starts again, up to the
 * rebalance timeout in all, so that a starting application does not rebalance once per instance.
 */
function delayInitialRebalance(
  groups: ClassicGroups,
  group: ClassicGroup,
  delayMs: number,
  remainingMs: number,
  decision: GroupDecision,
): void {
  const { groupId } = group;
  decision.schedule(joinKey(group), delayMs, (next) => {
    const current = groups.get(groupId);
    if (current === undefined) return;
    if (current.newMemberAdded && remainingMs > 0) {
      current.newMemberAdded = false;
      const nextDelayMs = Math.min(groups.config.initialRebalanceDelayMs, remainingMs);
      delayInitialRebalance(groups, current, nextDelayMs, Math.max(remainingMs - delayMs, 0), next);
    } else {
      completeJoin(groups, current, next);
    }
  });
}

function scheduleJoinCompletion(groups: ClassicGroups, group: ClassicGroup, decision: GroupDecision): void {
  const { groupId } = group;
  decision.schedule(joinKey(group), group.rebalanceTimeoutMs, (next) => {
    const current = groups.get(groupId);
    if (current !== undefined) completeJoin(groups, current, next);
  });
}

function scheduleSyncExpiration(groups: ClassicGroups, group: ClassicGroup, decision: GroupDecision): void {
  const { groupId, generationId } = group;
  decision.schedule(syncKey(group), group.rebalanceTimeoutMs, (next) =>
    expirePendingSyncs(groups, groupId, generationId, next),
  );
}

function removeMembersWhoDidNotRejoin(groups: ClassicGroups, group: ClassicGroup, decision: GroupDecision): void {
  const absent = [...group.members.values()].filter((member) => !member.isAwaitingJoin && !member.isStatic);
  if (absent.length === 0) return;
  for (const { memberId } of absent) {
    group.remove(memberId);
    cancelHeartbeat(group, memberId, decision);
  }
  const ids = absent.map(({ memberId }) => memberId).join(", ");
  groups.log.write("info", `Group ${group.groupId} removed members who did not rejoin: ${ids}`);
}

const joinKey = (group: ClassicGroup): string => `join-${group.groupId}`;
const syncKey = (group: ClassicGroup): string => `sync-${group.groupId}`;
