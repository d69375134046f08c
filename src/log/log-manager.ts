import type { CleanerConfig } from "./cleaner/cleaner-config.ts";
import { LogCleaner } from "./cleaner/log-cleaner.ts";
import { DirectoryStall } from "./directory-stall.ts";
import type { PartitionDirectoryName } from "./file-names.ts";
import type { Log, LogRuntime } from "./log.ts";
import type { LogConfig } from "./log-config.ts";
import { LogDirectory, LogDirectoryInUseError } from "./log-directory.ts";
import { LogMoves } from "./log-moves.ts";
import { DEFAULT_PRODUCER_ID_EXPIRATION_MS, LogUpkeep, type LogUpkeepOptions } from "./log-upkeep.ts";
import { OpenFiles } from "./open-files.ts";
import { NOT_GIVEN } from "./partition-directories.ts";
import { PreferredDirectories } from "./preferred-directories.ts";
import { isSystemError } from "./storage-guard.ts";

export interface LogManagerOptions extends LogUpkeepOptions {
  readonly runtime: LogRuntime;
  /** `log.dirs`. */
  readonly logDirs: readonly string[];
  /** The resolved settings of a topic; asked for each log that is loaded or created. */
  readonly configOf: (topic: string) => LogConfig;
  /** Of all the logs, as {@link OpenFiles} keeps it. Left out, there is none. */
  readonly maxOpenSegmentFiles?: number;
  /** Left out, nothing is compacted. */
  readonly cleaner?: CleanerConfig;
  /** Whether the loop must not wait for the directory's disk, see {@link FileSystem.watch}. Left out, it does for each. */
  readonly isWatched?: (directory: string) => boolean;
  /** How long a watched directory may be stalled before it is out of use. */
  readonly stallTimeoutMs?: number;
  /** Whether the metadata log is in the directory, too: it stays locked when it is out of use. Left out, none is. */
  readonly isShared?: (directory: string) => boolean;
  readonly loadProgress?: (progress: LoadProgress) => void;
  /**
   * The id of the directory in which the metadata has a partition, maybe a placeholder; undefined when the partition, of
   * this topic id if that is known, is not this broker's.
   */
  readonly assignedDirectoryId?: (partition: PartitionDirectoryName, topicId: string | undefined) => string | undefined;
  /** Those of `logDirs` that are not even to be opened, and why. */
  readonly unusable?: ReadonlyMap<string, Error>;
  /** A directory failed and is out of use: its logs, copies on their way there too, are gone from this manager. */
  readonly onDirectoryFailure?: (directory: string, error: Error, logs: readonly Log[]) => void;
}

export interface LoadProgress {
  readonly directory: string;
  readonly loadedLogs: number;
  readonly totalLogs: number;
}

/** All the logs of a broker, over all its log directories. The metadata log is not one of them. */
export class LogManager {
  readonly moves: LogMoves;
  readonly openFiles: OpenFiles;
  readonly #options: LogManagerOptions;
  #directories: LogDirectory[] = [];
  /** Out of use, and locked until the end. */
  readonly #lockedDirectories: LogDirectory[] = [];
  readonly #logs = new Map<string, Log>();
  readonly #upkeep: LogUpkeep;
  readonly #preferred = new PreferredDirectories();
  readonly #cleaner: LogCleaner | undefined;
  #stopped = false;

