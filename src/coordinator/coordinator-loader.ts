import { ATTEMPTS_FROM_MEMORY, readFromMemory } from "../log/read-from-memory.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { readEndTransactionMarker } from "../record/control-record.ts";
import { openRecords } from "../record/record.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { Cancel, Runtime } from "../runtime.ts";
import type { Timeline } from "../timeline/timeline.ts";
import type { Coordinator, CoordinatorPartition, CoordinatorSerde } from "./coordinator.ts";

export interface LoadOptions<R> {
  readonly runtime: Pick<Runtime, "clock" | "files" | "checksums" | "compression">;
  readonly partition: CoordinatorPartition;
  readonly coordinator: Coordinator<R>;
  readonly timeline: Timeline;
  readonly serde: CoordinatorSerde<R>;
  /** The most bytes of one read. */
  readonly bufferBytes: number;
}

export interface LoadSummary {
  readonly recordCount: number;
  readonly sizeBytes: number;
  readonly elapsedMs: number;
  /** Records of kinds or versions that this broker does not know; they stay in the log. */
  readonly unknownCount: number;
}

/** After this time of one slice the rest of the broker gets its turn. */
const SLICE_MS = 5;
/** A disk that does not answer is asked again. */
const STALLED_RETRY_MS = 1_000;

/**
 * Replays a partition from the start of its log to the end, not only to the high watermark: what the leader has
 * appended is true as long as it leads. Works in slices; the last one calls `done`, with an error when a record is
 * damaged or cannot be understood. The answer cancels.
 */
export function loadCoordinator<R>(options: LoadOptions<R>, done: (result: LoadSummary | Error) => void): Cancel {
  const loading = new Loading(options);
  const { clock } = options.runtime;
  let isCancelled = false;
  let cancelRetry: Cancel | undefined;
  const next = (): void => {
    if (isCancelled) return;
    let outcome: SliceOutcome;
    try {
      outcome = loading.slice();
    } catch (error) {
      done(error as Error);
      return;
    }
    // What breaks from here on is not in the log: the coordinator begins to act.
    if (outcome === "at end") loading.whenCommitted((error) => void (isCancelled || done(error ?? loading.summary())));
    else if (outcome === "stalled") cancelRetry = clock.schedule(STALLED_RETRY_MS, next);
    else if (outcome instanceof Promise) void outcome.then(() => clock.defer(next));
    else clock.defer(next);
  };
  clock.defer(next);
  return () => {
    isCancelled = true;
    cancelRetry?.();
  };
}

/** What is left of the log when a slice ends; "stalled": the disk does not answer; a promise: the disk is to be waited for. */
type SliceOutcome = "at end" | "more" | "stalled" | Promise<void>;

class Loading<R> {
  readonly #options: LoadOptions<R>;
  readonly #startMs: number;
  #position: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #bytesPosition = 0;
  #recordCount = 0;
  #sizeBytes = 0;
  #unknownCount = 0;
  #attemptsLeft = ATTEMPTS_FROM_MEMORY;

  constructor(options: LoadOptions<R>) {
    this.#options = options;
    this.#position = options.partition.logStartOffset;
    this.#startMs = options.runtime.clock.elapsed();
  }

  slice(): SliceOutcome {
    const { runtime, partition, timeline } = this.#options;
    const endMs = runtime.clock.elapsed() + SLICE_MS;
    while (runtime.clock.elapsed() <= endMs) {
      if (this.#bytesPosition >= this.#bytes.length) {
        if (this.#position >= partition.logEndOffset) return "at end";
        const bytes = this.#read();
        if (bytes === undefined) return "stalled";
        if (bytes instanceof Promise) return bytes;
        this.#bytes = bytes;
        this.#bytesPosition = 0;
        if (bytes.length === 0) return "at end";
      }
      this.#replayBatch();
      timeline.commit(Math.min(this.#position, partition.highWatermark));
    }
    return "more";
  }

  /**
   * A new leader does not know at once how much of its log is committed. All that was acknowledged is in there: who asked
   * for what is committed before that is known would be told less than an earlier leader has promised.
   */
  whenCommitted(done: (error: Error | undefined) => void): void {
    const { partition, timeline } = this.#options;
    const endOffset = this.#position;
    partition.whenCommitted(endOffset, (errorCode) => {
      if (errorCode === ErrorCode.NONE) timeline.commit(endOffset);
      done(errorCode === ErrorCode.NONE ? undefined : new Error(`its records were not committed (error ${errorCode})`));
    });
  }

  summary(): LoadSummary {
    return {
      recordCount: this.#recordCount,
      sizeBytes: this.#sizeBytes,
      unknownCount: this.#unknownCount,
      elapsedMs: this.#options.runtime.clock.elapsed() - this.#startMs,
    };
  }

  /** A promise when the disk has to bring it first: it is to be read again then. Undefined when that does not answer. */
  #read(): Uint8Array | Promise<void> | undefined {
    const { runtime, partition, bufferBytes } = this.#options;
    let bytes: Uint8Array | undefined;
    const read = (): void => {
      bytes = partition.read(this.#position, bufferBytes);
    };
    const arrival = readFromMemory(runtime.files, this.#attemptsLeft > 0, read);
    if (arrival !== undefined) {
      this.#attemptsLeft--;
      return arrival;
    }
    this.#attemptsLeft = ATTEMPTS_FROM_MEMORY;
    return bytes;
  }

  #replayBatch(): void {
    const { coordinator, timeline, runtime } = this.#options;
    const bytes = this.#bytes;
    const at = this.#bytesPosition;
    const problem = RecordBatch.findProblem(bytes, at, runtime.checksums);
    if (problem === "incomplete" && at > 0) {
      // A read ends where it ends; the next one begins with this batch.
      this.#bytes = bytes.subarray(0, at);
      return;
    }
    if (problem !== undefined) throw new Error(`The batch behind offset ${this.#position - 1} is damaged: ${problem}`);
    const sizeBytes = RecordBatch.sizeInBytes(bytes, at);
    const nextOffset = RecordBatch.nextOffset(bytes, at);
    this.#bytesPosition += sizeBytes;
    if (nextOffset <= this.#position) return;
    const producerId = RecordBatch.isTransactional(bytes, at) ? RecordBatch.producerId(bytes, at) : -1;
    if (RecordBatch.isControlBatch(bytes, at)) {
      const marker = readEndTransactionMarker(bytes, at);
      timeline.advance(nextOffset - 1);
      if (marker !== undefined) coordinator.replayEndTransactionMarker(producerId, marker.commit);
    } else {
      this.#replayRecords(at, producerId);
    }
    this.#position = nextOffset;
    this.#sizeBytes += sizeBytes;
  }

  #replayRecords(at: number, producerId: number): void {
    const { coordinator, timeline, serde, runtime } = this.#options;
    const baseOffset = RecordBatch.baseOffset(this.#bytes, at);
    const cursor = openRecords(this.#bytes, at, runtime.compression);
    while (cursor.next()) {
      const offset = baseOffset + cursor.offsetDelta;
      if (offset < this.#position) continue;
      const key = cursor.key();
      const record = key === null ? undefined : serde.deserialize(key, cursor.value());
      this.#recordCount++;
      if (record === undefined) {
        this.#unknownCount++;
        continue;
      }
      timeline.advance(offset);
      coordinator.replay(record, { offset, producerId });
    }
    if (cursor.problem !== undefined)
      throw new Error(`The batch at offset ${baseOffset} is corrupt: ${cursor.problem}`);
  }
}
