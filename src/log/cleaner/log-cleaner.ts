import type { Log, LogRuntime } from "../log.ts";
import { isCompacted } from "../log-config.ts";
import { SEGMENTS_PER_SLICE } from "../log-retention.ts";
import { runInSlices, type Slices } from "../slices.ts";
import { isRefusal, isSystemError } from "../storage-guard.ts";
import { type CleanerConfig, limitsOf } from "./cleaner-config.ts";
import { CleanerLoop } from "./cleaner-loop.ts";
import { type CleanerMetrics, CleanerTotals } from "./cleaner-metrics.ts";
import { Cleaning, CleaningAbortedError } from "./cleaning.ts";
import { DirtyLogs } from "./dirty-logs.ts";
import { IoThrottle } from "./io-throttle.ts";
import { type LogToClean, measureCleanable, offsetsToClean } from "./log-to-clean.ts";
import { LoopPace } from "./pace.ts";
import { UncleanableLogs } from "./uncleanable-logs.ts";

const LOGS_PER_SLICE = 128;

/** The logs that a cleaner cares for. */
export interface LogCleanerHost {
  logs(): Iterable<Log>;
  /** A copy of it is being made in another log directory, and must find it as it is. */
  isMoving(log: Log): boolean;
  /** Brings the `cleanerOffset` of the logs in the directory of this one to the disk, and answers for what goes wrong. */
  checkpointCleanerOffsets(log: Log): Promise<void>;
}

export interface LogCleanerOptions {
  readonly runtime: LogRuntime;
  readonly config: CleanerConfig;
  readonly host: LogCleanerHost;
}

/**
 * Keeps compacted logs clean: as many loops as there are `log.cleaner.threads` take the dirtiest log each, clean it, delete
 * what retention lets go of, and rest when nothing is dirty enough.
 */
export class LogCleaner {
  readonly #runtime: LogRuntime;
  readonly #host: LogCleanerHost;
  readonly #throttle: IoThrottle;
  readonly #uncleanable: UncleanableLogs;
  readonly #dirtyLogs: DirtyLogs;
  readonly #totals = new CleanerTotals();
  readonly #running = new Set<Cleaning>();
  #config: CleanerConfig;
  #loops: CleanerLoop[] = [];
  #isStopped = false;

