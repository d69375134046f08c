import { ErrorCode } from "../protocol/error-codes.ts";
import type { DelayedFetch } from "./delayed-fetch.ts";
import { takeNews } from "./fetch-news.ts";
import type { FetchParams } from "./fetch-params.ts";
import type { FetchPartition } from "./fetch-partition.ts";
import { FetchPartitionTable } from "./fetch-partition-table.ts";
import { type FetchSession, FINAL_EPOCH, INITIAL_EPOCH, INVALID_SESSION_ID, nextEpoch } from "./fetch-session.ts";
import type { FetchSessionCache } from "./fetch-session-cache.ts";

/** What a Fetch request says about its session and partitions. */
export interface FetchContextRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  /** Versions 13 and later name topics by id. */
  readonly usesTopicIds: boolean;
  readonly params: FetchParams;
  /** Sets the asked-for fields of every partition of the request, found or created by `locate`. */
  forEachPartition(locate: (topicKey: string, index: number) => FetchPartition): void;
  forEachForgotten(forget: (topicKey: string, index: number) => void): void;
}

/**
 * Which partitions a fetch is about, and which of them belong into its answer: all of them for a full fetch, those with
 * news for an incremental one (KIP-227).
 */
export class FetchContext {
  readonly errorCode: number;
  private readonly partitions: FetchPartitionTable;
  private readonly cache: FetchSessionCache;
  private readonly request: FetchContextRequest;
  private readonly session: FetchSession | undefined;

  private constructor(
    cache: FetchSessionCache,
    request: FetchContextRequest,
    partitions: FetchPartitionTable,
    session?: FetchSession,
    errorCode: number = ErrorCode.NONE,
  ) {
    this.cache = cache;
    this.request = request;
    this.partitions = partitions;
    this.session = session;
    this.errorCode = errorCode;
  }

  static open(cache: FetchSessionCache, request: FetchContextRequest, create: CreatePartition): FetchContext {
    const { sessionId, sessionEpoch, usesTopicIds } = request;
    if (sessionEpoch === INITIAL_EPOCH || sessionEpoch === FINAL_EPOCH) {
      if (sessionId !== INVALID_SESSION_ID) cache.remove(sessionId);
      const partitions = new FetchPartitionTable(usesTopicIds);
      request.forEachPartition((topicKey, index) => locate(partitions, create, topicKey, index));
      return new FetchContext(cache, request, partitions);
    }
    const session = cache.get(sessionId);
    const errorCode = sessionError(session, request);
    if (session === undefined || errorCode !== ErrorCode.NONE) {
      return new FetchContext(cache, request, new FetchPartitionTable(usesTopicIds), undefined, errorCode);
    }
    session.requestBegins(request.params);
    request.forEachPartition((topicKey, index) => session.locate(topicKey, index, create));
    request.forEachForgotten((topicKey, index) => session.forget(topicKey, index));
    if (session.partitions.size === 0) {
      cache.remove(session.id);
      return new FetchContext(cache, request, session.partitions);
    }
    cache.touch(session);
    session.epoch = nextEpoch(session.epoch);
    return new FetchContext(cache, request, session.partitions, session);
  }

  /** Those to look at. */
  toRead(): Iterable<FetchPartition> {
    return this.session?.toRead() ?? this.partitions;
  }

  /** Partitions of which there is nothing to tell: when they change, they join a fetch that waits. */
  get settledCount(): number {
    return this.session?.settledCount ?? 0;
  }

  /** Another request of the session has come in the meantime: an answer would confuse its bookkeeping. */
  get isOutdated(): boolean {
    const { session, request } = this;
    return session !== undefined && session.epoch !== nextEpoch(request.sessionEpoch);
  }

  /** The context's fetch waits for data. */
  waits(fetch: DelayedFetch): void {
    this.session?.waits(fetch);
  }

  /** The partitions of the answer, out of all that were read or refused, and what the answer says of the session. */
  finish(partitions: readonly FetchPartition[]): FetchContextResult {
    const { session, request } = this;
    if (session === undefined) {
      if (this.errorCode !== ErrorCode.NONE) {
        return { errorCode: this.errorCode, sessionId: INVALID_SESSION_ID, partitions: [] };
      }
      return { errorCode: ErrorCode.NONE, sessionId: this.openSession(partitions), partitions };
    }
    session.waitEnded();
    if (this.isOutdated) {
      return { errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH, sessionId: session.id, partitions: [] };
    }
    const changed = partitions.filter(takeNews);
    for (const partition of changed) if (partition.sizeBytes > 0) session.partitions.moveToEnd(partition);
    session.told(partitions, request.params);
    return { errorCode: ErrorCode.NONE, sessionId: session.id, partitions: changed };
  }

  private openSession(partitions: readonly FetchPartition[]): number {
    const { sessionEpoch, usesTopicIds, params } = this.request;
    if (sessionEpoch !== INITIAL_EPOCH) return INVALID_SESSION_ID;
    const session = this.cache.maybeCreate(params.replicaId >= 0, usesTopicIds, this.partitions);
    if (session === undefined) return INVALID_SESSION_ID;
    for (const partition of partitions) takeNews(partition);
    session.told(partitions, params);
    return session.id;
  }
}

export type CreatePartition = (topicKey: string, index: number) => FetchPartition;

export interface FetchContextResult {
  readonly errorCode: number;
  readonly sessionId: number;
  readonly partitions: readonly FetchPartition[];
}

function locate(
  partitions: FetchPartitionTable,
  create: CreatePartition,
  topicKey: string,
  index: number,
): FetchPartition {
  let partition = partitions.find(topicKey, index);
  if (partition === undefined) {
    partition = create(topicKey, index);
    partitions.add(partition);
  }
  return partition;
}

function sessionError(session: FetchSession | undefined, request: FetchContextRequest): number {
  if (session === undefined) return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
  if (session.epoch !== request.sessionEpoch) return ErrorCode.INVALID_FETCH_SESSION_EPOCH;
  if (session.usesTopicIds !== request.usesTopicIds) return ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR;
  return ErrorCode.NONE;
}
