import type { Unlock } from "../runtime.ts";
import { readCleanShutdownFile, removeCleanShutdownFile, writeCleanShutdownFile } from "./clean-shutdown-file.ts";
import { DelayedRemovals } from "./delayed-removals.ts";
import {
  DELETE_DIRECTORY_SUFFIX,
  deleteDirectoryName,
  type PartitionDirectoryName,
  parsePartitionDirectoryName,
  STRAY_DIRECTORY_SUFFIX,
} from "./file-names.ts";
import { Log, type LogRuntime } from "./log.ts";
import type { LogConfig } from "./log-config.ts";
import { readMetaProperties } from "./meta-properties.ts";
import {
  HIGH_WATERMARK_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  OffsetCheckpoint,
  RECOVERY_POINT_CHECKPOINT,
} from "./offset-checkpoint.ts";

const LOCK_FILE = ".lock";
const CLUSTER_METADATA_TOPIC = "__cluster_metadata";
const LOGS_PER_SLICE = 16;
/** As many logs wait for the disk at the same time when the broker stops. */
const PARALLEL_CLOSES = 8;

export interface LogDirectoryOptions {
  readonly runtime: LogRuntime;
  readonly path: string;
  readonly producerIdExpirationMs: () => number;
  readonly onFailure: (directory: LogDirectory, error: Error) => void;
}

/** Not a failing disk: two brokers on one directory is a mistake to be told, not to be worked around. */
export class LogDirectoryInUseError extends Error {
  override readonly name = "LogDirectoryInUseError";
}

/** One of `log.dirs`: the logs in it and the files that are about all of them. It is locked while it is open. */
export class LogDirectory {
  readonly path: string;
  /** Of meta.properties; undefined when the directory is not formatted. */
  readonly directoryId: string | undefined;
  /** Whether the last stop was clean, and in which broker epoch (-1: not known). */
  readonly hadCleanShutdown: boolean;
  readonly previousBrokerEpoch: number;
  readonly #options: LogDirectoryOptions;
  readonly #unlock: Unlock;
  readonly #logs = new Map<string, Log>();
  readonly #removals: DelayedRemovals;
  readonly #recoveryPoints: OffsetCheckpoint;
  readonly #logStartOffsets: OffsetCheckpoint;
  readonly #highWatermarks: OffsetCheckpoint;
  #loaded = false;

  /** Throws when the directory can't be used, or another process uses it. */
  constructor(options: LogDirectoryOptions) {
    const { path } = options;
    const { files } = options.runtime;
    files.makeDirectory(path);
    const unlock = files.lock(`${path}/${LOCK_FILE}`);
    if (unlock === undefined) {
      throw new LogDirectoryInUseError(
        `Another process uses the log directory ${path}: its ${LOCK_FILE} file is locked`,
      );
    }
    this.path = path;
    this.#options = options;
    this.#unlock = unlock;
    this.#removals = new DelayedRemovals(options.runtime, (error) => options.onFailure(this, error));
    this.directoryId = readMetaProperties(files, path)?.directoryId;
    const brokerEpoch = readCleanShutdownFile(files, path);
    this.hadCleanShutdown = brokerEpoch !== undefined;
    this.previousBrokerEpoch = brokerEpoch ?? -1;
    const checkpoint = (name: string) => new OffsetCheckpoint(files, `${path}/${name}`);
    this.#recoveryPoints = checkpoint(RECOVERY_POINT_CHECKPOINT);
    this.#logStartOffsets = checkpoint(LOG_START_OFFSET_CHECKPOINT);
    this.#highWatermarks = checkpoint(HIGH_WATERMARK_CHECKPOINT);
  }

  get logs(): ReadonlyMap<string, Log> {
    return this.#logs;
  }

  /** Loads every partition, with pauses in which other work can run. */
  async load(
    configOf: (topic: string) => LogConfig,
    progress: (loadedLogs: number, totalLogs: number) => void,
  ): Promise<void> {
    const { files, clock, log } = this.#options.runtime;
    // A crash while loading must not look like a clean stop.
    removeCleanShutdownFile(files, this.path);
    const names = files
      .list(this.path)
      .filter((entry) => entry.kind === "directory")
      .map((entry) => entry.name);
    const partitions = names.map(parsePartitionDirectoryName).filter((name) => name !== undefined);
    const own = partitions.filter(({ topic }) => topic !== CLUSTER_METADATA_TOPIC);
    for (const name of names) if (name.endsWith(DELETE_DIRECTORY_SUFFIX)) this.#removeLater(name, configOf);
    if (!this.hadCleanShutdown && own.length > 0) {
      log.write("info", `${this.path} was not stopped cleanly: recovering ${own.length} logs`);
    }
    const offsets = this.#readCheckpoints();
    for (const [index, name] of own.entries()) {
      const loaded = await this.#loadLog(name, configOf(name.topic), offsets);
      this.#logs.set(`${name.topic}-${name.partition}`, loaded);
      progress(index + 1, own.length);
      if (index % LOGS_PER_SLICE === LOGS_PER_SLICE - 1) await new Promise<void>((resolve) => clock.defer(resolve));
    }
    this.#loaded = true;
  }

