import type { RecordCursor } from "../../record/record.ts";
import * as RecordBatch from "../../record/record-batch.ts";
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from "../../record/varint.ts";

const INITIAL_CAPACITY = 256;

/** The records of one batch that stay, as places in its bytes, and how they are written again. */
export class RetainedRecords {
  count = 0;
  maxTimestamp = RecordBatch.NO_TIMESTAMP;
  hasTombstone = false;
  #starts = new Int32Array(INITIAL_CAPACITY);
  #offsetDeltas = new Int32Array(INITIAL_CAPACITY);
  #ends = new Int32Array(INITIAL_CAPACITY);
  #timestamps = new Float64Array(INITIAL_CAPACITY);

  get firstTimestamp(): number {
    return this.#timestamps[0]!;
  }

  clear(): void {
    this.count = 0;
    this.maxTimestamp = RecordBatch.NO_TIMESTAMP;
    this.hasTombstone = false;
  }

  /** Takes the record that the cursor is on. */
  add(record: RecordCursor): void {
    if (this.count === this.#starts.length) this.#grow();
    this.#starts[this.count] = record.startPosition;
    this.#offsetDeltas[this.count] = record.offsetDeltaPosition;
    this.#ends[this.count] = record.endPosition;
    this.#timestamps[this.count] = record.timestamp;
    this.count++;
    if (record.timestamp > this.maxTimestamp) this.maxTimestamp = record.timestamp;
    if (record.valueSize < 0) this.hasTombstone = true;
  }

  /** Bytes of the records as they are. */
  sizeInBytes(): number {
    let total = 0;
    for (let index = 0; index < this.count; index++) total += this.#ends[index]! - this.#starts[index]!;
    return total;
  }

  /** Writes them as they are; `source` is the bytes they were found in. */
  copyTo(target: Uint8Array, source: Uint8Array): void {
    let position = 0;
    for (let index = 0; index < this.count; ) {
      const start = this.#starts[index]!;
      let end = this.#ends[index++]!;
      // Neighbours go together.
      while (index < this.count && this.#starts[index] === end) end = this.#ends[index++]!;
      target.set(source.subarray(start, end), position);
      position += end - start;
    }
  }

  /** Bytes of the records when their timestamps are told from another base. */
  sizeInBytesFrom(baseTimestamp: number): number {
    let total = 0;
    for (let index = 0; index < this.count; index++) {
      const size = this.#bodySize(index, baseTimestamp);
      total += sizeOfVarint(size) + size;
    }
    return total;
  }

  /** Writes them with their timestamps told from `baseTimestamp`, which may lie after them. */
  writeTo(target: Uint8Array, source: Uint8Array, baseTimestamp: number): void {
    let position = 0;
    for (let index = 0; index < this.count; index++) {
      position = writeVarint(target, position, this.#bodySize(index, baseTimestamp));
      target[position++] = 0; // The attributes of a record, which have no meaning yet.
      position = writeVarlong(target, position, this.#timestamps[index]! - baseTimestamp);
      const rest = source.subarray(this.#offsetDeltas[index]!, this.#ends[index]!);
      target.set(rest, position);
      position += rest.length;
    }
  }

  #bodySize(index: number, baseTimestamp: number): number {
    const rest = this.#ends[index]! - this.#offsetDeltas[index]!;
    return 1 + sizeOfVarlong(this.#timestamps[index]! - baseTimestamp) + rest;
  }

  #grow(): void {
    const capacity = this.#starts.length * 2;
    this.#starts = grown(this.#starts, new Int32Array(capacity));
    this.#offsetDeltas = grown(this.#offsetDeltas, new Int32Array(capacity));
    this.#ends = grown(this.#ends, new Int32Array(capacity));
    this.#timestamps = grown(this.#timestamps, new Float64Array(capacity));
  }
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
