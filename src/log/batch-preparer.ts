import { CompressionType } from "../record/compression/index.ts";
import * as RecordBatch from "../record/record-batch.ts";
import { isRejected, type RejectedBatch, tooLargeDecompressed } from "../record/record-validation.ts";
import type { JobOutcome, JobQueue, Runtime } from "../runtime.ts";
import { ByteBudget } from "./byte-budget.ts";
import {
  type CheckedBatch,
  type ClientBatchRules,
  clientBatchRules,
  type PreparedClientBatch,
  prepareClientBatch,
} from "./client-batch.ts";
import { type PreparedElsewhere, prepareClientBatchJob } from "./client-batch-job.ts";
import type { DecompressionLimits } from "./decompression-limits.ts";
import type { LogConfig } from "./log-config.ts";

/** What one request may still expand to. */
export interface RequestBudget {
  leftBytes: number;
}

export type BatchPreparerRuntime = Pick<Runtime, "checksums" | "clock" | "compression" | "log" | "workers">;

/** From so many bytes on a batch of a codec takes the loop longer than to have it checked in another thread. */
const WORTH_A_THREAD_BYTES: Readonly<Record<number, number>> = {
  [CompressionType.none]: Number.POSITIVE_INFINITY,
  [CompressionType.gzip]: 16 * 1024,
  [CompressionType.snappy]: 64 * 1024,
  [CompressionType.lz4]: 64 * 1024,
  [CompressionType.zstd]: 32 * 1024,
};
/** To compress takes longer than to decompress. */
const WORTH_A_THREAD_WHEN_RECOMPRESSED_BYTES = 16 * 1024;
/** A batch that turns out to be larger is handed over. */
const ON_LOOP_BYTES = 512 * 1024;
/** The same while no thread has started. */
const ON_LOOP_BEFORE_START_BYTES = 4 * 1024 * 1024;
/** Less often than this, threads would cost more than they save. */
const BATCHES_WORTH_THREADS = 8;
const COUNTED_FOR_MS = 1_000;
/** What a batch is expected to expand to at most; one that does not keep to it is done again with all that it may have. */
const EXPECTED_EXPANSION = 16;
const LEAST_RESERVED_BYTES = 1024 * 1024;
/** More than connections can have in progress in any sensible configuration. */
const MAX_UNSETTLED_JOBS = 10_000;

/**
 * Checks batches of clients before they are appended: here and now when that is quick, and in another thread when it is
 * not, within the memory that is allowed for it.
 */
export class BatchPreparer {
  private readonly runtime: BatchPreparerRuntime;
  private readonly limits: DecompressionLimits;
  private readonly jobs: JobQueue;
  private readonly memory: ByteBudget;
  private largeBatches = 0;
  private countedSinceMs = Number.NEGATIVE_INFINITY;

  constructor(runtime: BatchPreparerRuntime, limits: DecompressionLimits) {
    this.runtime = runtime;
    this.limits = limits;
    this.jobs = runtime.workers.openQueue({
      maxUnsettled: MAX_UNSETTLED_JOBS,
      told: (text) => runtime.log.write("info", `job threads: ${text}`),
    });
    this.memory = new ByteBudget(limits.totalBytes);
  }

  openBudget(): RequestBudget {
    return { leftBytes: this.limits.requestBytes };
  }

  /**
   * The whole batch of a client, whose framing is known to be good. Undefined when it is checked in another thread: then
   * `done` is called in a later turn, and the bytes must stay as they are until then.
   */
  prepare(
    batch: Uint8Array,
    config: LogConfig,
    budget: RequestBudget,
    done: (checked: CheckedBatch) => void,
  ): CheckedBatch | undefined {
    const nowMs = this.runtime.clock.now();
    const rules = clientBatchRules(config, nowMs, this.limits.batchBytes);
    const isLarge = batch.length >= this.threadWorth(batch, rules);
    if (isLarge) this.countLarge();
    if (!isLarge || !this.jobs.isReady) {
      const onLoopBytes = isLarge ? ON_LOOP_BEFORE_START_BYTES : ON_LOOP_BYTES;
      const result = this.prepareHere(batch, rules, budget, onLoopBytes);
      if (result !== undefined) return { nowMs, result };
    }
    this.prepareElsewhere(batch, rules, budget, (result) => done({ nowMs, result }));
    return undefined;
  }

  /** Nothing that is under way comes to an end any more. */
  close(): void {
    this.jobs.close();
  }