  constructor({ runtime, config, host }: LogCleanerOptions) {
    this.#runtime = runtime;
    this.#host = host;
    this.#config = config;
    this.#throttle = new IoThrottle(runtime.clock, config.maxIoBytesPerSecond);
    this.#uncleanable = new UncleanableLogs(runtime.clock);
    this.#dirtyLogs = new DirtyLogs({
      runtime,
      logs: () => host.logs(),
      mustWait: (log) => host.isMoving(log) || this.#uncleanable.mustWait(log),
      checkpoint: (log) => host.checkpointCleanerOffsets(log),
      failed: (log, error) => this.#failed(log, error),
    });
  }

  /** The logs are loaded. */
  start(): void {
    if (!this.#config.isEnabled) return;
    while (this.#loops.length < this.#config.threads) {
      const loop = this.#loops.length;
      const turn = () => this.#turn(loop);
      const { clock } = this.#runtime;
      this.#loops.push(new CleanerLoop({ clock, turn, backoffMs: () => this.#config.backoffMs }));
    }
  }

  /** What is in progress is given up, at once. */
  stop(): void {
    this.#isStopped = true;
    for (const loop of this.#loops) loop.stop();
    this.#loops = [];
    for (const cleaning of this.#running) cleaning.abort();
  }

  /** Takes effect with the next cleaning; a rate at once. */
  reconfigure(config: CleanerConfig): void {
    this.#config = { ...config, isEnabled: this.#config.isEnabled };
    this.#throttle.setRate(config.maxIoBytesPerSecond);
    if (this.#loops.length === 0) return;
    for (const surplus of this.#loops.splice(config.threads)) surplus.stop();
    this.start();
  }

  get metrics(): CleanerMetrics {
    const { clock } = this.#runtime;
    const { maxDirtyRatio, maxCompactionDelayMs, lastRunMs } = this.#dirtyLogs;
    const { recopyRatio, cleanings, bytesRead, bytesWritten } = this.#totals;
    return {
      maxDirtyRatio,
      maxCompactionDelayMs,
      timeSinceLastRunMs: clock.elapsed() - lastRunMs,
      recopyRatio,
      maxBufferUtilization: this.#totals.maxOfLast(({ bufferUtilization }) => bufferUtilization),
      maxCleanSeconds: this.#totals.maxOfLast(({ elapsedSeconds }) => elapsedSeconds),
      uncleanable: this.#uncleanable.entries.map(([log, { reason }]) => ({
        topic: log.topic,
        partition: log.partition,
        directory: log.directory,
        reason,
        bytes: this.#cleanableBytes(log, reason),
      })),
      cleanings,
      bytesRead,
      bytesWritten,
    };
  }

  /** 0 when it can't be told: the log may be uncleanable because it can't even be looked at, for the same reason. */
  #cleanableBytes(log: Log, reason: string): number {
    try {
      return measureCleanable(log, offsetsToClean(log, log.cleanerOffset, this.#runtime.clock.now())).cleanableBytes;
    } catch (error) {
      const { message } = error as Error;
      const isKnown = message === reason || log.failure !== undefined || isRefusal(error);
      if (!isKnown) this.#tell("warn", log, `could not be measured: ${message}`);
      return 0;
    }
  }

  /** Whether there was a log to clean. */
  async #turn(loop: number): Promise<boolean> {
    const { clock } = this.#runtime;
    this.#uncleanable.retain(new Set(this.#host.logs()));
    const chosen = await runInSlices(this.#dirtyLogs.choose(), clock);
    // Another loop may have chosen it in the same turn.
    const isFree = chosen?.log.rewriteLease.isTaken === false;
    if (isFree && !this.#isStopped) await this.#clean(chosen, loop);
    await runInSlices(this.#deleteOldSegments(), clock);
    return chosen !== undefined;
  }

  async #clean(target: LogToClean, loop: number): Promise<void> {
    const { log, firstDirtyOffset } = target;
    const pace = new LoopPace(this.#runtime.clock, this.#throttle);
    const cleaning = new Cleaning(target, { runtime: this.#runtime, limits: limitsOf(this.#config), pace });
    this.#running.add(cleaning);
    try {
      const { nextDirtyOffset, stats } = await cleaning.run();
      this.#totals.add(loop, stats);
      const range = `${firstDirtyOffset} to ${nextDirtyOffset}`;
      this.#tell("info", log, `cleaned, offsets ${range} for the first time: ${stats.describe()}`);
      if (stats.invalidRecordsRead > 0)
        this.#tell("warn", log, `had ${stats.invalidRecordsRead} records without a key`);
      if (this.#uncleanable.remove(log)) this.#tell("info", log, "can be cleaned again");
      await this.#host.checkpointCleanerOffsets(log);
    } catch (error) {
      this.#failed(log, error);
    } finally {
      this.#running.delete(cleaning);
    }
  }

  /** Retention of compacted logs is done here, so that no segment goes while it is being cleaned. */
  *#deleteOldSegments(): Slices<void> {
    let seen = 0;
    for (const log of this.#host.logs()) {
      while (this.#deleteSomeSegments(log)) yield;
      if (this.#isStopped) return;
      if (++seen % LOGS_PER_SLICE === 0) yield;
    }
  }

  /** False when there are none. */
  #deleteSomeSegments(log: Log): boolean {
    const isFree = !log.rewriteLease.isTaken && log.failure === undefined && !log.isStalled;
    if (this.#isStopped || !isCompacted(log.config) || !isFree) return false;
    try {
      return log.deleteOldSegments(this.#runtime.clock.now(), SEGMENTS_PER_SLICE) > 0;
    } catch (error) {
      this.#failed(log, error);
      return false;
    }
  }

  #failed(log: Log, error: unknown): void {
    if (error instanceof CleaningAbortedError || log.failure !== undefined) return;
    // It is looked at again when the disk answers.
    if (isRefusal(error)) return;
    const cause = error instanceof Error ? error : new Error(String(error));
    if (isSystemError(cause) && !isLackOfSpace(cause.code)) {
      log.fail(cause);
      return;
    }
    const { retryMs, failures } = this.#uncleanable.add(log, cause.message, this.#config.backoffMs);
    const when = `will be tried again in ${Math.round(retryMs / 1000)} s`;
    this.#tell("warn", log, `could not be cleaned (${failures}. time), and ${when}: ${cause.message}`);
  }

  #tell(level: "info" | "warn", log: Log, what: string): void {
    this.#runtime.log.write(level, `${log.directory} ${what}`);
  }
}

/** Appends may go on, and cleaning other logs may make room. */
function isLackOfSpace(code: string): boolean {
  return code === "ENOSPC" || code === "EDQUOT";
}
