import type { MetadataDelta } from "../../controller/metadata-image.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import { OFFSETS_TOPIC } from "../../protocol/internal-topics.ts";
import type { DescribeGroupsRequest } from "../../protocol/messages/describe-groups.ts";
import type { HeartbeatRequest } from "../../protocol/messages/heartbeat.ts";
import type { JoinGroupRequest } from "../../protocol/messages/join-group.ts";
import type { LeaveGroupResponse } from "../../protocol/messages/leave-group.ts";
import type { ListGroupsRequest, ListGroupsResponse } from "../../protocol/messages/list-groups.ts";
import type { OffsetCommitRequest, OffsetCommitResponse } from "../../protocol/messages/offset-commit.ts";
import type { OffsetDeleteRequest, OffsetDeleteResponse } from "../../protocol/messages/offset-delete.ts";
import type { SyncGroupRequest } from "../../protocol/messages/sync-group.ts";
import type { Input } from "../../protocol/schema.ts";
import { compressionName } from "../../record/compression/index.ts";
import type { Runtime } from "../../runtime.ts";
import type { CoordinatorPartition, TransactionMarker } from "../coordinator.ts";
import { CoordinatorDriver } from "../coordinator-driver.ts";
import { partitionFor } from "../partition-for.ts";
import {
  type JoinGroupReply,
  joinError,
  type SyncGroupReply,
  syncError,
  UNKNOWN_MEMBER,
} from "./classic/classic-replies.ts";
import { heartbeat } from "./classic/heartbeat.ts";
import { joinGroup } from "./classic/join.ts";
import { type LeavingMember, leaveGroup } from "./classic/leave.ts";
import { syncGroup } from "./classic/sync.ts";
import { type DeletableGroupResult, deleteGroups } from "./delete-groups.ts";
import { type DescribedGroup, describeError, describeGroup } from "./describe-groups.ts";
import type { GroupCoordinatorConfig } from "./group-coordinator-config.ts";
import { type DeletedTopic, GroupCoordinatorShard } from "./group-coordinator-shard.ts";
import { type GroupRecord, groupRecordSerde } from "./group-record.ts";
import type { GroupRequestContext } from "./group-request-context.ts";
import { type ListedGroup, listGroups } from "./list-groups.ts";
import { commitError, commitOffsets } from "./offsets/commit.ts";
import { deleteError, deleteOffsets } from "./offsets/delete.ts";
import { type FetchedTopic, fetchOffsets, type RequestedTopic } from "./offsets/fetch.ts";
import { operationError } from "./operation-error.ts";

export interface GroupCoordinatorOptions {
  readonly runtime: Pick<Runtime, "clock" | "files" | "checksums" | "compression" | "log">;
  readonly config: GroupCoordinatorConfig;
  /** Of `__consumer_offsets`: as it is, or as it is going to be created. */
  readonly partitionCount: () => number;
}

export interface FetchedGroup {
  readonly errorCode: number;
  readonly topics: readonly FetchedTopic[];
}

/**
 * Groups and their offsets, on all partitions of `__consumer_offsets` that this broker leads. One method per request:
 * finds the partition, lets its shard decide, and answers when the decision is committed.
 */
export class GroupCoordinator {
  readonly #config: GroupCoordinatorConfig;
  readonly #partitionCount: () => number;
  readonly #driver: CoordinatorDriver<GroupRecord, GroupCoordinatorShard>;

