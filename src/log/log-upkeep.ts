import type { Cancel, Clock } from "../runtime.ts";
import type { Log } from "./log.ts";
import { isCompacted } from "./log-config.ts";
import type { LogDirectory } from "./log-directory.ts";
import { SEGMENTS_PER_SLICE } from "./log-retention.ts";
import { isSystemError } from "./storage-guard.ts";

/** The intervals of the tasks that look after logs, by the names of Kafka's settings. */
export interface LogUpkeepOptions {
  /** `log.initial.task.delay.ms` */
  readonly initialDelayMs?: number;
  /** `log.retention.check.interval.ms` */
  readonly retentionCheckIntervalMs?: number;
  /** `log.flush.scheduler.interval.ms` */
  readonly flushSchedulerIntervalMs?: number;
  /** `log.flush.offset.checkpoint.interval.ms` */
  readonly recoveryPointCheckpointIntervalMs?: number;
  /** `replica.high.watermark.checkpoint.interval.ms` */
  readonly highWatermarkCheckpointIntervalMs?: number;
  /** `log.flush.start.offset.checkpoint.interval.ms` */
  readonly logStartOffsetCheckpointIntervalMs?: number;
  /** `producer.id.expiration.ms`, which may change. */
  readonly producerIdExpirationMs?: () => number;
  /** `producer.id.expiration.check.interval.ms` */
  readonly producerIdExpirationCheckIntervalMs?: number;
}

export interface LogUpkeepOwner {
  readonly clock: Clock;
  /** Those in use at present. */
  directories(): readonly LogDirectory[];
  failed(directory: LogDirectory, error: unknown): void;
  /** Something is wrong with one log, and nothing with its disk. */
  logFailed(log: Log, error: unknown): void;
}

const LOGS_PER_SLICE = 128;
/** What is to be known of a log may have to be read from the disk. */
const SLICE_MS = 5;
export const DEFAULT_PRODUCER_ID_EXPIRATION_MS = 86_400_000;

/** What is done to logs from time to time: retention, flushes, checkpoints, forgetting of producers. */
export class LogUpkeep {
  readonly #options: LogUpkeepOptions;
  readonly #owner: LogUpkeepOwner;
  readonly #timers: Cancel[] = [];
  #isStopped = false;

  constructor(options: LogUpkeepOptions, owner: LogUpkeepOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  start(): void {
    const options = this.#options;
    const { clock } = this.#owner;
    const initialDelayMs = options.initialDelayMs ?? 30_000;
    const highWatermarkMs = options.highWatermarkCheckpointIntervalMs ?? 5_000;
    this.#every(highWatermarkMs, highWatermarkMs, (directory) => directory.checkpointHighWatermarks());
    this.#every(initialDelayMs, options.recoveryPointCheckpointIntervalMs ?? 60_000, (directory) =>
      directory.checkpointRecoveryPoints(),
    );
    this.#every(initialDelayMs, options.logStartOffsetCheckpointIntervalMs ?? 60_000, (directory) =>
      directory.checkpointLogStartOffsets(),
    );
    this.#everyLog(initialDelayMs, options.retentionCheckIntervalMs ?? 300_000, (log) =>
      this.#deleteSomeSegments(log) ? this.#deleteMoreSegments(log) : undefined,
    );
    this.#everyLog(initialDelayMs, options.flushSchedulerIntervalMs ?? Number.MAX_SAFE_INTEGER, (log) =>
      log.flushIfDue(),
    );
    const expirationCheckMs = options.producerIdExpirationCheckIntervalMs ?? 600_000;
    this.#everyLog(expirationCheckMs, expirationCheckMs, (log) => {
      const expirationMs = options.producerIdExpirationMs?.() ?? DEFAULT_PRODUCER_ID_EXPIRATION_MS;
      log.removeExpiredProducers(clock.now(), expirationMs);
      return undefined;
    });
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#timers) cancel();
  }

  /** False when there are none. Those of compacted logs are the cleaner's, which may be at work on them. */
  #deleteSomeSegments(log: Log): boolean {
    if (isCompacted(log.config)) return false;
    return log.deleteOldSegments(this.#owner.clock.now(), SEGMENTS_PER_SLICE) > 0;
  }

  async #deleteMoreSegments(log: Log): Promise<void> {
    do {
      await new Promise<void>((resolve) => this.#owner.clock.defer(resolve));
      if (this.#isStopped || log.failure !== undefined || !log.answers()) return;
    } while (this.#deleteSomeSegments(log));
  }

  /** In slices: with ten thousand logs, and most of them idle, nobody else should notice. */
  #everyLog(initialDelayMs: number, intervalMs: number, task: (log: Log) => Promise<void> | undefined): void {
    const { clock } = this.#owner;
    this.#every(initialDelayMs, intervalMs, async (directory) => {
      let count = 0;
      let sliceStartMs = clock.elapsed();
      for (const log of directory.logs.values()) {
        if (log.failure !== undefined) continue;
        if (!log.answers()) return;
        try {
          const pending = task(log);
          if (pending !== undefined) await pending;
        } catch (error) {
          if (isSystemError(error)) throw error;
          this.#owner.logFailed(log, error);
        }
        if (++count % LOGS_PER_SLICE === 0 || clock.elapsed() - sliceStartMs > SLICE_MS) {
          await new Promise<void>((resolve) => clock.defer(resolve));
          sliceStartMs = clock.elapsed();
        }
        if (this.#isStopped) return;
      }
    });
  }

  /** A directory that is still at it is not asked again: a disk may take as long as it likes, and keeps no other waiting. */
  #every(initialDelayMs: number, intervalMs: number, task: (directory: LogDirectory) => Promise<void>): void {
    const slot = this.#timers.length;
    const busy = new Set<LogDirectory>();
    const run = async (directory: LogDirectory): Promise<void> => {
      busy.add(directory);
      try {
        await task(directory);
      } catch (error) {
        this.#owner.failed(directory, error);
      } finally {
        busy.delete(directory);
      }
    };
    const schedule = (delayMs: number): void => {
      this.#timers[slot] = this.#owner.clock.schedule(delayMs, () => {
        for (const directory of this.#owner.directories()) {
          if (!busy.has(directory) && directory.answers()) void run(directory);
        }
        if (!this.#isStopped) schedule(intervalMs);
      });
    };
    schedule(initialDelayMs);
  }
}
