import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { JoinGroupRequest } from "../../../protocol/messages/join-group.ts";
import { emptyGroupMetadataRecord, groupMetadataRecord } from "../group-record.ts";
import type { GroupRequestContext } from "../group-request-context.ts";
import { operationError } from "../operation-error.ts";
import type { ClassicGroup } from "./classic-group.ts";
import { ClassicGroupMember, type MemberProtocol } from "./classic-group-member.ts";
import type { ClassicGroups } from "./classic-groups.ts";
import { type GroupDecision, type JoinGroupReply, joinError, UNKNOWN_MEMBER } from "./classic-replies.ts";
import {
  completeJoinPhaseIfReady,
  joinResponse,
  prepareRebalance,
  prepareRebalanceOrCompleteJoin,
} from "./rebalance.ts";
import { expectHeartbeat, expectPendingMember } from "./session.ts";

/**
 * A client that never heard of its place in the new generation would retry for ever under new ids; after this time the
 * place of a new member is given up.
 */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000;

/** Since version 4 a member first gets its id and joins with it, so that retries do not add up to ghost members. */
const REQUIRES_KNOWN_MEMBER_ID_VERSION = 4;
/** Since version 9 a returning static leader is told the members, but not to assign anew. */
const SKIP_ASSIGNMENT_VERSION = 9;

/** The strings of the protocol end at 32,767 bytes, and a new member id is the prefix, a hyphen and a uuid's text. */
const LONGEST_MEMBER_ID_PREFIX_BYTES = 0x7fff - 1 - 36;

/** One JoinGroup, with what its helpers need. */
interface Joining {
  readonly groups: ClassicGroups;
  readonly group: ClassicGroup;
  readonly request: JoinGroupRequest;
  readonly protocols: readonly MemberProtocol[];
  readonly context: GroupRequestContext;
  readonly reply: JoinGroupReply;
  readonly decision: GroupDecision;
}

/**
 * JoinGroup of the classic protocol: `reply` is called when the rebalance that this starts or takes part in completes.
 * A group that does not exist begins with its first member.
 */
export function joinGroup(
  groups: ClassicGroups,
  decision: GroupDecision,
  request: JoinGroupRequest,
  context: GroupRequestContext,
  reply: JoinGroupReply,
): void {
  const { groupId, memberId } = request;
  if (memberId === UNKNOWN_MEMBER && utf8SizeBytes(memberIdPrefix(request, context)) > LONGEST_MEMBER_ID_PREFIX_BYTES) {
    decision.answer(() => reply(joinError(ErrorCode.INVALID_REQUEST, memberId)));
    return;
  }
  const existing = groups.get(groupId);
  if (existing === undefined && memberId !== UNKNOWN_MEMBER) {
    decision.answer(() => reply(joinError(ErrorCode.UNKNOWN_MEMBER_ID, memberId)));
    return;
  }
  const group = existing ?? groups.create(groupId, decision.nowMs);
  const joining = { groups, group, request, protocols: ownedProtocols(request), context, reply, decision };
  if (!acceptsMember(joining)) {
    group.remove(memberId);
    answerError(joining, ErrorCode.GROUP_MAX_SIZE_REACHED, UNKNOWN_MEMBER);
  } else if (!group.supports(request.protocolType, joining.protocols)) {
    answerError(joining, ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId);
  } else if (memberId === UNKNOWN_MEMBER) {
    joinNewMember(joining);
  } else {
    joinKnownMember(joining);
  }
  if (existing === undefined) storeNewGroup(joining);
}

/** `group.max.size`; a group that grew before the limit was lowered lets go of those who rejoin last. */
function acceptsMember({ groups, group, request }: Joining): boolean {
  const { maxSize } = groups.config;
  const member = group.members.get(request.memberId);
  switch (group.state) {
    case "PreparingRebalance":
      return member?.isAwaitingJoin || group.awaitingJoinCount < maxSize;
    case "CompletingRebalance":
    case "Stable":
      return member !== undefined || group.members.size < maxSize;
    default:
      return true;
  }
}

function joinNewMember(joining: Joining): void {
  const { groups, group, request, context, reply, decision } = joining;
  const { groupInstanceId } = request;
  const newMemberId = `${memberIdPrefix(request, context)}-${context.newUuid()}`;
  if (groupInstanceId !== null) {
    const oldMemberId = group.staticMemberId(groupInstanceId);
    if (oldMemberId === undefined) addMember(joining, newMemberId);
    else replaceStaticMember(joining, oldMemberId, newMemberId);
  } else if (context.apiVersion >= REQUIRES_KNOWN_MEMBER_ID_VERSION) {
    group.pendingJoinMembers.add(newMemberId);
    expectPendingMember(groups, group, newMemberId, request.sessionTimeoutMs, decision);
    decision.answer(() => reply(joinError(ErrorCode.MEMBER_ID_REQUIRED, newMemberId)));
  } else {
    addMember(joining, newMemberId);
  }
}

function joinKnownMember(joining: Joining): void {
  const { group, request, protocols } = joining;
  const { memberId } = request;
  if (group.pendingJoinMembers.has(memberId) && request.groupInstanceId === null) {
    addMember(joining, memberId);
    return;
  }
  const errorCode = group.validateMember(memberId, request.groupInstanceId);
  if (errorCode !== ErrorCode.NONE) {
    answerError(joining, errorCode, memberId);
    return;
  }
  const member = group.members.get(memberId)!;
  if (group.state === "PreparingRebalance") {
    rejoin(joining, member, `member ${memberId} rejoins`);
  } else if (!member.matches(protocols)) {
    rejoin(joining, member, `member ${memberId} changed its metadata`);
  } else if (group.state === "Stable" && group.isLeader(memberId)) {
    // The leader's way to ask for a new assignment when something changed that the members' metadata does not show.
    rejoin(joining, member, `leader ${memberId} rejoins`);
  } else {
    // Most likely the answer to an earlier JoinGroup was lost: the generation stands.
    joining.decision.answer(() => joining.reply(joinResponse(group, memberId)));
  }
}

