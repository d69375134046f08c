import type { RecordCursor } from "../../record/record.ts";
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from "../../record/varint.ts";

const INITIAL_CAPACITY = 256;

/** The records of one batch that stay, as places in its bytes, and how they are written again. */
export class RetainedRecords {
  count = 0;
  /** Of the times, from what the batch counts from. */
  maxDelta = 0;
  hasTombstone = false;
  #starts = new Int32Array(INITIAL_CAPACITY);
  #offsetDeltas = new Int32Array(INITIAL_CAPACITY);
  #ends = new Int32Array(INITIAL_CAPACITY);
  #deltas = new Float64Array(INITIAL_CAPACITY);

  get firstDelta(): number {
    return this.#deltas[0]!;
  }

  clear(): void {
    this.count = 0;
    this.hasTombstone = false;
  }

  /** Takes the record that the cursor is on. */
  add(record: RecordCursor): void {
    if (this.count === this.#starts.length) this.#grow();
    this.#starts[this.count] = record.startPosition;
    this.#offsetDeltas[this.count] = record.offsetDeltaPosition;
    this.#ends[this.count] = record.endPosition;
    this.#deltas[this.count] = record.timestampDelta;
    this.maxDelta = this.count === 0 ? record.timestampDelta : Math.max(this.maxDelta, record.timestampDelta);
    this.count++;
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

  /** Bytes of the records when their timestamps are told from a base that lies so much later, or earlier. */
  sizeInBytesFrom(shiftMs: number): number {
    let total = 0;
    for (let index = 0; index < this.count; index++) {
      const size = this.#bodySize(index, shiftMs);
      total += sizeOfVarint(size) + size;
    }
    return total;
  }

  /** Writes them with their timestamps told from that base, which may lie after them. */
  writeTo(target: Uint8Array, source: Uint8Array, shiftMs: number): void {
    let position = 0;
    for (let index = 0; index < this.count; index++) {
      position = writeVarint(target, position, this.#bodySize(index, shiftMs));
      target[position++] = 0; // The attributes of a record, which have no meaning yet.
      position = writeVarlong(target, position, this.#deltas[index]! - shiftMs);
      const rest = source.subarray(this.#offsetDeltas[index]!, this.#ends[index]!);
      target.set(rest, position);
      position += rest.length;
    }
  }

  #bodySize(index: number, shiftMs: number): number {
    const rest = this.#ends[index]! - this.#offsetDeltas[index]!;
    return 1 + sizeOfVarlong(this.#deltas[index]! - shiftMs) + rest;
  }

  #grow(): void {
    const capacity = this.#starts.length * 2;
    this.#starts = grown(this.#starts, new Int32Array(capacity));
    this.#offsetDeltas = grown(this.#offsetDeltas, new Int32Array(capacity));
    this.#ends = grown(this.#ends, new Int32Array(capacity));
    this.#deltas = grown(this.#deltas, new Float64Array(capacity));
  }
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
