import type { CleanerLimits } from "./cleaner-limits.ts";

/** The broker's settings of the cleaner; all but the first may change while it runs. */
export interface CleanerConfig {
  /** `log.cleaner.enable` */
  readonly isEnabled: boolean;
  /** `log.cleaner.threads`: how many logs are cleaned at a time. */
  readonly threads: number;
  /** `log.cleaner.dedupe.buffer.size`, for all threads together. */
  readonly dedupeBufferBytes: number;
  /** `log.cleaner.io.buffer.load.factor` */
  readonly loadFactor: number;
  /** `log.cleaner.io.buffer.size`, for all threads together. */
  readonly ioBufferBytes: number;
  /** `log.cleaner.io.max.bytes.per.second` */
  readonly maxIoBytesPerSecond: number;
  /** `log.cleaner.backoff.ms` */
  readonly backoffMs: number;
}

/** As in Kafka, where an array has no more. */
const MOST_MAP_BYTES = 2 ** 31 - 1;
/** Kafka takes any number, and so does this; but something must fit, and no more than there is room for. */
const LEAST_LOAD_FACTOR = 0.01;
/** The header of a batch must fit. */
const LEAST_IO_BUFFER_BYTES = 4096;

/** What each thread may use. */
export function limitsOf({ threads, dedupeBufferBytes, loadFactor, ioBufferBytes }: CleanerConfig): CleanerLimits {
  const divisor = Math.max(1, threads);
  return {
    mapBytes: Math.min(Math.floor(dedupeBufferBytes / divisor), MOST_MAP_BYTES),
    loadFactor: Math.min(Math.max(loadFactor, LEAST_LOAD_FACTOR), 1),
    ioBufferBytes: Math.max(Math.floor(ioBufferBytes / divisor / 2), LEAST_IO_BUFFER_BYTES),
  };
}
