import { isRequestFailure } from "../../client/client-error.ts";
import { isSystemError } from "../../log/storage-guard.ts";
import { joinParts } from "../../protocol/codec.ts";
import { ErrorCode, errorName } from "../../protocol/error-codes.ts";
import type { FetchResponse } from "../../protocol/messages/fetch.ts";
import type { Address, Cancel, Runtime } from "../../runtime.ts";
import type { Partition } from "../partition.ts";
import type { ReplicationQuota } from "../replication-quota.ts";
import { FetchSessionClient } from "./fetch-session-client.ts";
import { FollowedPartition } from "./followed-partition.ts";
import { LeaderConnection } from "./leader-connection.ts";
import { LeaderHistory } from "./leader-history.ts";
import { divergenceOffset } from "./truncation.ts";

/** Configuration of fetchers, by Kafka's keys. */
export interface FetcherConfig {
  readonly "replica.socket.timeout.ms": number;
  readonly "replica.fetch.max.bytes": number;
  readonly "replica.fetch.response.max.bytes": number;
  readonly "replica.fetch.wait.max.ms": number;
  readonly "replica.fetch.min.bytes": number;
  readonly "replica.fetch.backoff.ms": number;
}

/** What a fetcher needs of the broker around it. */
export interface FetcherOwner {
  readonly nodeId: number;
  /** Of this incarnation, so that a leader does not take it for an earlier one (KIP-903). */
  brokerEpoch(): number;
  /** Where another broker listens for brokers; undefined when it is not there. */
  addressOf(brokerId: number): Address | undefined;
  /** `follower.replication.throttled.rate` */
  readonly quota: ReplicationQuota;
  /** Runs changes to several partitions, and wakes those who wait for them once. */
  batch(changes: () => void): void;
}

export interface FollowerFetcherOptions {
  readonly runtime: Pick<Runtime, "clock" | "network" | "log" | "fatal">;
  readonly owner: FetcherOwner;
  readonly config: FetcherConfig;
  readonly sourceId: number;
  /** The number of this fetcher among those that fetch from the same broker, from 0. */
  readonly fetcherId: number;
}

type PartitionData = FetchResponse["responses"][number]["partitions"][number];

/**
 * Replicates partitions from one other broker: asks for what follows the end of each log, appends the answer as it is, and
 * truncates where the leader's history differs. One request at a time; the next one acknowledges what the last one brought.
 */
export class FollowerFetcher {
  readonly sourceId: number;
  private readonly options: FollowerFetcherOptions;
  private readonly connection: LeaderConnection;
  private readonly history: LeaderHistory;
  private readonly session = new FetchSessionClient();
  /** By topic id and partition index. */
  private readonly followed = new Map<string, Map<number, FollowedPartition>>();
  private readonly rests = new Map<FollowedPartition, Cancel>();
  private isRunning = false;
  private isClosed = false;
  /** Failed requests in a row. */
  private failureCount = 0;
  private cancelRest: Cancel = () => {};

  constructor(options: FollowerFetcherOptions) {
    const { runtime, owner, config, sourceId, fetcherId } = options;
    this.options = options;
    this.sourceId = sourceId;
    this.connection = new LeaderConnection({
      runtime,
      nodeId: owner.nodeId,
      clientId: `broker-${owner.nodeId}-fetcher-${fetcherId}`,
      address: () => owner.addressOf(sourceId),
      timeoutMs: config["replica.socket.timeout.ms"],
    });
    this.history = new LeaderHistory({ log: runtime.log, sourceId, connection: this.connection });
  }

  get isIdle(): boolean {
    return this.followed.size === 0;
  }

  *[Symbol.iterator](): IterableIterator<FollowedPartition> {
    for (const partitions of this.followed.values()) yield* partitions.values();
  }

  /** Follows the partition in its present leader epoch. */
  add(partition: Partition): void {
    const { log } = partition;
    if (log === null) return;
    this.remove(partition);
    const isAligned = this.history.keepCommitted(partition, log);
    if (partition.log === null) return;
    const partitions = this.followed.get(partition.topicId) ?? new Map<number, FollowedPartition>();
    this.followed.set(partition.topicId, partitions);
    const followed = new FollowedPartition(partition, log);
    partitions.set(partition.index, followed);
    if (isAligned) this.goOnWhenWritten(followed);
    else this.addLater(followed);
  }

  /** The log has to be truncated before anything is fetched, and its disk does not answer. */
  private addLater(followed: FollowedPartition): void {
    const { runtime, config } = this.options;
    const again = () => {
      this.rests.delete(followed);
      this.add(followed.partition);
    };
    this.pause(followed);
    this.rests.set(followed, runtime.clock.schedule(config["replica.fetch.backoff.ms"], again));
  }

  remove(partition: Partition): void {
    const followed = this.find(partition.topicId, partition.index);
    if (followed === undefined) return;
    const partitions = this.followed.get(partition.topicId)!;
    partitions.delete(partition.index);
    if (partitions.size === 0) this.followed.delete(partition.topicId);
    this.rests.get(followed)?.();
    this.rests.delete(followed);
    this.session.forget(followed);
  }

