import { isOldFormatMessage } from "../log/old-format.ts";
import { readInt32 } from "../record/big-endian.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { Checksums, File } from "../runtime.ts";

const WINDOW_BYTES = 1024 * 1024;
/** A batch beyond this has its checksum computed piece by piece, and nobody looks at its records. */
const LARGEST_WHOLE_BATCH_BYTES = 256 * 1024 * 1024;
/** Where the bytes under the checksum start. */
const CHECKSUM_START = 21;

/**
 * Reads the batches of a file one after another, in bounded memory whatever the file holds. After a {@link next} that
 * answers true, `bytes` and `index` are where the batch lies; after false, `problem` tells what is there instead, once it has been
 * {@link named}, or is undefined at the end of the file.
 */
export class BatchReader {
  readonly sizeBytes: number;
  bytes = new Uint8Array(0);
  index = 0;
  /** Of the present batch, in the file. */
  position = 0;
  sizeInBytes = 0;
  problem: RecordBatch.BatchProblem | "zeros" | "torn header" | undefined = undefined;
  /** Whether `bytes` holds the whole batch: one that is too large has its header there only. */
  isWhole = false;
  readonly #file: File;
  readonly #checksums: Checksums;
  #window = new Uint8Array(0);
  #windowPosition = 0;

  constructor(file: File, checksums: Checksums, sizeBytes = file.size()) {
    this.#file = file;
    this.#checksums = checksums;
    this.sizeBytes = sizeBytes;
  }

  get remainingBytes(): number {
    return this.sizeBytes - this.position;
  }

  next(): boolean {
    this.position += this.sizeInBytes;
    this.sizeInBytes = 0;
    if (this.remainingBytes <= 0) return false;
    this.#load(RecordBatch.RECORD_BATCH_OVERHEAD);
    const declaredBytes =
      this.remainingBytes < RecordBatch.LOG_OVERHEAD ? 0 : RecordBatch.sizeInBytes(this.bytes, this.index);
    this.isWhole = declaredBytes <= LARGEST_WHOLE_BATCH_BYTES;
    if (this.isWhole && declaredBytes <= this.remainingBytes) this.#load(declaredBytes);
    const problem = RecordBatch.findFramingProblem(this.bytes, this.index);
    const isBeyondWindow = problem === "incomplete" && !this.isWhole && declaredBytes <= this.remainingBytes;
    if (problem !== undefined && !isBeyondWindow) {
      this.problem = this.#named(problem);
      return false;
    }
    this.sizeInBytes = declaredBytes;
    return true;
  }

  /** Finds out whether what is not a batch is zeros, which there may be gigabytes of: tells how many bytes it has looked at since. */
  *named(): Generator<number, void, void> {
    if (this.problem !== "invalid size") return;
    for (const piece of this.#pieces(this.position, this.sizeBytes)) {
      if (!isZero(piece)) return;
      yield piece.length;
    }
    this.problem = "zeros";
  }

  isChecksumRight(): boolean {
    const expected = RecordBatch.crc(this.bytes, this.index);
    if (this.isWhole) return RecordBatch.computeChecksum(this.bytes, this.index, this.#checksums) === expected;
    let checksum: number | undefined;
    for (const piece of this.#pieces(this.position + CHECKSUM_START, this.position + this.sizeInBytes)) {
      checksum = this.#checksums.crc32c(piece, checksum);
    }
    return checksum === expected;
  }

  /** Has `length` bytes from the present position in the window, or as many as there are. */
  #load(length: number): void {
    const wanted = Math.min(length, this.remainingBytes);
    this.index = this.position - this.#windowPosition;
    if (this.index >= 0 && this.index + wanted <= this.bytes.length) return;
    const windowBytes = Math.min(Math.max(wanted, WINDOW_BYTES), this.remainingBytes);
    if (this.#window.length < windowBytes) this.#window = new Uint8Array(windowBytes);
    const read = this.#file.read(this.#window.subarray(0, windowBytes), this.position);
    this.bytes = this.#window.subarray(0, read);
    this.#windowPosition = this.position;
    this.index = 0;
  }

  #named(problem: RecordBatch.BatchProblem): BatchReader["problem"] {
    if (problem === "old magic" && !isOldFormatMessage(this.#file, this.position, this.sizeBytes)) return "torn header";
    return problem;
  }

  *#pieces(from: number, to: number): Generator<Uint8Array> {
    const buffer = new Uint8Array(Math.min(WINDOW_BYTES, to - from));
    for (let position = from; position < to; position += buffer.length) {
      yield buffer.subarray(0, this.#file.read(buffer.subarray(0, Math.min(buffer.length, to - position)), position));
    }
  }
}

function isZero(bytes: Uint8Array): boolean {
  let position = 0;
  for (; position + 4 <= bytes.length; position += 4) if (readInt32(bytes, position) !== 0) return false;
  for (; position < bytes.length; position++) if (bytes[position] !== 0) return false;
  return true;
}

/** What lies where a batch should begin, in words. */
export function describeProblem({ problem, remainingBytes }: BatchReader): string {
  switch (problem) {
    case "zeros":
      return `${remainingBytes} zero bytes at the end, where no batch has been written`;
    case "incomplete":
      return `an unfinished batch at the end: ${remainingBytes} bytes are fewer than it declares`;
    case "old magic":
      return "records of an old format (magic 0 or 1), which is not supported";
    default:
      return `no batch begins here (${problem}): the ${remainingBytes} bytes from here on can't be read`;
  }
}
