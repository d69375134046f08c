import { CorruptRecordError } from "../../record/record.ts";
import * as RecordBatch from "../../record/record-batch.ts";
import type { Checksums, File } from "../../runtime.ts";
import { ChunkReader } from "../chunk-reader.ts";
import type { Segment } from "../segment.ts";

/** The batches of a segment one after another, each of them whole and checked; the file stays readable meanwhile. */
export class SegmentBatches {
  readonly #path: string;
  readonly #file: File;
  readonly #endPosition: number;
  readonly #reader: ChunkReader;
  readonly #checksums: Checksums;
  #position: number;

  /** Starts at a position that is a batch's. {@link close} it. */
  constructor(segment: Segment, position: number, chunkBytes: number, checksums: Checksums) {
    this.#path = segment.path;
    this.#file = segment.file;
    this.#file.retain();
    this.#endPosition = segment.sizeBytes;
    this.#reader = new ChunkReader(this.#file, this.#endPosition, chunkBytes);
    this.#checksums = checksums;
    this.#position = position;
  }

  /** Where the present batch is: {@link index} in these bytes, which are valid until {@link next}. */
  get bytes(): Uint8Array {
    return this.#reader.bytes;
  }

  get index(): number {
    return this.#reader.index;
  }

  /** Moves to the next batch; throws when it is damaged. */
  next(): boolean {
    if (this.#position >= this.#endPosition) return false;
    this.#reader.load(this.#position);
    const { bytes, index } = this.#reader;
    const problem = RecordBatch.findProblem(bytes, index, this.#checksums);
    if (problem !== undefined) {
      throw new CorruptRecordError(
        `The batch at position ${this.#position} of ${this.#path} has a problem: ${problem}`,
      );
    }
    this.#position += RecordBatch.sizeInBytes(bytes, index);
    return true;
  }

  close(): void {
    this.#file.release();
  }
}