  constructor({ runtime, config, partitionCount }: GroupCoordinatorOptions) {
    this.#config = config;
    this.#partitionCount = partitionCount;
    this.#driver = new CoordinatorDriver({
      runtime,
      topic: OFFSETS_TOPIC,
      create: (_index, timeline) => new GroupCoordinatorShard(timeline, config, runtime.log),
      serde: groupRecordSerde,
      compression: compressionName(config.offsetsTopicCompressionCodec) ?? "none",
      commitTimeoutMs: config.offsetsCommitTimeoutMs,
      loadBufferBytes: config.offsetsLoadBufferBytes,
    });
  }

  elected(index: number, partition: CoordinatorPartition): void {
    this.#driver.elected(index, partition);
  }

  resigned(index: number): void {
    this.#driver.resigned(index);
  }

  close(): void {
    this.#driver.close();
  }

  partitionFor(groupId: string): number {
    return partitionFor(groupId, this.#partitionCount());
  }

  joinGroup(request: JoinGroupRequest, context: GroupRequestContext, reply: JoinGroupReply): void {
    const { groupId, memberId, sessionTimeoutMs } = request;
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#config;
    if (groupId === "") {
      reply(joinError(ErrorCode.INVALID_GROUP_ID, memberId));
    } else if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      reply(joinError(ErrorCode.INVALID_SESSION_TIMEOUT, memberId));
    } else {
      const replyOnce = once(reply);
      this.#driver.write(
        this.partitionFor(groupId),
        ({ classic }, decision) => joinGroup(classic, decision, request, context, replyOnce),
        ignore,
        (errorCode) => replyOnce(joinError(operationError(errorCode), UNKNOWN_MEMBER)),
      );
    }
  }

  syncGroup(request: SyncGroupRequest, reply: SyncGroupReply): void {
    if (request.groupId === "") {
      reply(syncError(ErrorCode.INVALID_GROUP_ID));
      return;
    }
    const replyOnce = once(reply);
    this.#driver.write(
      this.partitionFor(request.groupId),
      ({ classic }, decision) => syncGroup(classic, decision, request, replyOnce),
      ignore,
      (errorCode) => replyOnce(syncError(operationError(errorCode))),
    );
  }

  heartbeat(request: HeartbeatRequest, reply: (errorCode: number) => void): void {
    if (request.groupId === "") {
      reply(ErrorCode.INVALID_GROUP_ID);
      return;
    }
    this.#driver.write(
      this.partitionFor(request.groupId),
      ({ classic }, decision) => heartbeat(classic, decision, request),
      reply,
      // Nobody's session expires while the groups are being loaded.
      (errorCode) =>
        reply(errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : operationError(errorCode)),
    );
  }

  leaveGroup(
    groupId: string,
    members: readonly LeavingMember[],
    reply: (response: Input<typeof LeaveGroupResponse>) => void,
  ): void {
    if (groupId === "") {
      reply({ errorCode: ErrorCode.INVALID_GROUP_ID, members: [] });
      return;
    }
    this.#driver.write(
      this.partitionFor(groupId),
      ({ classic }, decision) => leaveGroup(classic, decision, groupId, members),
      reply,
      (errorCode) => reply({ errorCode: operationError(errorCode), members: [] }),
    );
  }

  /** A transaction has ended: the offsets that were committed in it count, or are dropped. */
  completeTransaction(
    index: number,
    marker: TransactionMarker,
    timeoutMs: number,
    done: (errorCode: number) => void,
  ): void {
    this.#driver.completeTransaction(index, marker, timeoutMs, done);
  }

  /** The group id may be empty: old clients without a group commit under it. */
  commitOffsets(
    request: OffsetCommitRequest,
    apiVersion: number,
    reply: (response: Input<typeof OffsetCommitResponse>) => void,
  ): void {
    this.#driver.write(
      this.partitionFor(request.groupId),
      (shard, decision) => commitOffsets(shard, decision, request, apiVersion),
      reply,
      (errorCode) => reply(commitError(request, operationError(errorCode))),
    );
  }

  fetchOffsets(
    groupId: string,
    topics: readonly RequestedTopic[] | null,
    requireStable: boolean,
    reply: (group: FetchedGroup) => void,
  ): void {
    const index = this.partitionFor(groupId);
    const done = (fetched: FetchedTopic[]): void => reply({ errorCode: ErrorCode.NONE, topics: fetched });
    const failed = (errorCode: number): void => reply({ errorCode: fetchError(errorCode), topics: [] });
    if (requireStable) {
      this.#driver.write(index, ({ offsets }) => fetchOffsets(offsets, groupId, topics, true), done, failed);
    } else {
      this.#driver.read(index, ({ offsets }) => done(fetchOffsets(offsets, groupId, topics, false)), failed);
    }
  }

  deleteOffsets(request: OffsetDeleteRequest, reply: (response: Input<typeof OffsetDeleteResponse>) => void): void {
    if (request.groupId === "") {
      reply(deleteError(ErrorCode.INVALID_GROUP_ID));
      return;
    }
    this.#driver.write(
      this.partitionFor(request.groupId),
      (shard, decision) => deleteOffsets(shard, decision, request),
      reply,
      (errorCode) => reply(deleteError(operationError(errorCode))),
    );
  }

  describeGroups(request: DescribeGroupsRequest, apiVersion: number): DescribedGroup[] {
    return request.groups.map((groupId) => {
      let described: DescribedGroup | undefined;
      this.#driver.read(
        this.partitionFor(groupId),
        (shard) => {
          described = describeGroup(shard, groupId, apiVersion);
        },
        (errorCode) => {
          described = describeError(groupId, operationError(errorCode));
        },
      );
      return described!;
    });
  }

  /** The groups of the partitions led here: a client asks every broker. */
  listGroups(request: ListGroupsRequest): Input<typeof ListGroupsResponse> {
    const groups: ListedGroup[] = [];
    let firstErrorCode: number = ErrorCode.NONE;
    for (const index of this.#driver.indexes()) {
      this.#driver.read(
        index,
        (shard) => {
          for (const group of listGroups(shard, request)) groups.push(group);
        },
        (errorCode) => {
          if (firstErrorCode === ErrorCode.NONE && errorCode !== ErrorCode.NOT_COORDINATOR) firstErrorCode = errorCode;
        },
      );
    }
    return firstErrorCode === ErrorCode.NONE
      ? { errorCode: ErrorCode.NONE, groups }
      : { errorCode: firstErrorCode, groups: [] };
  }

  /** The groups of one partition are deleted together; the answer comes when all partitions have answered. */
  deleteGroups(groupIds: readonly string[], reply: (results: DeletableGroupResult[]) => void): void {
    // Not by Map.groupBy, which Node 20 does not have.
    const byPartition = new Map<number, string[]>();
    for (const groupId of groupIds) {
      const index = this.partitionFor(groupId);
      const others = byPartition.get(index);
      if (others === undefined) byPartition.set(index, [groupId]);
      else others.push(groupId);
    }
    const results: DeletableGroupResult[] = [];
    let remainingCount = byPartition.size;
    if (remainingCount === 0) reply(results);
    for (const [index, ids] of byPartition) {
      const done = (some: DeletableGroupResult[]): void => {
        for (const result of some) results.push(result);
        if (--remainingCount === 0) reply(results);
      };
      this.#driver.write(
        index,
        (shard, decision) => deleteGroups(shard, decision, ids),
        done,
        (errorCode) => done(ids.map((groupId) => ({ groupId, errorCode: operationError(errorCode) }))),
      );
    }
  }

  /** Offsets go with the topics that a step of the metadata deletes. */
  applyMetadata(delta: MetadataDelta): readonly never[] {
    const deleted: DeletedTopic[] = [];
    for (const { before, after } of delta.topics.values()) {
      if (before !== undefined && after === undefined) deleted.push({ name: before.name, id: before.id });
    }
    if (deleted.length > 0) this.topicsDeleted(deleted);
    return [];
  }

  topicsDeleted(topics: readonly DeletedTopic[]): void {
    for (const index of this.#driver.indexes()) {
      this.#driver.write(index, (shard, decision) => shard.deleteTopics(decision, topics), ignore, ignore);
    }
  }
}

/** Consumers before 3.9 know of none of the other errors of a slow log; this one sends them to look for the coordinator. */
function fetchError(errorCode: number): number {
  const known = operationError(errorCode);
  return known === ErrorCode.COORDINATOR_NOT_AVAILABLE ? ErrorCode.NOT_COORDINATOR : known;
}

/** A parked request may be answered by a later event or, when its own records fail, by that: the first one counts. */
function once<T>(reply: (response: T) => void): (response: T) => void {
  let isAnswered = false;
  return (response) => {
    if (isAnswered) return;
    isAnswered = true;
    reply(response);
  };
}

const ignore = (): void => {};
