import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { OffsetCommitRequest, OffsetCommitResponse } from "../../../protocol/messages/offset-commit.ts";
import type { Input } from "../../../protocol/schema.ts";
import type { ClassicGroup } from "../classic/classic-group.ts";
import type { GroupDecision } from "../classic/classic-replies.ts";
import { expectHeartbeat } from "../classic/session.ts";
import type { GroupCoordinatorShard } from "../group-coordinator-shard.ts";
import { offsetCommitRecord } from "../group-record.ts";

/** From here on a group that does not exist is told by its own error. */
const GROUP_ID_NOT_FOUND_VERSION = 9;
const NO_RETENTION_TIME = -1;

/**
 * Commits offsets: of a member in its generation, or, with generation -1, of anybody while the group is empty (an
 * administrator, or a client that assigns partitions itself). Topics have both name and id by now.
 */
export function commitOffsets(
  shard: GroupCoordinatorShard,
  decision: GroupDecision,
  request: OffsetCommitRequest,
  apiVersion: number,
): Input<typeof OffsetCommitResponse> {
  const group = shard.classic.get(request.groupId);
  const errorCode = validateCommit(group, request, apiVersion);
  if (errorCode !== ErrorCode.NONE) return commitError(request, errorCode);
  keepAlive(shard, group, request.memberId, decision);
  const expireTimestampMs = expiry(request.retentionTimeMs, decision.nowMs);
  const topics = request.topics.map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map((partition) => {
      const { partitionIndex, committedMetadata } = partition;
      const metadata = committedMetadata ?? "";
      if (metadata.length > shard.config.offsetMetadataMaxBytes) {
        return { partitionIndex, errorCode: ErrorCode.OFFSET_METADATA_TOO_LARGE };
      }
      const offset = {
        topic: name,
        partition: partitionIndex,
        topicId,
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata,
        commitTimestampMs: decision.nowMs,
        expireTimestampMs,
        recordOffset: -1,
      };
      decision.append(offsetCommitRecord(request.groupId, offset));
      return { partitionIndex, errorCode: ErrorCode.NONE };
    }),
  }));
  return { topics };
}

/** The same error for every partition. */
export function commitError(request: OffsetCommitRequest, errorCode: number): Input<typeof OffsetCommitResponse> {
  return {
    topics: request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
}

function validateCommit(group: ClassicGroup | undefined, request: OffsetCommitRequest, apiVersion: number): number {
  const { memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request;
  if (group === undefined) {
    if (generationId < 0) return ErrorCode.NONE;
    return apiVersion >= GROUP_ID_NOT_FOUND_VERSION ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION;
  }
  if (generationId < 0 && group.state === "Empty") return ErrorCode.NONE;
  if (generationId < 0 && memberId === "" && groupInstanceId === null) return ErrorCode.UNKNOWN_MEMBER_ID;
  const errorCode = group.validateMember(memberId, groupInstanceId);
  if (errorCode !== ErrorCode.NONE) return errorCode;
  if (generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION;
  // The member knows the new generation but not yet its assignment, so it commits what it may have lost.
  return group.state === "CompletingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

/** A commit shows as much as a heartbeat that its member lives. */
function keepAlive(
  { classic }: GroupCoordinatorShard,
  group: ClassicGroup | undefined,
  memberId: string,
  decision: GroupDecision,
): void {
  const member = group?.members.get(memberId);
  if (group === undefined || member === undefined) return;
  expectHeartbeat(classic, group, member, member.sessionTimeoutMs, decision);
}

/** OffsetCommit 2-4 may give a retention time; one beyond all numbers means for ever, one below them not at all. */
function expiry(retentionTimeMs: number | bigint, nowMs: number): number {
  const retention = Number(retentionTimeMs);
  return retention === NO_RETENTION_TIME ? -1 : Math.max(0, Math.min(nowMs + retention, Number.MAX_SAFE_INTEGER));
}
