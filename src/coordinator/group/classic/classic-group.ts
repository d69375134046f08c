import type { GroupMetadataValue } from "../../../protocol/coordinator-records/group-metadata.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import { subscribedTopics } from "../consumer-protocol.ts";
import { ClassicGroupMember, type MemberProtocol } from "./classic-group-member.ts";
import {
  type GroupDecision,
  type JoinGroupReply,
  joinError,
  type SyncGroupReply,
  syncError,
} from "./classic-replies.ts";

const CONSUMER_PROTOCOL_TYPE = "consumer";

/** Kafka's names, as DescribeGroups and ListGroups show them. A group that is "Dead" there does not exist here. */
export type ClassicGroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable";

const PREVIOUS_STATES: Readonly<Record<ClassicGroupState, readonly ClassicGroupState[]>> = {
  Empty: ["PreparingRebalance"],
  PreparingRebalance: ["Stable", "CompletingRebalance", "Empty"],
  CompletingRebalance: ["PreparingRebalance"],
  Stable: ["CompletingRebalance"],
};

/**
 * A classic group while it is alive: who is a member, who waits for what. It starts from the last GroupMetadata record
 * and is lost with the leadership of the partition; only what a new record says survives.
 */
export class ClassicGroup {
  readonly groupId: string;
  state: ClassicGroupState = "Empty";
  previousState: ClassicGroupState | undefined = undefined;
  /** -1 when a record of an old format did not say. */
  stateTimestampMs: number;
  protocolType: string | null = null;
  protocolName: string | null = null;
  generationId = 0;
  leaderId: string | null = null;
  /** In the order in which they joined. */
  readonly members = new Map<string, ClassicGroupMember>();
  /** Ids given out with MEMBER_ID_REQUIRED and not used yet. */
  readonly pendingJoinMembers = new Set<string>();
  /** Members whose SyncGroup has not come in this generation. */
  readonly pendingSyncMembers = new Set<string>();
  /** Undefined when the group is none of consumers, or its subscriptions cannot be read. */
  topics: ReadonlySet<string> | undefined = undefined;
  /** Somebody joined since the initial rebalance delay began (or was last extended). */
  newMemberAdded = false;
  awaitingJoinCount = 0;
  readonly #staticMembers = new Map<string, string>();
  readonly #supportedProtocols = new Map<string, number>();

  constructor(groupId: string, stateTimestampMs: number) {
    this.groupId = groupId;
    this.stateTimestampMs = stateTimestampMs;
  }

  static fromMetadata(groupId: string, value: GroupMetadataValue): ClassicGroup {
    const group = new ClassicGroup(groupId, value.currentStateTimestamp);
    group.state = value.members.length === 0 ? "Empty" : "Stable";
    group.generationId = value.generation;
    group.protocolType = value.protocolType === "" ? null : value.protocolType;
    group.protocolName = value.protocol;
    group.leaderId = value.leader;
    for (const stored of value.members) {
      const member = new ClassicGroupMember({
        memberId: stored.memberId,
        groupInstanceId: stored.groupInstanceId,
        clientId: stored.clientId,
        clientHost: stored.clientHost,
        protocolType: value.protocolType,
        rebalanceTimeoutMs: stored.rebalanceTimeout === -1 ? stored.sessionTimeout : stored.rebalanceTimeout,
        sessionTimeoutMs: stored.sessionTimeout,
        protocols: value.protocol === null ? [] : [{ name: value.protocol, metadata: stored.subscription }],
      });
      member.assignment = stored.assignment;
      group.add(member, undefined);
    }
    group.topics = group.#computeTopics();
    return group;
  }

  isIn(...states: ClassicGroupState[]): boolean {
    return states.includes(this.state);
  }

  get canRebalance(): boolean {
    return PREVIOUS_STATES.PreparingRebalance.includes(this.state);
  }

  transitionTo(state: ClassicGroupState, nowMs: number): void {
    if (!PREVIOUS_STATES[state].includes(this.state)) {
      throw new Error(`Group ${this.groupId} cannot go from ${this.state} to ${state}`);
    }
    this.previousState = this.state;
    this.state = state;
    this.stateTimestampMs = nowMs;
  }

  get usesConsumerProtocol(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE;
  }