  private constructor(given: LogManagerOptions) {
    const { runtime, maxOpenSegmentFiles = Number.MAX_SAFE_INTEGER } = given;
    this.openFiles = new OpenFiles(maxOpenSegmentFiles, runtime.clock);
    const options = { ...given, runtime: { ...runtime, openFiles: this.openFiles } };
    this.#options = options;
    this.#upkeep = new LogUpkeep(options, {
      clock: options.runtime.clock,
      directories: () => this.#directories,
      failed: (directory, error) => this.#directoryFailed(directory, error),
      logFailed: ({ directory }, error) => this.#warn(`${directory} could not be looked after: ${error}`),
    });
    this.moves = new LogMoves({
      logs: this.#logs,
      directories: () => this.#directories,
      directoryOf: (log) => this.#directoryOf(log),
      failed: (directory, error) => this.#directoryFailed(directory, error),
      warn: (line) => this.#warn(line),
    });
    this.#cleaner = this.#createCleaner();
    for (const path of options.logDirs) this.#openDirectory(path);
    this.#requireDirectory();
  }

  /** Locks the directories; {@link load} does the rest. Throws when none can be used. */
  static open(options: LogManagerOptions): LogManager {
    return new LogManager(options);
  }

  /** Locks and loads every directory. One that fails is reported, and fatal only when none is left. */
  static async load(options: LogManagerOptions): Promise<LogManager> {
    const manager = LogManager.open(options);
    await manager.load();
    return manager;
  }

  async load(): Promise<void> {
    const { clock, log } = this.#options.runtime;
    const startedMs = clock.elapsed();
    await Promise.all(this.#directories.flatMap((directory) => [this.#loadDirectory(directory), directory.watched]));
    this.#requireDirectory();
    const logs = this.#directories.reduce((sum, directory) => sum + directory.logs.size, 0);
    if (logs > 0) log.write("info", `Loaded ${logs} logs in ${Math.round(clock.elapsed() - startedMs)} ms`);
    this.moves.settle(
      ({ topic, partition, topicId }, { directoryId }) => {
        const assigned = this.#options.assignedDirectoryId?.({ topic, partition }, topicId);
        return assigned !== undefined && assigned === directoryId;
      },
      () => this.hasFailedDirectory,
    );
    this.#requireDirectory();
    this.#upkeep.start();
    this.#cleaner?.start();
  }

  /** Those in use. */
  get logDirs(): readonly string[] {
    return this.#directories.map((directory) => directory.path);
  }

  /** The broker epoch of the last stop; -1 when some directory was not stopped cleanly or they disagree (KIP-966). */
  get previousBrokerEpoch(): number {
    const epochs = new Set(this.#directories.map((directory) => directory.previousBrokerEpoch));
    return epochs.size === 1 ? [...epochs][0]! : -1;
  }

  /** Undefined when nothing is compacted. */
  get cleaner(): LogCleaner | undefined {
    return this.#cleaner;
  }

  get size(): number {
    return this.#logs.size;
  }

  get(topic: string, partition: number): Log | undefined {
    return this.#logs.get(`${topic}-${partition}`);
  }

  /** Those in use. */
  logs(): Iterable<Log> {
    return this.#logs.values();
  }

  /** Some of `log.dirs` can't be used: a log that is not found may be there. */
  get hasFailedDirectory(): boolean {
    return this.#directories.length < this.#options.logDirs.length;
  }

  /** The one of `log.dirs` with this absolute path; whether it can be used, {@link logDirs} tells. */
  configuredAt(path: string): string | undefined {
    return this.#options.logDirs.find((directory) => this.absolutePath(directory) === path);
  }

  /** What clients know a log directory by. */
  absolutePath(directory: string): string {
    return this.#options.runtime.files.absolute?.(directory) ?? directory;
  }

  /**
   * The log, created when it is not there: in the directory that was preferred for it, in `directory`, or in the one with
   * the fewest partitions. A log of another topic id under this name is put aside.
   */
  getOrCreate(topic: string, partition: number, topicId: string, directory?: string): Log {
    const existing = this.get(topic, partition);
    if (existing !== undefined) {
      if (existing.topicId === undefined) existing.assignTopicId(topicId);
      if (existing.topicId === topicId) return existing;
      this.#putAside(existing, "it is of another topic id");
    }
    const preferred = this.#preferred.take(topic, partition);
    const isUsable = preferred !== undefined && this.logDirs.includes(preferred);
    const chosen = this.#chooseDirectory(isUsable ? preferred : directory);
    const log = chosen.create(topic, partition, topicId, this.#options.configOf(topic));
    this.#logs.set(`${topic}-${partition}`, log);
    return log;
  }

  /** Renames the directory away at once and removes it after `file.delete.delay.ms`; that of its copy, too. */
  delete(topic: string, partition: number): void {
    const log = this.get(topic, partition);
    this.moves.cancel(topic, partition);
    if (log === undefined) return;
    this.#logs.delete(`${topic}-${partition}`);
    this.#directoryOf(log).delete(log);
  }

  /** What the metadata have taken from this broker while its logs were loaded: who follows them from now on is not told of it. */
  putAsideWhatIsNotGiven(): void {
    const { assignedDirectoryId } = this.#options;
    for (const log of [...this.logs()]) {
      if (assignedDirectoryId === undefined || assignedDirectoryId(log, log.topicId) !== undefined) continue;
      try {
        this.#putAside(log, NOT_GIVEN);
      } catch (error) {
        // Its directory has failed, as everybody has been told.
        if (!isSystemError(error)) throw error;
      }
    }
  }

  /** The partition is not here yet; when it comes, it goes to this directory. */
  preferDirectory(topic: string, partition: number, directory: string): void {
    this.#preferred.set(topic, partition, directory);
  }

  /** Begins a copy of the log in another directory, see {@link LogMoves}. */
  startMove(log: Log, directory: string): Log {
    return this.moves.start(log, this.#chooseDirectory(directory));
  }

  /** The directory id of meta.properties, by log directory; undefined for one that is not formatted or not in use. */
  directoryId(directory: string): string | undefined {
    return this.#directories.find(({ path }) => path === directory)?.directoryId;
  }

  /** The log directory that holds the log. */
  directoryOf(log: Log): string {
    return this.#directoryOf(log).path;
  }

  /** Its disk does not answer at present. */
  isStalled(directory: string): boolean {
    return this.#directories.some(({ path, isStalled }) => path === directory && isStalled);
  }

  /** Writes the recovery-point, log-start and high-watermark checkpoints now. */
  async checkpoint(): Promise<void> {
    for (const directory of this.#directories) {
      await directory.checkpointRecoveryPoints();
      await directory.checkpointLogStartOffsets();
      await directory.checkpointHighWatermarks();
    }
  }

  /** A clean stop: flush and close all logs, checkpoints, clean-shutdown files, locks. Whether all of that could be done. */
  async shutdown(brokerEpoch: number): Promise<boolean> {
    if (this.#stopped) return true;
    this.#stop();
    const results = await Promise.allSettled(this.#directories.map((directory) => directory.shutdown(brokerEpoch)));
    for (const result of results) {
      if (result.status === "rejected") this.#warn(`A log directory was not stopped cleanly: ${result.reason}`);
    }
    return results.every((result) => result.status === "fulfilled" && result.value);
  }

  /** Leaves everything as a kill would, but frees the files and locks. */
  kill(): void {
    if (this.#stopped) return;
    this.#stop();
    for (const directory of this.#directories) directory.kill();
  }

  #createCleaner(): LogCleaner | undefined {
    const { runtime, cleaner: config } = this.#options;
    if (config === undefined) return undefined;
    return new LogCleaner({
      runtime,
      config,
      host: {
        logs: () => this.#logs.values(),
        isMoving: (log) => this.moves.future(log.topic, log.partition) !== undefined,
        checkpointCleanerOffsets: async (log) => {
          if (this.#isCurrent(log)) await this.#directoryOf(log).checkpointCleanerOffsets();
        },
      },
    });
  }

  #isCurrent(log: Log): boolean {
    return this.get(log.topic, log.partition) === log;
  }

  #openDirectory(path: string): void {
    const problem = this.#options.unusable?.get(path);
    if (problem !== undefined) {
      this.#report(path, problem, []);
      return;
    }
    const runtime = this.#watched(path);
    try {
      this.#directories.push(
        new LogDirectory({
          runtime,
          path,
          producerIdExpirationMs: () => this.#options.producerIdExpirationMs?.() ?? DEFAULT_PRODUCER_ID_EXPIRATION_MS,
          onFailure: (directory, error) => this.#directoryFailed(directory, error),
          isOwn: (partition, topicId) =>
            this.#options.assignedDirectoryId === undefined ||
            this.#options.assignedDirectoryId(partition, topicId) !== undefined,
        }),
      );
    } catch (error) {
      runtime.files.watched?.close();
      if (error instanceof LogDirectoryInUseError) {
        this.kill();
        throw error;
      }
      this.#report(path, error, []);
    }
  }

  /** The files as the logs of one directory have them. */
  #watched(path: string): LogRuntime {
    const { runtime, isWatched, stallTimeoutMs = Number.MAX_SAFE_INTEGER } = this.#options;
    if (isWatched?.(path) !== true) return runtime;
    const stall = new DirectoryStall({
      ...{ path, runtime, timeoutMs: stallTimeoutMs },
      failed: (error) => {
        const directory = this.#directories.find((other) => other.path === path);
        if (directory !== undefined) this.#directoryFailed(directory, error);
      },
    });
    const files = runtime.files.watch?.(path, stall);
    return files === undefined ? runtime : { ...runtime, files };
  }

  async #loadDirectory(directory: LogDirectory): Promise<void> {
    const { configOf, loadProgress } = this.#options;
    try {
      await directory.load(configOf, (loadedLogs, totalLogs) => {
        loadProgress?.({ directory: directory.path, loadedLogs, totalLogs });
      });
      directory.limitReads();
    } catch (error) {
      this.#directoryFailed(directory, error);
    }
  }

  #directoryFailed(directory: LogDirectory, error: unknown): void {
    if (this.#stopped || !this.#directories.includes(directory)) return;
    this.#directories = this.#directories.filter((other) => other !== directory);
    const logs = [...directory.logs.values()];
    for (const log of logs) {
      const name = `${log.topic}-${log.partition}`;
      if (this.#logs.get(name) === log) this.#logs.delete(name);
      this.moves.lost(log);
    }
    directory.abandon();
    if (this.#options.isShared?.(directory.path) === true) this.#lockedDirectories.push(directory);
    else directory.kill();
    this.#report(directory.path, error, logs);
  }

  #report(path: string, cause: unknown, logs: readonly Log[]): void {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    this.#options.runtime.log.write("error", `Log directory ${path} is out of use: ${error.message}`);
    this.#options.onDirectoryFailure?.(path, error, logs);
  }

  #requireDirectory(): void {
    if (this.#directories.length > 0) return;
    throw new Error(`None of the log directories can be used: ${this.#options.logDirs.join(", ")}`);
  }

  #putAside(log: Log, reason: string): void {
    this.moves.cancel(log.topic, log.partition);
    this.#logs.delete(`${log.topic}-${log.partition}`);
    this.#directoryOf(log).putAside(log, reason);
  }

  #chooseDirectory(path: string | undefined): LogDirectory {
    if (path !== undefined) {
      const chosen = this.#directories.find((directory) => directory.path === path);
      if (chosen === undefined) throw new Error(`${path} is no log directory in use`);
      return chosen;
    }
    this.#requireDirectory();
    return this.#directories.reduce((least, directory) => (directory.logs.size < least.logs.size ? directory : least));
  }

  #directoryOf(log: Log): LogDirectory {
    const name = `${log.topic}-${log.partition}`;
    const directory = this.#directories.find(({ logs }) => logs.get(name) === log);
    if (directory === undefined) throw new Error(`${log.directory} is in no log directory in use`);
    return directory;
  }

  #stop(): void {
    this.#stopped = true;
    for (const directory of this.#lockedDirectories) directory.kill();
    this.#cleaner?.stop();
    this.#upkeep.stop();
    this.#logs.clear();
    this.moves.clear();
  }

  #warn(line: string): void {
    this.#options.runtime.log.write("warn", line);
  }
}