  private threadWorth(batch: Uint8Array, rules: ClientBatchRules): number {
    const type = RecordBatch.compressionType(batch, 0);
    const target = rules.compression === undefined ? type : CompressionType[rules.compression];
    return target === type || target === CompressionType.none
      ? (WORTH_A_THREAD_BYTES[type] ?? Number.POSITIVE_INFINITY)
      : WORTH_A_THREAD_WHEN_RECOMPRESSED_BYTES;
  }

  /** A batch now and then is checked on the loop: threads take memory, and time to start. */
  private countLarge(): void {
    if (this.jobs.isReady) return;
    const nowMs = this.runtime.clock.elapsed();
    if (nowMs - this.countedSinceMs > COUNTED_FOR_MS) {
      this.countedSinceMs = nowMs;
      this.largeBatches = 0;
    }
    if (++this.largeBatches === BATCHES_WORTH_THREADS) this.jobs.start();
  }

  /** Undefined when it expands to more than `onLoopBytes` and may. */
  private prepareHere(
    batch: Uint8Array,
    rules: ClientBatchRules,
    budget: RequestBudget,
    onLoopBytes = rules.maxDecompressedBytes,
  ): PreparedClientBatch | RejectedBatch | undefined {
    const allowedBytes = Math.min(rules.maxDecompressedBytes, budget.leftBytes);
    const maxDecompressedBytes = Math.min(allowedBytes, onLoopBytes);
    const result = prepareClientBatch(batch, { ...rules, maxDecompressedBytes }, this.runtime);
    if (isTooLargeDecompressed(result) && maxDecompressedBytes < allowedBytes) return undefined;
    return charged(result, budget);
  }

  private prepareElsewhere(
    batch: Uint8Array,
    rules: ClientBatchRules,
    budget: RequestBudget,
    done: (result: PreparedClientBatch | RejectedBatch) => void,
    expectedBytes = Math.max(batch.length * EXPECTED_EXPANSION, LEAST_RESERVED_BYTES),
  ): void {
    const allowedBytes = Math.min(rules.maxDecompressedBytes, budget.leftBytes);
    const reservedBytes = Math.min(allowedBytes, expectedBytes);
    this.memory.take(reservedBytes, () => {
      const call = { source: batch, input: { ...rules, maxDecompressedBytes: reservedBytes } };
      const isTaken = this.jobs.run(prepareClientBatchJob, call, (outcome) => {
        this.memory.giveBack(reservedBytes);
        const result = this.resultOf(batch, outcome);
        if (result === undefined) done(this.prepareHere(batch, rules, budget)!);
        else if (isTooLargeDecompressed(result) && reservedBytes < allowedBytes) {
          this.prepareElsewhere(batch, rules, budget, done, allowedBytes);
        } else done(charged(result, budget));
      });
      if (isTaken) return;
      this.memory.giveBack(reservedBytes);
      // Not in this turn: who asked has been told to wait.
      this.runtime.clock.defer(() => done(this.prepareHere(batch, rules, budget)!));
    });
  }

  /** Undefined when no thread could be started. */
  private resultOf(
    batch: Uint8Array,
    outcome: JobOutcome<PreparedElsewhere>,
  ): PreparedClientBatch | RejectedBatch | undefined {
    if (outcome.kind === "refused") return undefined;
    if (outcome.kind !== "done") {
      const { error } = outcome;
      const what =
        outcome.kind === "lost" ? "The thread that checked a batch has died" : "A batch could not be checked";
      this.runtime.log.write("error", `${what}: ${error.stack ?? error.message}`);
      return { error: "UNKNOWN_SERVER_ERROR", message: "The batch could not be checked", recordErrors: [] };
    }
    const { output, bytes } = outcome;
    if (output.kind === "rejected") return output.rejection;
    const { decompressedBytes } = output;
    if (output.kind === "rebuilt") return { batch: bytes!, decompressedBytes };
    if (bytes !== undefined) batch.set(bytes);
    return { batch, decompressedBytes };
  }
}

/** Others of the same request may have been checked meanwhile. */
function charged(
  result: PreparedClientBatch | RejectedBatch,
  budget: RequestBudget,
): PreparedClientBatch | RejectedBatch {
  if (isRejected(result)) return result;
  if (result.decompressedBytes > budget.leftBytes) return tooLargeDecompressed(budget.leftBytes);
  budget.leftBytes -= result.decompressedBytes;
  return result;
}

function isTooLargeDecompressed(result: PreparedClientBatch | RejectedBatch): boolean {
  return isRejected(result) && result.isTooLargeDecompressed === true;
}
