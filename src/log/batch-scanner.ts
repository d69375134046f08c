import * as RecordBatch from "../record/record-batch.ts";
import type { File } from "../runtime.ts";

/** What is read at a time. */
export const WINDOW_BYTES = 8 * 1024;

/** What opens its file when it is asked for it: it may have been closed since the last time. */
export interface FileSource {
  readonly file: File;
}

/**
 * Reads the headers of the batches in a file, one after another: small neighbours with one read, large bodies not at
 * all. `bytes` and `index` are where the header of the present batch lies.
 */
export class BatchScanner {
  readonly #source: FileSource;
  readonly #end: number;
  readonly #window: Uint8Array;
  #windowPosition = 0;
  #windowLength = 0;
  /** In the file. */
  position = 0;
  index = 0;

  constructor(source: FileSource, end: number, windowBytes = WINDOW_BYTES) {
    this.#source = source;
    this.#end = end;
    this.#window = new Uint8Array(Math.min(windowBytes, Math.max(end, RecordBatch.RECORD_BATCH_OVERHEAD)));
  }

  get bytes(): Uint8Array {
    return this.#window;
  }

  /** Moves to the batch at `position`; false when no whole one lies there, before the end. */
  seek(position: number): boolean {
    const remaining = this.#end - position;
    if (remaining < RecordBatch.RECORD_BATCH_OVERHEAD) return false;
    const index = position - this.#windowPosition;
    if (index < 0 || index + RecordBatch.RECORD_BATCH_OVERHEAD > this.#windowLength) this.#read(position);
    this.index = position - this.#windowPosition;
    this.position = position;
    if (this.#windowLength - this.index < RecordBatch.RECORD_BATCH_OVERHEAD) return false;
    const sizeInBytes = RecordBatch.sizeInBytes(this.#window, this.index);
    return sizeInBytes >= RecordBatch.RECORD_BATCH_OVERHEAD && sizeInBytes <= remaining;
  }

  /** Moves to the batch after the present one. */
  next(): boolean {
    return this.seek(this.position + this.sizeInBytes);
  }

  get sizeInBytes(): number {
    return RecordBatch.sizeInBytes(this.#window, this.index);
  }

  get lastOffset(): number {
    return RecordBatch.lastOffset(this.#window, this.index);
  }

  get maxTimestamp(): number {
    return RecordBatch.maxTimestamp(this.#window, this.index);
  }

  get recordCount(): number {
    return RecordBatch.recordCount(this.#window, this.index);
  }

  /** The whole present batch. */
  readBatch(): Uint8Array {
    const batch = new Uint8Array(this.sizeInBytes);
    const read = this.#source.file.read(batch, this.position);
    if (read < batch.length) throw new Error(`${this.#source.file.path} is shorter than ${this.#end} bytes`);
    return batch;
  }

  #read(position: number): void {
    this.#windowPosition = position;
    this.#windowLength = this.#source.file.read(
      this.#window.subarray(0, Math.min(this.#window.length, this.#end - position)),
      position,
    );
  }
}
