import { ErrorCode } from "../../../protocol/error-codes.ts";
import { type CommittedOffset, isOfTopic } from "./committed-offset.ts";
import type { GroupOffsets } from "./group-offsets.ts";

/** One topic of an OffsetFetch; ZERO_UUID when the client speaks in names. */
export interface RequestedTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitionIndexes: readonly number[];
}

export interface FetchedTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: FetchedPartition[];
}

export interface FetchedPartition {
  readonly partitionIndex: number;
  readonly committedOffset: number | bigint;
  readonly committedLeaderEpoch: number;
  readonly metadata: string;
  readonly errorCode: number;
}

/**
 * The committed offsets of the topics, of all topics when `topics` is null. `requireStable` (KIP-447) reads the latest
 * state, which the answer then waits for, and refuses what an open transaction may still change.
 */
export function fetchOffsets(
  offsets: GroupOffsets,
  groupId: string,
  topics: readonly RequestedTopic[] | null,
  requireStable: boolean,
): FetchedTopic[] {
  if (topics === null) return fetchAllOffsets(offsets, groupId, requireStable);
  return topics.map(({ name, topicId, partitionIndexes }) => ({
    name,
    topicId,
    partitions: partitionIndexes.map((partition) => {
      if (requireStable && offsets.hasPending(groupId, name, partition)) return unstable(partition);
      const committed = requireStable
        ? offsets.committed.get(groupId, name, partition)
        : offsets.committed.getCommitted(groupId, name, partition);
      return committed !== undefined && isOfTopic(committed, topicId) ? fetched(committed) : withoutOffset(partition);
    }),
  }));
}

/** The answer for a partition without a committed offset, which is no error; or with one. */
export function withoutOffset(partitionIndex: number, errorCode: number = ErrorCode.NONE): FetchedPartition {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: "", errorCode };
}

function fetchAllOffsets(offsets: GroupOffsets, groupId: string, requireStable: boolean): FetchedTopic[] {
  const topics = new Map<string, FetchedTopic>();
  const { committed } = offsets;
  for (const offset of requireStable ? committed.ofGroup(groupId) : committed.committedOfGroup(groupId)) {
    const { topic: name, topicId, partition } = offset;
    let topic = topics.get(name);
    if (topic === undefined) {
      topic = { name, topicId, partitions: [] };
      topics.set(name, topic);
    }
    const isUnstable = requireStable && offsets.hasPending(groupId, name, partition);
    topic.partitions.push(isUnstable ? unstable(partition) : fetched(offset));
  }
  return [...topics.values()];
}

function fetched(offset: CommittedOffset): FetchedPartition {
  return {
    partitionIndex: offset.partition,
    committedOffset: offset.offset,
    committedLeaderEpoch: offset.leaderEpoch,
    metadata: offset.metadata,
    errorCode: ErrorCode.NONE,
  };
}

const unstable = (partition: number): FetchedPartition => withoutOffset(partition, ErrorCode.UNSTABLE_OFFSET_COMMIT);