  close(): void {
    this.isClosed = true;
    this.cancelRest();
    for (const cancel of this.rests.values()) cancel();
    this.rests.clear();
    this.followed.clear();
    this.connection.close();
  }

  /** Partitions that are added in one turn are asked for together. */
  private runSoon(): void {
    if (this.isRunning || this.isClosed) return;
    this.isRunning = true;
    this.options.runtime.clock.defer(() => this.inBackground(this.run()));
  }

  /** Nothing awaits this promise: an unexpected error ends the process. */
  private inBackground(task: Promise<void>): void {
    task.catch((error: Error) => this.options.runtime.fatal(error));
  }

  private async run(): Promise<void> {
    while (!this.isClosed && this.hasReady()) {
      const response = await this.ask();
      if (this.isClosed) return;
      if (response instanceof Error) await this.failed(response);
      else {
        await this.answered(response);
        this.connection.giveBack(response);
      }
    }
    this.isRunning = false;
  }

  private ask(): Promise<FetchResponse | Error> {
    const { owner, config } = this.options;
    const request = this.session.request(
      this.ready(),
      (topicId, index) => this.find(topicId, index),
      config["replica.fetch.max.bytes"],
    );
    const answer = this.connection.fetch({
      ...request,
      replicaState: { replicaId: owner.nodeId, replicaEpoch: owner.brokerEpoch() },
      maxWaitMs: config["replica.fetch.wait.max.ms"],
      minBytes: config["replica.fetch.min.bytes"],
      maxBytes: config["replica.fetch.response.max.bytes"],
    });
    return answer.catch((error: unknown) => {
      if (isRequestFailure(error)) return error;
      throw error;
    });
  }

  private async answered(response: FetchResponse): Promise<void> {
    if (!this.session.answered(response)) {
      if (!SESSION_ERRORS.has(response.errorCode)) await this.failed(new Error(errorName(response.errorCode)));
      return;
    }
    this.worked();
    this.options.owner.batch(() => {
      for (const { topicId, partitions } of response.responses) {
        for (const data of partitions) {
          const followed = this.find(topicId, data.partitionIndex);
          if (followed !== undefined) this.answeredPartition(followed, data);
        }
      }
    });
  }

  /** An I/O error has put the log out of use: its directory's failure takes the partition away from here. */
  private answeredPartition(followed: FollowedPartition, data: PartitionData): void {
    const { partition, log } = followed;
    const isOvertaken =
      partition.log === null ||
      partition.leaderEpoch !== followed.leaderEpoch ||
      followed.sent?.fetchOffset !== log.logEndOffset;
    if (isOvertaken) return;
    try {
      this.apply(followed, data);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.rest(followed, ErrorCode.KAFKA_STORAGE_ERROR);
    }
  }

  private apply(followed: FollowedPartition, data: PartitionData): void {
    if (data.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      this.pause(followed);
      this.inBackground(this.startInRange(followed));
    } else if (data.errorCode !== ErrorCode.NONE) {
      this.rest(followed, data.errorCode);
    } else if (data.divergingEpoch.endOffset >= 0) {
      const { epoch, endOffset } = data.divergingEpoch;
      this.history.truncate(followed, divergenceOffset(followed.log, { epoch, offset: endOffset }));
      this.goOnWhenWritten(followed);
    } else this.append(followed, data);
  }

  private append(followed: FollowedPartition, { records, highWatermark, logStartOffset }: PartitionData): void {
    const { partition, log } = followed;
    const info = partition.appendRecordsToFollower(joinParts(records ?? []), { highWatermark, logStartOffset });
    if (info.errorCode !== ErrorCode.NONE) {
      const message = `Records of ${partition.topic}-${partition.index} from broker ${this.sourceId} were not appended`;
      // The warning has named its directory.
      const level = log.isStalled ? "debug" : "error";
      this.options.runtime.log.write(level, `${message}: ${info.errorMessage ?? errorName(info.errorCode)}`);
      this.rest(followed, info.errorCode);
      return;
    }
    followed.succeeded();
    followed.lag = Math.max(0, highWatermark - log.logEndOffset);
    if (partition.isThrottledFollower) this.options.owner.quota.record(info.sizeBytes);
    // Asking for more acknowledges what there is, which `flush.messages` may want on the disk first.
    if (log.settledEndOffset < log.logEndOffset) this.inBackground(this.waitForDisk(followed, log.flush()));
    else if (this.isOverQuota(followed)) this.keepWaiting(followed);
    else this.session.touch(followed);
  }

