import type { OffsetCommitValue } from "../../../protocol/coordinator-records/offset-commit.ts";
import { ZERO_UUID } from "../../../protocol/uuid.ts";

/** How far a group has consumed one partition, as it said itself. Immutable: a later commit is a new value. */
export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  /** ZERO_UUID when the record is of a version without it. */
  readonly topicId: string;
  readonly offset: number | bigint;
  /** -1 when the client did not say. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestampMs: number | bigint;
  /** -1: the broker's retention applies. */
  readonly expireTimestampMs: number | bigint;
  /** Where its record is; -1 before it is appended. */
  readonly recordOffset: number;
}

export function committedOffset(
  topic: string,
  partition: number,
  value: OffsetCommitValue,
  recordOffset: number,
): CommittedOffset {
  return {
    topic,
    partition,
    topicId: value.topicId,
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestampMs: value.commitTimestamp,
    expireTimestampMs: value.expireTimestamp,
    recordOffset,
  };
}

/** False when the offset is one of an earlier topic of the same name. */
export function isOfTopic(committed: CommittedOffset, topicId: string): boolean {
  return committed.topicId === topicId || committed.topicId === ZERO_UUID || topicId === ZERO_UUID;
}
