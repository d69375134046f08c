import * as RecordBatch from "../../record/record-batch.ts";
import { CLEANED_SUFFIX, offsetFileName, SEGMENT_SUFFIXES } from "../file-names.ts";
import type { Log, LogRuntime } from "../log.ts";
import { Segment } from "../segment.ts";
import type { AbortedTransaction } from "../transaction-index.ts";

/** The cleaner's work in progress: what is going to replace a group of segments, in files of its own. */
export class CleanedSegment {
  readonly baseOffset: number;
  readonly #runtime: LogRuntime;
  readonly #directory: string;
  readonly #segment: Segment;
  #isAbandoned = false;

  constructor(log: Log, baseOffset: number, given: LogRuntime) {
    const runtime = { ...given, files: log.files };
    const { clock } = runtime;
    this.baseOffset = baseOffset;
    this.#runtime = runtime;
    this.#directory = log.directory;
    this.#segment = Segment.create(runtime, log.directory, baseOffset, log.config, clock.now(), CLEANED_SUFFIX);
  }

  /** Offsets in a segment take 31 bits. */
  canHold(offset: number): boolean {
    return this.#segment.offsetIndex.canAppendOffset(offset);
  }

  /** Whole batches, in order; the bytes must stay as they are until they are written. */
  async append(batches: Uint8Array): Promise<void> {
    const start = this.#segment.sizeBytes;
    await this.#segment.file.writeLater(batches, start);
    if (this.#isAbandoned) return;
    for (let position = 0; position < batches.length; position += RecordBatch.sizeInBytes(batches, position)) {
      const sizeInBytes = RecordBatch.sizeInBytes(batches, position);
      const lastOffset = RecordBatch.lastOffset(batches, position);
      this.#segment.index(start + position, sizeInBytes, lastOffset, RecordBatch.maxTimestamp(batches, position));
    }
  }

  /** An aborted transaction of which batches stay. */
  retain(transaction: AbortedTransaction): void {
    this.#segment.transactionIndex.append(transaction);
  }

  /** Resolves when it is complete and on the disk, closed, and as old as it is told to be. */
  async finish(modifiedMs: number): Promise<void> {
    this.#segment.becomeInactive();
    await this.#segment.sync();
    if (this.#isAbandoned) return;
    this.#segment.close();
    this.#runtime.files.setModified(this.#segment.path, modifiedMs);
  }

  /** It is written to no more; {@link remove} is to follow. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#segment.close();
  }

  /** Leaves nothing behind. */
  remove(): void {
    for (const suffix of SEGMENT_SUFFIXES) {
      const name = offsetFileName(this.baseOffset, suffix);
      this.#runtime.files.remove(`${this.#directory}/${name}${CLEANED_SUFFIX}`);
    }
  }
}
