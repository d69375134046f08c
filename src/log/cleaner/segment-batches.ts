import { CorruptRecordError } from "../../record/record.ts";
import * as RecordBatch from "../../record/record-batch.ts";
import type { Checksums, File } from "../../runtime.ts";
import type { Segment } from "../segment.ts";
import type { Work } from "./work.ts";

/** The batches of a segment one after another, each of them whole and checked; the file stays readable meanwhile. */
export class SegmentBatches {
  readonly #path: string;
  readonly #file: File;
  readonly #endPosition: number;
  readonly #checksums: Checksums;
  #buffer: Uint8Array;
  /** Of the present batch. */
  #position: number;
  #sizeInBytes = 0;
  /** The present batch lies at {@link index} in these bytes, until {@link next}. */
  bytes: Uint8Array = new Uint8Array(0);
  index = 0;

  /** Starts at a position that is a batch's, and reads so many bytes at a time. {@link close} it. */
  constructor(segment: Segment, position: number, chunkBytes: number, checksums: Checksums) {
    this.#path = segment.path;
    this.#file = segment.file;
    this.#file.retain();
    this.#endPosition = segment.sizeBytes;
    this.#checksums = checksums;
    this.#buffer = new Uint8Array(chunkBytes);
    this.#position = position;
  }

  /** Moves to the next batch; throws when it is damaged. */
  *next(): Work<boolean> {
    this.#position += this.#sizeInBytes;
    this.index += this.#sizeInBytes;
    this.#sizeInBytes = 0;
    if (this.#position >= this.#endPosition) return false;
    if (RecordBatch.findFramingProblem(this.bytes, this.index) === "incomplete") yield* this.#load();
    const problem = RecordBatch.findProblem(this.bytes, this.index, this.#checksums);
    if (problem !== undefined) {
      throw new CorruptRecordError(
        `The batch at position ${this.#position} of ${this.#path} has a problem: ${problem}`,
      );
    }
    this.#sizeInBytes = RecordBatch.sizeInBytes(this.bytes, this.index);
    return true;
  }

  close(): void {
    this.#file.release();
  }

  /** As much as the buffer takes, and all of the next batch, for which it grows. */
  *#load(): Work<void> {
    yield this.#read(this.#buffer.length);
    const remaining = this.#endPosition - this.#position;
    if (this.bytes.length < RecordBatch.LOG_OVERHEAD) return;
    const sizeInBytes = RecordBatch.sizeInBytes(this.bytes, 0);
    if (sizeInBytes <= this.bytes.length || sizeInBytes > remaining) return;
    this.#buffer = new Uint8Array(sizeInBytes);
    yield this.#read(sizeInBytes);
  }

  async #read(length: number): Promise<void> {
    const wanted = Math.min(length, this.#endPosition - this.#position);
    const count = await this.#file.readLater(this.#buffer.subarray(0, wanted), this.#position);
    this.bytes = this.#buffer.subarray(0, count);
    this.index = 0;
  }
}
