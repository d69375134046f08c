import * as RecordBatch from "../record/record-batch.ts";
import type { FileSource } from "./batch-scanner.ts";

const CHUNK_BYTES = 1024 * 1024;

/** A window on a file that always holds the whole batch asked for, if the file does. */
export class ChunkReader {
  readonly #source: FileSource;
  readonly #fileBytes: number;
  #chunk = new Uint8Array(0);
  #start = 0;
  bytes = new Uint8Array(0);
  index = 0;

  constructor(source: FileSource, fileBytes: number) {
    this.#source = source;
    this.#fileBytes = fileBytes;
  }

  /** Whether the file was read for it. */
  load(position: number): boolean {
    this.index = position - this.#start;
    if (RecordBatch.findFramingProblem(this.bytes, this.index) !== "incomplete") return false;
    this.#read(position, CHUNK_BYTES);
    if (
      RecordBatch.findFramingProblem(this.bytes, 0) === "incomplete" &&
      this.bytes.length >= RecordBatch.LOG_OVERHEAD
    ) {
      const sizeInBytes = RecordBatch.sizeInBytes(this.bytes, 0);
      if (sizeInBytes > this.bytes.length && sizeInBytes <= this.#fileBytes - position)
        this.#read(position, sizeInBytes);
    }
    return true;
  }

  #read(position: number, length: number): void {
    const wanted = Math.min(length, this.#fileBytes - position);
    if (this.#chunk.length < wanted) this.#chunk = new Uint8Array(wanted);
    const read = this.#source.file.read(this.#chunk.subarray(0, wanted), position);
    this.bytes = this.#chunk.subarray(0, read);
    this.#start = position;
    this.index = 0;
  }
}
