import type { Runtime } from "../runtime.ts";
import type { AppendOrigin, LogAppendInfo } from "./log-append-info.ts";
import type { LogConfig } from "./log-config.ts";
import type { LogReadInfo, LogReadOptions, OffsetAndEpoch, TimestampAndOffset } from "./log-read-info.ts";

export type LogRuntime = Pick<Runtime, "clock" | "files" | "checksums" | "compression" | "log">;

export interface LogOptions {
  readonly runtime: LogRuntime;
  /** The partition's own directory, `<log dir>/<topic>-<partition>`. */
  readonly directory: string;
  readonly topic: string;
  readonly partition: number;
  /** Written to and compared with `partition.metadata`. */
  readonly topicId?: string;
  readonly config: LogConfig;
  readonly logStartOffset?: number;
  readonly recoveryPoint?: number;
  /** False makes the load check and rebuild everything from the recovery point's segment on. */
  readonly hadCleanShutdown?: boolean;
  /** An I/O error makes the whole log directory offline; the log answers KAFKA_STORAGE_ERROR from then on. */
  readonly onFailure?: (error: Error) => void;
}

export interface AppendAsLeaderOptions {
  readonly leaderEpoch: number;
  readonly nowMs: number;
  /** Default `client`. */
  readonly origin?: AppendOrigin;
}

/** One partition on disk, in Kafka's format. Everything but flushing and loading is synchronous. */
export declare class Log {
  /** A new, empty log; the directory must not hold one. */
  static create(options: LogOptions): Log;
  /** Opens what is there, or creates it; recovers what an unclean stop left, in slices. */
  static load(options: LogOptions): Promise<Log>;

  readonly topic: string;
  readonly partition: number;
  directory: string;
  topicId: string | undefined;
  config: LogConfig;

  logStartOffset: number;
  logEndOffset: number;
  recoveryPoint: number;
  /** Owned by the replica layer: set with {@link updateHighWatermark}. */
  highWatermark: number;
  readonly lastStableOffset: number;
  readonly sizeBytes: number;
  readonly latestEpoch: number;

  /** Assigns offsets and the leader epoch in place in `records`, stamps LogAppendTime, and writes once. */
  appendAsLeader(records: Uint8Array, options: AppendAsLeaderOptions): LogAppendInfo;
  /** Appends batches as the leader wrote them; their offsets must not lie before the log end. */
  appendAsFollower(records: Uint8Array): LogAppendInfo;
  read(startOffset: number, maxBytes: number, options: LogReadOptions): LogReadInfo;

  /** Limits it to [logStartOffset, logEndOffset] and answers what it became. */
  updateHighWatermark(offset: number): number;
  /** Drops everything at or above `offset`; false when there is nothing. */
  truncateTo(offset: number): boolean;
  /** Drops everything; the log goes on at `offset`. */
  truncateFullyAndStartAt(offset: number, logStartOffset?: number): void;
  /** DeleteRecords. False when it is already there; above the high watermark throws a RangeError. */
  incrementLogStartOffset(offset: number): boolean;

  earliestOffset(): TimestampAndOffset;
  latestOffset(): TimestampAndOffset;
  maxTimestampOffset(): TimestampAndOffset | undefined;
  /** The first record with at least this timestamp. */
  offsetForTimestamp(timestampMs: number): TimestampAndOffset | undefined;

  /** KIP-279: where the epoch, or the largest one before it, ends here; undefined when not known. */
  endOffsetForEpoch(epoch: number): OffsetAndEpoch | undefined;
  epochForOffset(offset: number): number;
  /** A new leader calls it before its first append. */
  assignEpochStartOffset(epoch: number, startOffset: number): void;

  updateConfig(config: LogConfig): void;
  /** Starts a new segment when the active one holds records. */
  roll(): void;
  /** Resolves when everything appended before the call is on the disk; moves the recovery point. */
  flush(): Promise<void>;
  /** Flushes, writes the producer snapshot, trims the indexes and closes the files. */
  close(): Promise<void>;
  /** Closes the files and leaves them as a kill would. */
  closeHandlers(): void;
}
