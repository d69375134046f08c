import type { GroupMetadataValue } from "../../../protocol/coordinator-records/group-metadata.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { LogSink } from "../../../runtime.ts";
import type { Timeline } from "../../../timeline/timeline.ts";
import { TimelineMap } from "../../../timeline/timeline-map.ts";
import type { GroupCoordinatorConfig } from "../group-coordinator-config.ts";
import { operationError } from "../operation-error.ts";
import { ClassicGroup } from "./classic-group.ts";
import { type GroupDecision, joinError, syncError } from "./classic-replies.ts";
import { prepareRebalance } from "./rebalance.ts";
import { expectHeartbeat } from "./session.ts";

/**
 * The classic groups of one partition, twice: what their last records say, in a table that replay alone changes, and the
 * groups that are alive, made from it when somebody asks for them.
 */
export class ClassicGroups {
  readonly config: GroupCoordinatorConfig;
  readonly log: LogSink;
  /** A group exists when it is in here. One that only commits offsets has no record of its own, but an entry. */
  readonly metadata: TimelineMap<string, GroupMetadataValue>;
  readonly #alive = new Map<string, ClassicGroup>();

  constructor(timeline: Timeline, config: GroupCoordinatorConfig, log: LogSink) {
    this.metadata = new TimelineMap(timeline);
    this.config = config;
    this.log = log;
  }

  get(groupId: string): ClassicGroup | undefined {
    const alive = this.#alive.get(groupId);
    if (alive !== undefined) return alive;
    const stored = this.metadata.get(groupId);
    if (stored === undefined) return undefined;
    const group = ClassicGroup.fromMetadata(groupId, stored);
    this.#alive.set(groupId, group);
    return group;
  }

  /** As {@link get}, but a group that nobody uses is not kept. */
  peek(groupId: string): ClassicGroup | undefined {
    const stored = this.metadata.get(groupId);
    return stored && (this.#alive.get(groupId) ?? ClassicGroup.fromMetadata(groupId, stored));
  }

  /** The group as clients may see it now: not before its first record is committed. */
  getCommitted(groupId: string): ClassicGroup | undefined {
    const stored = this.metadata.getCommitted(groupId);
    return stored && (this.#alive.get(groupId) ?? ClassicGroup.fromMetadata(groupId, stored));
  }

  *committed(): Generator<ClassicGroup> {
    for (const [groupId, stored] of this.metadata.committedEntries()) {
      yield this.#alive.get(groupId) ?? ClassicGroup.fromMetadata(groupId, stored);
    }
  }

  /** The caller appends a record for it in the same decision. */
  create(groupId: string, nowMs: number): ClassicGroup {
    const group = new ClassicGroup(groupId, nowMs);
    this.#alive.set(groupId, group);
    return group;
  }

  replay(groupId: string, value: GroupMetadataValue | null): void {
    if (value === null) {
      this.metadata.delete(groupId);
      // Only empty groups are deleted: nobody waits in it, and it can be made again should this be reverted.
      this.#alive.delete(groupId);
    } else {
      this.metadata.set(groupId, value);
    }
  }

  /** Offsets of a group that never had members. */
  replayOffsetCommit(groupId: string): void {
    if (!this.metadata.has(groupId)) this.metadata.set(groupId, SIMPLE_GROUP);
  }

  loaded(decision: GroupDecision): void {
    for (const [groupId, stored] of this.metadata) {
      if (stored.members.length === 0) continue;
      const group = this.get(groupId)!;
      for (const member of group.members.values()) {
        expectHeartbeat(this, group, member, member.sessionTimeoutMs, decision);
      }
      if (group.members.size > this.config.maxSize) {
        prepareRebalance(this, group, `it has more members than group.max.size=${this.config.maxSize}`, decision);
      }
    }
  }

  /** Groups whose first record was taken back never were. */
  reverted(decision: GroupDecision, errorCode: number): void {
    for (const group of this.#alive.values()) {
      if (this.metadata.has(group.groupId)) continue;
      this.#alive.delete(group.groupId);
      failAll(group, operationError(errorCode), decision);
    }
  }

  unloaded(decision: GroupDecision): void {
    for (const group of this.#alive.values()) failAll(group, ErrorCode.NOT_COORDINATOR, decision);
    this.#alive.clear();
  }
}

const SIMPLE_GROUP: GroupMetadataValue = {
  protocolType: "",
  generation: 0,
  protocol: null,
  leader: null,
  currentStateTimestamp: -1,
  members: [],
};

function failAll(group: ClassicGroup, errorCode: number, decision: GroupDecision): void {
  for (const member of group.members.values()) {
    group.completeJoin(member, joinError(errorCode, member.memberId), decision);
    group.completeSync(member, syncError(errorCode), decision);
  }
}