  create(topic: string, partition: number, topicId: string, config: LogConfig): Log {
    const name = `${topic}-${partition}`;
    const log = Log.create({ ...this.#logOptions(name), topic, partition, topicId, config });
    this.#logs.set(name, log);
    return log;
  }

  /** The log is gone at once; its files follow after `file.delete.delay.ms`. */
  delete(log: Log): void {
    const path = this.#moveAway(log, DELETE_DIRECTORY_SUFFIX);
    this.#removals.schedule([path], log.config["file.delete.delay.ms"]);
  }

  /** Keeps the files of a log that is not the topic's of this name, for the operator to look at. */
  moveAside(log: Log): void {
    const path = this.#moveAway(log, STRAY_DIRECTORY_SUFFIX);
    this.#options.runtime.log.write("warn", `A log of another topic id was in the way and is kept in ${path}`);
  }

  async checkpointRecoveryPoints(): Promise<void> {
    await this.#recoveryPoints.write(this.#offsets((log) => log.recoveryPoint));
  }

  async checkpointLogStartOffsets(): Promise<void> {
    // That of the first segment needs no checkpoint.
    await this.#logStartOffsets.write(
      this.#offsets((log) => (log.logStartOffset > log.segments[0]!.baseOffset ? log.logStartOffset : undefined)),
    );
  }

  async checkpointHighWatermarks(): Promise<void> {
    await this.#highWatermarks.write(this.#offsets((log) => log.highWatermark));
  }

  /** A clean stop: the file that says so comes last. */
  async shutdown(brokerEpoch: number): Promise<void> {
    if (!this.#loaded) {
      this.kill();
      return;
    }
    const highWatermarks = [...this.#offsets((log) => log.highWatermark)];
    const waiting = [...this.#logs.values()];
    const closeNext = async (): Promise<void> => {
      for (let log = waiting.pop(); log !== undefined; log = waiting.pop()) await log.close();
    };
    try {
      await Promise.all(Array.from({ length: PARALLEL_CLOSES }, closeNext));
      await this.checkpointRecoveryPoints();
      await this.checkpointLogStartOffsets();
      await this.#highWatermarks.write(highWatermarks);
      await writeCleanShutdownFile(this.#options.runtime.files, this.path, brokerEpoch);
    } finally {
      this.kill();
    }
  }

  /** Leaves the files as a kill would, and frees the lock. */
  kill(): void {
    this.#removals.cancel();
    for (const log of this.#logs.values()) log.closeHandlers();
    this.#logs.clear();
    this.#unlock();
  }

  #readCheckpoints(): Checkpoints {
    return {
      recoveryPoints: this.#readCheckpoint(this.#recoveryPoints),
      logStartOffsets: this.#readCheckpoint(this.#logStartOffsets),
      highWatermarks: this.#readCheckpoint(this.#highWatermarks),
    };
  }

  /** Without it more is recovered, and the high watermark is found again by replication. */
  #readCheckpoint(checkpoint: OffsetCheckpoint): Map<string, number> {
    try {
      return checkpoint.read();
    } catch (error) {
      this.#options.runtime.log.write("warn", `${checkpoint.path} is damaged and taken as empty: ${error}`);
      return new Map();
    }
  }

  async #loadLog(name: PartitionDirectoryName, config: LogConfig, checkpoints: Checkpoints): Promise<Log> {
    const key = `${name.topic}-${name.partition}`;
    const log = await Log.load({
      ...this.#logOptions(key),
      ...name,
      config,
      logStartOffset: checkpoints.logStartOffsets.get(key),
      recoveryPoint: checkpoints.recoveryPoints.get(key),
      hadCleanShutdown: this.hadCleanShutdown,
    });
    log.updateHighWatermark(checkpoints.highWatermarks.get(key) ?? 0);
    return log;
  }

  #logOptions(name: string) {
    const { runtime, producerIdExpirationMs, onFailure } = this.#options;
    return {
      runtime,
      directory: `${this.path}/${name}`,
      producerIdExpirationMs: producerIdExpirationMs(),
      onFailure: (error: Error) => onFailure(this, error),
    };
  }

  *#offsets(offsetOf: (log: Log) => number | undefined) {
    for (const log of this.#logs.values()) {
      const offset = offsetOf(log);
      if (offset !== undefined) yield { topic: log.topic, partition: log.partition, offset };
    }
  }

  #moveAway(log: Log, suffix: string): string {
    const { files, random } = this.#options.runtime;
    const uniqueId = Array.from(random.bytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const path = `${this.path}/${deleteDirectoryName(log.topic, log.partition, uniqueId, suffix)}`;
    log.closeHandlers();
    files.rename(log.directory, path);
    this.#logs.delete(`${log.topic}-${log.partition}`);
    return path;
  }

  #removeLater(name: string, configOf: (topic: string) => LogConfig): void {
    const topic = name.slice(0, name.lastIndexOf("-", name.lastIndexOf(".")));
    this.#removals.schedule([`${this.path}/${name}`], configOf(topic)["file.delete.delay.ms"]);
  }
}

interface Checkpoints {
  readonly recoveryPoints: ReadonlyMap<string, number>;
  readonly logStartOffsets: ReadonlyMap<string, number>;
  readonly highWatermarks: ReadonlyMap<string, number>;
}