  /** True while the next request would rely on something that is not on the disk yet. */
  private async waitForDisk(followed: FollowedPartition, written: Promise<void>): Promise<void> {
    const { log } = followed;
    this.pause(followed);
    try {
      await written;
    } catch {
      // Its directory has failed, and the partition is taken away from here; or it has moved to another one in time.
      if (followed.log === log) return;
    }
    if (this.isClosed || this.find(followed.partition.topicId, followed.partition.index) !== followed) return;
    if (followed.log !== log) this.goOnWhenWritten(followed);
    else if (this.isOverQuota(followed)) this.keepWaiting(followed);
    else this.resume(followed);
  }

  /** One that has caught up is never kept waiting (KIP-73). */
  private isOverQuota({ partition, lag }: FollowedPartition): boolean {
    return partition.isThrottledFollower && lag !== 0 && this.options.owner.quota.isExceeded;
  }

  private keepWaiting(followed: FollowedPartition): void {
    this.pause(followed);
    this.resumeLater(followed, QUOTA_CHECK_MS);
  }

  private async startInRange(followed: FollowedPartition): Promise<void> {
    const { partition } = followed;
    const isOvertaken = () => this.isClosed || this.find(partition.topicId, partition.index) !== followed;
    let errorCode: number;
    try {
      errorCode = await this.history.startInRange(followed, isOvertaken);
    } catch (error) {
      if (!isRequestFailure(error) && !isSystemError(error)) throw error;
      errorCode = errorCodeOf(error);
    }
    if (isOvertaken()) return;
    if (errorCode === ErrorCode.NONE) this.goOnWhenWritten(followed);
    else this.rest(followed, errorCode);
  }

  private goOnWhenWritten(followed: FollowedPartition): void {
    this.inBackground(this.waitForDisk(followed, followed.log.truncationWritten));
  }

  /** The fate of the request is unknown: the next one, after a pause, asks for everything again. */
  private failed(error: Error): Promise<void> {
    const { runtime, sourceId, config } = this.options;
    this.session.lost();
    this.connection.reset();
    if (this.failureCount === 0) {
      runtime.log.write("warn", `Fetching from broker ${sourceId} failed: ${error.message}`);
    }
    const backoffMs = backoff(this.failureCount++, config["replica.fetch.backoff.ms"]);
    return new Promise((resolve) => {
      this.cancelRest = runtime.clock.schedule(backoffMs, resolve);
    });
  }

  private worked(): void {
    if (this.failureCount === 0) return;
    this.failureCount = 0;
    this.options.runtime.log.write("info", `Fetching from broker ${this.options.sourceId} works again`);
  }

  /** Does not ask for the partition for a while. */
  private rest(followed: FollowedPartition, errorCode: number): void {
    const { runtime, config } = this.options;
    if (errorCode !== ErrorCode.NONE && errorCode !== followed.toldErrorCode) {
      followed.toldErrorCode = errorCode;
      const { topic, index } = followed.partition;
      const level = EXPECTED_ERRORS.has(errorCode) ? "debug" : "warn";
      runtime.log.write(
        level,
        `Following ${topic}-${index} from broker ${this.sourceId} pauses: ${errorName(errorCode)}`,
      );
    }
    this.pause(followed);
    this.resumeLater(followed, backoff(followed.failureCount++, config["replica.fetch.backoff.ms"]));
  }

  private resumeLater(followed: FollowedPartition, delayMs: number): void {
    const cancel = this.options.runtime.clock.schedule(delayMs, () => this.resume(followed));
    this.rests.set(followed, cancel);
  }

  private pause(followed: FollowedPartition): void {
    followed.isReady = false;
    this.session.forget(followed);
  }

  private resume(followed: FollowedPartition): void {
    this.rests.delete(followed);
    if (this.isOverQuota(followed)) {
      this.keepWaiting(followed);
      return;
    }
    followed.isReady = true;
    this.session.touch(followed);
    this.runSoon();
  }

  private find(topicId: string, index: number): FollowedPartition | undefined {
    return this.followed.get(topicId)?.get(index);
  }

  private *ready(): Generator<FollowedPartition> {
    for (const followed of this) if (followed.isReady) yield followed;
  }

  private hasReady(): boolean {
    for (const followed of this) if (followed.isReady) return true;
    return false;
  }
}

const MIN_BACKOFF_MS = 50;
/** How often a partition over the quota is looked at, in milliseconds. */
const QUOTA_CHECK_MS = 100;

/** How long to rest: a leader that has just been elected may need milliseconds, another failure lasts. */
function backoff(failureCount: number, maxMs: number): number {
  return Math.min(MIN_BACKOFF_MS * 2 ** Math.min(failureCount, 20), maxMs);
}

const SESSION_ERRORS: ReadonlySet<number> = new Set([
  ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  ErrorCode.INVALID_FETCH_SESSION_EPOCH,
  ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
]);

/** Around every change of leader: one side has heard of it and the other has not. */
const EXPECTED_ERRORS: ReadonlySet<number> = new Set([
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.UNKNOWN_LEADER_EPOCH,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
]);

function errorCodeOf(error: Error): number {
  return isSystemError(error) ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NETWORK_EXCEPTION;
}
