import { ErrorCode } from "../../protocol/error-codes.ts";
import type { FetchRequest, FetchResponse } from "../../protocol/messages/fetch.ts";
import type { Input } from "../../protocol/schema.ts";
import { INITIAL_EPOCH, INVALID_SESSION_ID, nextEpoch } from "../fetch-session.ts";
import { type FetchPosition, type FollowedPartition, samePosition } from "./followed-partition.ts";

type Request = Input<typeof FetchRequest>;
type Topics = Request["topics"];
type SessionRequest = Pick<Request, "sessionId" | "sessionEpoch" | "topics" | "forgottenTopicsData">;

interface TopicPartition {
  readonly topicId: string;
  readonly index: number;
}

/**
 * The follower's side of a fetch session (KIP-227): the leader remembers what it was asked, and later requests name only
 * what has changed. A leader that opens no session is asked for everything each time.
 */
export class FetchSessionClient {
  private id = INVALID_SESSION_ID;
  private epoch = INITIAL_EPOCH;
  /** Partitions whose position may have changed since the last request. */
  private readonly changed = new Set<FollowedPartition>();
  /** Partitions that the leader's session has and that are no longer asked for. */
  private forgotten: TopicPartition[] = [];

  /** The position has changed, or the partition is new or ready again. */
  touch(followed: FollowedPartition): void {
    this.changed.add(followed);
  }

  /** The partition is not asked for, at least for now. */
  forget(followed: FollowedPartition): void {
    this.changed.delete(followed);
    if (followed.sent === undefined) return;
    followed.sent = undefined;
    this.forgotten.push({ topicId: followed.partition.topicId, index: followed.partition.index });
  }

  /** `all` are the partitions that are ready; `find` answers the one of them with these coordinates. */
  request(
    all: Iterable<FollowedPartition>,
    find: (topicId: string, index: number) => FollowedPartition | undefined,
    maxBytes: number,
  ): SessionRequest {
    const isFull = this.epoch === INITIAL_EPOCH;
    const positions: [FollowedPartition, FetchPosition][] = [];
    for (const followed of isFull ? all : this.changed) {
      const position = followed.position(maxBytes);
      if (!isFull && followed.sent !== undefined && samePosition(position, followed.sent)) continue;
      followed.sent = position;
      positions.push([followed, position]);
    }
    // One that is followed again, in another epoch, is in the session already: its position replaces the old one.
    const forgotten = isFull ? [] : this.forgotten.filter(({ topicId, index }) => !find(topicId, index)?.isReady);
    this.changed.clear();
    this.forgotten = [];
    return {
      sessionId: this.id,
      sessionEpoch: this.epoch,
      topics: topicsOf(positions),
      forgottenTopicsData: forgottenTopicsOf(forgotten),
    };
  }

  /** False when the session was refused, or the whole request: the next one asks for everything. */
  answered({ errorCode, sessionId }: Pick<FetchResponse, "errorCode" | "sessionId">): boolean {
    if (errorCode !== ErrorCode.NONE) {
      // By its id the next full request closes a session that is still there.
      if (errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND) this.id = INVALID_SESSION_ID;
      this.epoch = INITIAL_EPOCH;
      return false;
    }
    this.id = sessionId;
    this.epoch = sessionId === INVALID_SESSION_ID ? INITIAL_EPOCH : nextEpoch(this.epoch);
    return true;
  }

  /** The fate of the last request is unknown. */
  lost(): void {
    this.epoch = INITIAL_EPOCH;
  }
}

function topicsOf(positions: readonly [FollowedPartition, FetchPosition][]): Topics {
  const topics = new Map<string, Mutable<Topics[number]["partitions"]>>();
  for (const [{ partition }, position] of positions) {
    const { currentLeaderEpoch, fetchOffset, lastFetchedEpoch, logStartOffset, maxBytes } = position;
    const partitions = topics.get(partition.topicId) ?? [];
    topics.set(partition.topicId, partitions);
    partitions.push({
      partition: partition.index,
      currentLeaderEpoch,
      fetchOffset,
      lastFetchedEpoch,
      logStartOffset,
      partitionMaxBytes: maxBytes,
    });
  }
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }));
}

function forgottenTopicsOf(forgotten: readonly TopicPartition[]): Request["forgottenTopicsData"] {
  const topics = new Map<string, number[]>();
  for (const { topicId, index } of forgotten) {
    const partitions = topics.get(topicId) ?? [];
    topics.set(topicId, partitions);
    partitions.push(index);
  }
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }));
}

type Mutable<T extends readonly unknown[]> = T[number][];
