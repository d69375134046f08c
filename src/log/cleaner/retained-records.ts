import type { RecordCursor } from "../../record/record.ts";
import {
  LARGEST_VARLONG,
  sizeOfExactVarlong,
  sizeOfVarint,
  sizeOfVarlong,
  writeExactVarlong,
  writeVarint,
  writeVarlong,
} from "../../record/varint.ts";

const INITIAL_CAPACITY = 256;

/** The records of one batch that stay, as places in its bytes, and how they are written again. */
export class RetainedRecords {
  count = 0;
  hasTombstone = false;
  #starts = new Int32Array(INITIAL_CAPACITY);
  #offsetDeltas = new Int32Array(INITIAL_CAPACITY);
  #ends = new Int32Array(INITIAL_CAPACITY);
  /** Of the times, from what the batch counts from. */
  #deltas = new Float64Array(INITIAL_CAPACITY);
  /** Of those that no number holds, by the record's index: of producers that count nanoseconds, say. */
  readonly #exactDeltas = new Map<number, bigint>();
  #latest = 0;

  get firstDelta(): bigint {
    return this.#exactDelta(0);
  }

  get maxDelta(): bigint {
    return this.#exactDelta(this.#latest);
  }

  clear(): void {
    this.count = 0;
    this.hasTombstone = false;
    this.#exactDeltas.clear();
    this.#latest = 0;
  }

  /** Takes the record that the cursor is on. */
  add(record: RecordCursor): void {
    if (this.count === this.#starts.length) this.#grow();
    this.#starts[this.count] = record.startPosition;
    this.#offsetDeltas[this.count] = record.offsetDeltaPosition;
    this.#ends[this.count] = record.endPosition;
    this.#deltas[this.count] = record.timestampDelta;
    if (Math.abs(record.timestampDelta) > LARGEST_VARLONG) {
      this.#exactDeltas.set(this.count, record.exactTimestampDelta);
    }
    if (this.#isLater(this.count, this.#latest)) this.#latest = this.count;
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
  sizeInBytesFrom(shiftMs: bigint): number {
    const shift = asNumber(shiftMs);
    let total = 0;
    for (let index = 0; index < this.count; index++) {
      const size = this.#bodySize(index, this.#deltaFrom(index, shift, shiftMs));
      total += sizeOfVarint(size) + size;
    }
    return total;
  }

  /** Writes them with their timestamps told from that base, which may lie after them. */
  writeTo(target: Uint8Array, source: Uint8Array, shiftMs: bigint): void {
    const shift = asNumber(shiftMs);
    let position = 0;
    for (let index = 0; index < this.count; index++) {
      const delta = this.#deltaFrom(index, shift, shiftMs);
      position = writeVarint(target, position, this.#bodySize(index, delta));
      target[position++] = 0; // The attributes of a record, which have no meaning yet.
      position =
        typeof delta === "number" ? writeVarlong(target, position, delta) : writeExactVarlong(target, position, delta);
      const rest = source.subarray(this.#offsetDeltas[index]!, this.#ends[index]!);
      target.set(rest, position);
      position += rest.length;
    }
  }

  #bodySize(index: number, delta: number | bigint): number {
    const rest = this.#ends[index]! - this.#offsetDeltas[index]!;
    return 1 + (typeof delta === "number" ? sizeOfVarlong(delta) : sizeOfExactVarlong(delta)) + rest;
  }

  /** A number where that is exact. */
  #deltaFrom(index: number, shift: number, shiftMs: bigint): number | bigint {
    const delta = this.#deltas[index]! - shift;
    const isExact = Math.abs(delta) <= LARGEST_VARLONG && !this.#exactDeltas.has(index);
    return isExact ? delta : this.#exactDelta(index) - shiftMs;
  }

  #exactDelta(index: number): bigint {
    return this.#exactDeltas.get(index) ?? BigInt(this.#deltas[index]!);
  }

  #isLater(index: number, than: number): boolean {
    const [delta, other] = [this.#deltas[index]!, this.#deltas[than]!];
    return delta === other && this.#exactDeltas.size > 0
      ? this.#exactDelta(index) > this.#exactDelta(than)
      : delta > other;
  }

  #grow(): void {
    const capacity = this.#starts.length * 2;
    this.#starts = grown(this.#starts, new Int32Array(capacity));
    this.#offsetDeltas = grown(this.#offsetDeltas, new Int32Array(capacity));
    this.#ends = grown(this.#ends, new Int32Array(capacity));
    this.#deltas = grown(this.#deltas, new Float64Array(capacity));
  }
}

/** NaN where no number is exact. */
function asNumber(shiftMs: bigint): number {
  const shift = Number(shiftMs);
  return Number.isSafeInteger(shift) ? shift : Number.NaN;
}

function grown<A extends Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
