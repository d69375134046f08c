import type { DiskWatch } from "../disk-watch.ts";
import type { FileSystem, Unlock } from "../runtime.ts";
import { readCleanShutdownFile, removeCleanShutdownFile, writeCleanShutdownFile } from "./clean-shutdown-file.ts";
import { DeferredDirectory } from "./deferred-directory.ts";
import { DeferredLogs } from "./deferred-logs.ts";
import { type CheckpointedOffsets, DirectoryCheckpoints } from "./directory-checkpoints.ts";
import { LOCK_FILE, lockDirectory } from "./directory-lock.ts";
import { DELETE_DIRECTORY_SUFFIX, FUTURE_DIRECTORY_SUFFIX } from "./file-names.ts";
import { ForgottenLogs } from "./forgotten-logs.ts";
import { Log, type LogRuntime } from "./log.ts";
import type { LogConfig } from "./log-config.ts";
import { readMetaProperties } from "./meta-properties.ts";
import {
  PartitionDirectories,
  type PartitionDirectoriesOptions,
  type PartitionDirectory,
} from "./partition-directories.ts";
import { doneUnlessStalled } from "./patient-stop.ts";
import { isSystemError, untilAnswered } from "./storage-guard.ts";

const LOGS_PER_SLICE = 16;
/** As many logs wait for the disk at the same time when the broker stops. */
const PARALLEL_CLOSES = 8;

export interface LogDirectoryOptions extends PartitionDirectoriesOptions {
  readonly runtime: LogRuntime;
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
  readonly #files: FileSystem;
  readonly #unlock: Unlock;
  readonly #logs = new Map<string, Log>();
  readonly #directories: PartitionDirectories;
  readonly #checkpoints: DirectoryCheckpoints;
  readonly #deferred: DeferredLogs;
  readonly #forgotten = new ForgottenLogs();
  #loaded = false;
  #isKilled = false;
  /** By a clean stop. */
  #closedLogs = 0;

