import type { Log, LogRuntime } from "./log.ts";
import type { LogConfig } from "./log-config.ts";

export interface LogManagerOptions {
  readonly runtime: LogRuntime;
  /** `log.dirs`. */
  readonly logDirs: readonly string[];
  /** The resolved settings of a topic; asked for each log that is loaded or created. */
  readonly configOf: (topic: string) => LogConfig;
  readonly loadProgress?: (progress: LoadProgress) => void;
  /** A directory failed and is out of use: its logs are gone from this manager. */
  readonly onDirectoryFailure?: (directory: string, error: Error, logs: readonly Log[]) => void;
  /** `log.flush.offset.checkpoint.interval.ms` */
  readonly recoveryPointCheckpointIntervalMs?: number;
  /** `replica.high.watermark.checkpoint.interval.ms` */
  readonly highWatermarkCheckpointIntervalMs?: number;
  /** `log.flush.start.offset.checkpoint.interval.ms` */
  readonly logStartOffsetCheckpointIntervalMs?: number;
}

export interface LoadProgress {
  readonly directory: string;
  readonly loadedLogs: number;
  readonly totalLogs: number;
}

/** All the logs of a broker, over all its log directories. The metadata log is not one of them. */
export declare class LogManager {
  /** Locks and loads every directory; a directory that fails is reported, not fatal, unless none is left. */
  static load(options: LogManagerOptions): Promise<LogManager>;

  readonly logDirs: readonly string[];
  /** The broker epoch of the last clean stop, -1 when some directory was not stopped cleanly. */
  readonly previousBrokerEpoch: number;

  get(topic: string, partition: number): Log | undefined;
  logs(): Iterable<Log>;
  /** The log, created in the online directory with the fewest partitions (or in `directory`) when it is not there. */
  getOrCreate(topic: string, partition: number, topicId: string, directory?: string): Log;
  /** Renames the directory away at once and removes it after `file.delete.delay.ms`. */
  delete(topic: string, partition: number): void;
  /** The directory id of meta.properties, by log directory. */
  directoryId(directory: string): string;
  directoryOf(log: Log): string;

  /** Writes the recovery-point, log-start and high-watermark checkpoints now. */
  checkpoint(): Promise<void>;
  /** Clean stop: flush and close all logs, checkpoints, clean-shutdown files, locks. */
  shutdown(brokerEpoch: number): Promise<void>;
  /** Leaves everything as a kill would, but frees the locks and files. */
  kill(): void;
}