function addMember(joining: Joining, memberId: string): void {
  const { groups, group, request, protocols, context, decision } = joining;
  const member = new ClassicGroupMember({
    memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: context.clientId,
    clientHost: context.clientHost,
    protocolType: request.protocolType,
    rebalanceTimeoutMs: rebalanceTimeoutMs(joining),
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocols,
  });
  member.isNew = true;
  if (group.state === "PreparingRebalance" && group.previousState === "Empty") group.newMemberAdded = true;
  group.add(member, joining.reply);
  expectHeartbeat(groups, group, member, NEW_MEMBER_JOIN_TIMEOUT_MS, decision);
  prepareRebalanceOrCompleteJoin(groups, group, because(request, `member ${memberId} joins`), decision);
}

function rejoin(joining: Joining, member: ClassicGroupMember, reason: string): void {
  const { groups, group, request, decision } = joining;
  group.update(member, said(joining), joining.reply, decision);
  prepareRebalanceOrCompleteJoin(groups, group, because(request, reason), decision);
}

/**
 * A static member came back without its member id: it gets a new one, and the old one is fenced. In a stable group that
 * would choose the same protocol again nothing else changes; only the new id is stored.
 */
function replaceStaticMember(joining: Joining, oldMemberId: string, newMemberId: string): void {
  const { groups, group, request, decision } = joining;
  const old = group.members.get(oldMemberId)!;
  const member = group.replaceStaticMember(oldMemberId, newMemberId, decision);
  expectHeartbeat(groups, group, member, member.sessionTimeoutMs, decision);
  group.update(member, said(joining), joining.reply, decision);
  const reason = because(request, `static member ${request.groupInstanceId} came back as ${newMemberId}`);
  if (group.state === "Stable" && group.selectProtocol() === group.protocolName) {
    storeReplacedMember(joining, old, member);
  } else if (group.isIn("Stable", "CompletingRebalance")) {
    // The leader may be assigning to the old id right now: that assignment would miss this member.
    prepareRebalance(groups, group, reason, decision);
  } else {
    completeJoinPhaseIfReady(groups, group, decision);
  }
}

function storeReplacedMember(joining: Joining, old: ClassicGroupMember, member: ClassicGroupMember): void {
  const { groups, group, context, decision } = joining;
  const wasLeader = group.isLeader(member.memberId);
  const skipsAssignment = context.apiVersion >= SKIP_ASSIGNMENT_VERSION;
  const assignments = new Map([...group.members.values()].map(({ memberId, assignment }) => [memberId, assignment]));
  decision.append(groupMetadataRecord(group, assignments));
  decision.whenCommitted((errorCode, next) => {
    if (group.members.get(member.memberId) !== member) return;
    if (errorCode !== ErrorCode.NONE) {
      const back = { ...joinResponse(group, ""), members: [], errorCode: operationError(errorCode) };
      group.completeJoin(member, back, next);
      const restored = group.replaceStaticMember(member.memberId, old.memberId, next);
      group.update(restored, old, undefined, next);
      expectHeartbeat(groups, group, restored, restored.sessionTimeoutMs, next);
    } else if (group.state !== "Stable") {
      // A rebalance began meanwhile; this JoinGroup takes part in it.
    } else if (skipsAssignment) {
      group.completeJoin(member, { ...joinResponse(group, member.memberId), skipAssignment: wasLeader }, next);
    } else {
      // Older clients must not take themselves for the leader: they would assign anew, and differently from the rest.
      const leader = wasLeader ? old.memberId : (group.leaderId ?? "");
      group.completeJoin(member, { ...joinResponse(group, member.memberId), members: [], leader }, next);
    }
  });
}

/** A group exists once a record says so; one whose first request wrote nothing gets an empty record. */
function storeNewGroup({ group, decision, reply }: Joining): void {
  if (decision.records.length > 0) return;
  decision.append(emptyGroupMetadataRecord(group));
  decision.whenCommitted((errorCode) => {
    if (errorCode !== ErrorCode.NONE) reply(joinError(operationError(errorCode), UNKNOWN_MEMBER));
  });
}

function answerError({ reply, decision }: Joining, errorCode: number, memberId: string): void {
  decision.answer(() => reply(joinError(errorCode, memberId)));
}

const memberIdPrefix = ({ groupInstanceId }: JoinGroupRequest, { clientId }: GroupRequestContext): string =>
  groupInstanceId ?? clientId;

const utf8SizeBytes = (text: string): number => new TextEncoder().encode(text).length;

const said = (joining: Joining) => ({
  protocols: joining.protocols,
  rebalanceTimeoutMs: rebalanceTimeoutMs(joining),
  sessionTimeoutMs: joining.request.sessionTimeoutMs,
});

/** Version 0 knows one timeout only. */
const rebalanceTimeoutMs = ({ request, context }: Joining): number =>
  context.apiVersion === 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs;

const because = (request: JoinGroupRequest, event: string): string =>
  `${event}; client reason: ${request.reason || "not provided"}`;

/** Kept longer than the request, whose bytes are only lent; of two protocols with one name the first counts. */
function ownedProtocols(request: JoinGroupRequest): MemberProtocol[] {
  const protocols = new Map<string, MemberProtocol>();
  for (const { name, metadata } of request.protocols) {
    if (!protocols.has(name)) protocols.set(name, { name, metadata: metadata.slice() });
  }
  return [...protocols.values()];
}