  /** A consumer group whose subscriptions are unknown counts as subscribed to everything. */
  isSubscribedTo(topic: string): boolean {
    return this.topics === undefined ? this.usesConsumerProtocol : this.topics.has(topic);
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId;
  }

  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#staticMembers.get(groupInstanceId);
  }

  /** NONE, UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID when another member has taken the static place since. */
  validateMember(memberId: string, groupInstanceId: string | null): number {
    if (groupInstanceId !== null) {
      const existing = this.#staticMembers.get(groupInstanceId);
      if (existing === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
      if (existing !== memberId) return ErrorCode.FENCED_INSTANCE_ID;
    }
    return this.members.has(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
  }

  get hasAllMembersJoined(): boolean {
    return this.members.size === this.awaitingJoinCount && this.pendingJoinMembers.size === 0;
  }

  get rebalanceTimeoutMs(): number {
    let longestMs = 0;
    for (const member of this.members.values()) longestMs = Math.max(longestMs, member.rebalanceTimeoutMs);
    return longestMs;
  }

  add(member: ClassicGroupMember, reply: JoinGroupReply | undefined): void {
    if (member.groupInstanceId !== null) this.#staticMembers.set(member.groupInstanceId, member.memberId);
    if (this.members.size === 0) this.protocolType = member.protocolType;
    this.leaderId ??= member.memberId;
    this.members.set(member.memberId, member);
    this.#countProtocols(member, 1);
    member.awaitingJoin = reply;
    if (reply !== undefined) this.awaitingJoinCount++;
    this.pendingJoinMembers.delete(member.memberId);
  }

  remove(memberId: string): void {
    const member = this.members.get(memberId);
    if (member !== undefined) {
      this.members.delete(memberId);
      this.#countProtocols(member, -1);
      if (member.isAwaitingJoin) this.awaitingJoinCount--;
      if (member.groupInstanceId !== null) this.#staticMembers.delete(member.groupInstanceId);
    }
    if (this.isLeader(memberId)) this.leaderId = this.members.keys().next().value ?? null;
    this.pendingJoinMembers.delete(memberId);
    this.pendingSyncMembers.delete(memberId);
  }

  /** What the member says anew, and the JoinGroup that says it; an older one that still waits is sent back. */
  update(
    member: ClassicGroupMember,
    said: { protocols: readonly MemberProtocol[]; rebalanceTimeoutMs: number; sessionTimeoutMs: number },
    reply: JoinGroupReply | undefined,
    decision: GroupDecision,
  ): void {
    this.#countProtocols(member, -1);
    member.protocols = said.protocols;
    this.#countProtocols(member, 1);
    member.rebalanceTimeoutMs = said.rebalanceTimeoutMs;
    member.sessionTimeoutMs = said.sessionTimeoutMs;
    this.completeJoin(member, joinError(ErrorCode.REBALANCE_IN_PROGRESS, member.memberId), decision);
    member.awaitingJoin = reply;
    if (reply !== undefined) this.awaitingJoinCount++;
  }

  /** Gives the static place of `oldMemberId` to a new member id; requests of the old one are fenced. */
  replaceStaticMember(oldMemberId: string, newMemberId: string, decision: GroupDecision): ClassicGroupMember {
    const old = this.members.get(oldMemberId);
    if (old === undefined || old.groupInstanceId === null) throw new Error(`${oldMemberId} is no static member`);
    this.completeJoin(old, joinError(ErrorCode.FENCED_INSTANCE_ID, oldMemberId), decision);
    this.completeSync(old, syncError(ErrorCode.FENCED_INSTANCE_ID), decision);
    const member = new ClassicGroupMember({ ...old, memberId: newMemberId });
    member.assignment = old.assignment;
    this.members.delete(oldMemberId);
    this.members.set(newMemberId, member);
    this.#staticMembers.set(old.groupInstanceId, newMemberId);
    if (this.isLeader(oldMemberId)) this.leaderId = newMemberId;
    return member;
  }

  /** False when no JoinGroup of the member waits. */
  completeJoin(member: ClassicGroupMember, response: Parameters<JoinGroupReply>[0], decision: GroupDecision): boolean {
    const reply = member.awaitingJoin;
    if (reply === undefined) return false;
    member.awaitingJoin = undefined;
    this.awaitingJoinCount--;
    decision.answer(() => reply(response));
    return true;
  }

  /** False when no SyncGroup of the member waits. */
  completeSync(member: ClassicGroupMember, response: Parameters<SyncGroupReply>[0], decision: GroupDecision): boolean {
    const reply = member.awaitingSync;
    if (reply === undefined) return false;
    member.awaitingSync = undefined;
    decision.answer(() => reply(response));
    return true;
  }

  /** Whether a member with these protocols can work with those who are there already. */
  supports(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.state === "Empty") return protocolType !== "" && protocols.length > 0;
    return (
      this.protocolType === protocolType &&
      protocols.some(({ name }) => (this.#supportedProtocols.get(name) ?? 0) === this.members.size)
    );
  }

  /** Of the protocols that every member supports, the one most members like best; among equals the first voted for. */
  selectProtocol(): string {
    const candidates = new Set<string>();
    for (const [name, count] of this.#supportedProtocols) if (count === this.members.size) candidates.add(name);
    const votes = new Map<string, number>();
    for (const member of this.members.values()) {
      const choice = member.vote(candidates);
      votes.set(choice, (votes.get(choice) ?? 0) + 1);
    }
    let selected: [string, number] | undefined;
    for (const entry of votes) if (selected === undefined || entry[1] > selected[1]) selected = entry;
    if (selected === undefined) throw new Error(`Group ${this.groupId} has no members to vote for a protocol`);
    return selected[0];
  }

  /** A leader that rejoined stays; one that did not is replaced by a member that did. False when nobody did. */
  electJoinedLeader(): boolean {
    if (this.leaderId === null) return false;
    if (this.members.get(this.leaderId)?.isAwaitingJoin) return true;
    for (const member of this.members.values()) {
      if (!member.isAwaitingJoin) continue;
      this.leaderId = member.memberId;
      return true;
    }
    return false;
  }

  nextGeneration(nowMs: number): void {
    this.generationId++;
    this.protocolName = this.members.size === 0 ? null : this.selectProtocol();
    this.topics = this.#computeTopics();
    this.transitionTo(this.members.size === 0 ? "Empty" : "CompletingRebalance", nowMs);
    this.pendingSyncMembers.clear();
  }

  #countProtocols(member: ClassicGroupMember, change: 1 | -1): void {
    for (const { name } of member.protocols) {
      const count = (this.#supportedProtocols.get(name) ?? 0) + change;
      if (count === 0) this.#supportedProtocols.delete(name);
      else this.#supportedProtocols.set(name, count);
    }
  }

  #computeTopics(): ReadonlySet<string> | undefined {
    if (!this.usesConsumerProtocol) return undefined;
    const topics = new Set<string>();
    for (const member of this.members.values()) {
      const subscription =
        this.protocolName === null ? undefined : subscribedTopics(member.metadata(this.protocolName));
      if (subscription === undefined) return undefined;
      for (const topic of subscription) topics.add(topic);
    }
    return topics;
  }
}