  /** Throws when the directory can't be used, or another process uses it. */
  constructor(options: LogDirectoryOptions) {
    const { path } = options;
    const { files } = options.runtime;
    this.#files = files;
    const unlock = lockDirectory(files, path);
    if (unlock === undefined) {
      throw new LogDirectoryInUseError(
        `Another process uses the log directory ${path}: its ${LOCK_FILE} file is locked`,
      );
    }
    this.path = path;
    this.#options = options;
    this.#unlock = unlock;
    this.#deferred = new DeferredLogs(options.runtime, (error) => options.onFailure(this, error));
    this.#directories = new PartitionDirectories(options, (error) => options.onFailure(this, error));
    this.#checkpoints = new DirectoryCheckpoints(files, path);
    try {
      const brokerEpoch = readCleanShutdownFile(files, path);
      this.directoryId = readMetaProperties(files, path)?.directoryId;
      this.hadCleanShutdown = brokerEpoch !== undefined;
      this.previousBrokerEpoch = brokerEpoch ?? -1;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** By `<topic>-<partition>`: logs in use, and logs on their way here. */
  get logs(): ReadonlyMap<string, Log> {
    return this.#logs;
  }

  /** Loads every partition, with pauses in which other work can run. */
  async load(
    configOf: (topic: string) => LogConfig,
    progress: (loadedLogs: number, totalLogs: number) => void,
  ): Promise<void> {
    const { files, clock, log } = this.#options.runtime;
    // A crash from now on must not look like a clean stop, a power cut neither.
    removeCleanShutdownFile(files, this.path);
    await this.sync();
    const own = this.#directories.settle(configOf);
    if (!this.hadCleanShutdown && own.length > 0) {
      log.write("info", `${this.path} was not stopped cleanly: recovering ${own.length} logs`);
    }
    const offsets = this.#checkpoints.read(log);
    for (const [index, directory] of own.entries()) {
      const loaded = await this.#loadLog(directory, configOf(directory.topic), offsets);
      this.#logs.set(`${directory.topic}-${directory.partition}`, loaded);
      progress(index + 1, own.length);
      if (index % LOGS_PER_SLICE === LOGS_PER_SLICE - 1) await new Promise<void>((resolve) => clock.defer(resolve));
    }
    this.#loaded = true;
    // Where a log ends earlier than the checkpoint knows, what is written there next has not been on the disk.
    if (!this.hadCleanShutdown && own.length > 0) await this.checkpointRecoveryPoints();
  }

  /** What reads does not wait for its disk any more either, if that is to be so: nothing is left to be loaded. */
  limitReads(): void {
    this.#files.watched?.limitReads();
  }

  /** Resolves when the loop does not wait for its disk any more, if that is to be so. */
  get watched(): Promise<void> {
    return this.#files.watched?.ready ?? Promise.resolve();
  }

  get isStalled(): boolean {
    return this.#files.watched?.isStalled === true;
  }

  /** False while its disk is stalled: what can wait is to wait. */
  answers(): boolean {
    return this.#files.watched?.answers() ?? true;
  }

  create(topic: string, partition: number, topicId: string, config: LogConfig): Log {
    return this.#create(this.#directories.pathOf(`${topic}-${partition}`), topic, partition, topicId, config);
  }

  /** A log that will take the place of the one in another log directory (KIP-113). */
  createFuture({ topic, partition, topicId, config }: Log): Log {
    const path = this.#directories.newPath({ topic, partition }, FUTURE_DIRECTORY_SUFFIX);
    return this.#create(path, topic, partition, topicId, config);
  }

  /** Resolves when the disk has nothing any more of a log that was here under this one's name; undefined when it has not now. */
  untilForgotten({ topic, partition }: Log): Promise<void> | undefined {
    return this.#forgotten.until(`${topic}-${partition}`);
  }

  /** A log on its way here has arrived. */
  promote(future: Log): void {
    future.renameDirectory(this.#directories.pathOf(`${future.topic}-${future.partition}`));
  }

  /** The log is gone at once; its files follow after `file.delete.delay.ms`. On a disk that fails they stay, and the directory is out of use. */
  delete(log: Log): void {
    try {
      this.renameAway(log);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return;
    }
    this.release(log);
  }

  /** The first half of {@link delete}: the files are those of no log any more, but this one still has them open. */
  renameAway(log: Log): void {
    log.renameDirectory(this.#directories.newPath(log, DELETE_DIRECTORY_SUFFIX));
  }

  /** The second half. */
  release(log: Log): void {
    this.#close(log);
    this.#directories.removeLater(log.directory, log.config["file.delete.delay.ms"]);
  }

  /** Keeps the files of a log that is not to be used, for the operator to look at. What the disk says against it is thrown, and the directory's failure. */
  putAside(log: Log, reason: string): void {
    try {
      this.#deferred.create(log);
      this.#close(log);
      this.#directories.putAside(log.directory, log, reason);
    } catch (error) {
      if (isSystemError(error)) this.#options.onFailure(this, error);
      throw error;
    }
  }

  /** Makes creations, renames and removals of partitions survive a power cut. */
  sync(): Promise<void> {
    return this.#options.runtime.files.syncDirectory(this.path);
  }

  checkpointRecoveryPoints(): Promise<void> {
    return this.#checkpoints.recoveryPoints.write(() => this.#offsets((log) => log.recoveryPoint));
  }

  checkpointLogStartOffsets(): Promise<void> {
    // That of the first segment needs no checkpoint.
    return this.#checkpoints.logStartOffsets.write(() =>
      this.#offsets((log) => (log.logStartOffset > log.segments[0]!.baseOffset ? log.logStartOffset : undefined)),
    );
  }

  checkpointHighWatermarks(): Promise<void> {
    return this.#checkpoints.highWatermarks.write(() => this.#offsets((log) => log.highWatermark));
  }

  /** Never rejects: a failure is the directory's. */
  async checkpointCleanerOffsets(): Promise<void> {
    try {
      await this.#checkpoints.cleanerOffsets.write(() => this.#offsets((log) => log.cleanerOffset));
    } catch (error) {
      this.#options.onFailure(this, error instanceof Error ? error : new Error(String(error)));
    }
  }

  /**
   * A clean stop: the file that says so comes last. Not of a directory whose disk has stalled, or stalls meanwhile, which is left
   * as by a kill: then it resolves with false.
   */
  async shutdown(brokerEpoch: number): Promise<boolean> {
    const { watched } = this.#files;
    if (!this.#loaded) this.kill();
    else if (watched !== undefined) return this.#shutDownUnlessStalled(watched, brokerEpoch);
    else await this.#shutDown(brokerEpoch);
    return true;
  }

  async #shutDownUnlessStalled(disk: DiskWatch, brokerEpoch: number): Promise<boolean> {
    const { clock, log } = this.#options.runtime;
    if (!disk.answers()) log.write("warn", `Stopping waits for log directory ${this.path}, which does not answer`);
    const work = untilAnswered(disk).then(() => this.#shutDown(brokerEpoch));
    if (await doneUnlessStalled(work, disk, clock, () => this.#closedLogs)) return true;
    log.write(
      "warn",
      `Log directory ${this.path} does not answer: it is left as by a kill, and recovered at the next start. The system may not let this process end before its disk answers`,
    );
    this.kill();
    return false;
  }

  /** Goes no further once the directory has been given up meanwhile: nothing may say that it was left clean. */
  async #shutDown(brokerEpoch: number): Promise<void> {
    if (this.#isKilled) return;
    const highWatermarks = [...this.#offsets((log) => log.highWatermark)];
    const cleanerOffsets = [...this.#offsets((log) => log.cleanerOffset)];
    const waiting = [...this.#logs.values()];
    const closeNext = async (): Promise<void> => {
      for (let log = waiting.pop(); log !== undefined; log = waiting.pop()) {
        await log.close(true);
        this.#closedLogs++;
        // The next flush after one that failed may find nothing wrong: what the disk has lost is forgotten by then.
        if (isSystemError(log.failure)) throw log.failure;
      }
    };
    try {
      await Promise.all(Array.from({ length: PARALLEL_CLOSES }, closeNext));
      await this.sync();
      await this.checkpointRecoveryPoints();
      await this.checkpointLogStartOffsets();
      if (cleanerOffsets.length > 0) await this.#checkpoints.cleanerOffsets.write(() => cleanerOffsets);
      await this.#checkpoints.highWatermarks.write(() => highWatermarks);
      if (this.#isKilled) return;
      await writeCleanShutdownFile(this.#options.runtime.files, this.path, brokerEpoch);
    } finally {
      this.kill();
    }
  }

  /** Leaves the files as a kill would, and frees the lock. */
  kill(): void {
    this.#isKilled = true;
    this.abandon();
    void this.#leave(this.#files.watched);
  }

  /** As {@link kill}, which may follow, without freeing the lock. */
  abandon(): void {
    this.#directories.close();
    this.#checkpoints.close();
    this.#deferred.close();
    for (const log of this.#logs.values()) log.closeHandlers();
    this.#logs.clear();
  }

  /** The lock may be a file that would have to be removed. */
  async #leave(disk: DiskWatch | undefined): Promise<void> {
    if (disk?.isStalled === true) await disk.answered();
    this.#unlock();
    disk?.close();
  }

  async #loadLog(directory: PartitionDirectory, config: LogConfig, checkpoints: CheckpointedOffsets): Promise<Log> {
    const { topic, partition, name, topicId } = directory;
    const key = `${topic}-${partition}`;
    const log = await Log.load({
      ...this.#logOptions(this.#directories.pathOf(name)),
      ...{ topic, partition, config, ...(topicId === undefined ? {} : { topicId, isTopicIdStored: true }) },
      logStartOffset: checkpoints.logStartOffsets.get(key),
      recoveryPoint: checkpoints.recoveryPoints.get(key),
      cleanerOffset: checkpoints.cleanerOffsets.get(key),
      hadCleanShutdown: this.hadCleanShutdown,
    });
    log.updateHighWatermark(checkpoints.highWatermarks.get(key) ?? 0);
    return log;
  }

  #create(directory: string, topic: string, partition: number, topicId: string | undefined, config: LogConfig): Log {
    const identity = topicId === undefined ? { topic, partition } : { topic, partition, topicId };
    const options = this.#logOptions(directory);
    const files = new DeferredDirectory(options.runtime.files, directory);
    const log = Log.create({ ...options, ...identity, config, runtime: { ...options.runtime, files } });
    this.#logs.set(`${topic}-${partition}`, log);
    this.#deferred.add(log, files);
    void this.#holdUntilForgotten(`${topic}-${partition}`, log);
    return log;
  }

  #logOptions(directory: string) {
    const { runtime, producerIdExpirationMs, onFailure } = this.#options;
    return {
      runtime,
      directory,
      producerIdExpirationMs: producerIdExpirationMs(),
      onCleanerOffsetLowered: () => void this.checkpointCleanerOffsets(),
      onFailure: (error: Error) => onFailure(this, error),
      onTruncated: () => this.checkpointRecoveryPoints(),
    };
  }

  #close(log: Log): void {
    log.closeHandlers();
    this.#deferred.forget(log);
    this.#logs.delete(`${log.topic}-${log.partition}`);
    if (log.cleanerOffset !== undefined) void this.checkpointCleanerOffsets();
    if (this.#loaded) this.#forgetOffsets(`${log.topic}-${log.partition}`);
  }

  /** Of a log that is gone, before another one of its name has any records that were acknowledged. */
  #forgetOffsets(name: string): void {
    const written = Promise.all([
      this.checkpointRecoveryPoints(),
      this.checkpointLogStartOffsets(),
      this.checkpointHighWatermarks(),
    ]).then(() => {});
    this.#forgotten.add(name, written);
    written.catch((error: unknown) => this.#options.onFailure(this, error as Error));
  }

  async #holdUntilForgotten(name: string, log: Log): Promise<void> {
    const forgotten = this.#forgotten.until(name);
    if (forgotten === undefined) return;
    const release = log.holdSettled();
    await forgotten;
    if (this.#logs.get(name) === log) release();
  }

  *#offsets(offsetOf: (log: Log) => number | undefined) {
    for (const log of this.#logs.values()) {
      const offset = offsetOf(log);
      if (offset !== undefined) yield { topic: log.topic, partition: log.partition, offset };
    }
  }
}
