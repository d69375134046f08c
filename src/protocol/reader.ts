import { ProtocolError } from "./protocol-error.ts";
import { readUtf8 } from "./utf8.ts";
import { readUuid, UUID_BYTES, type Uuid } from "./uuid.ts";

/** A tagged field that the schema does not know; kept so that what is read can be written again unchanged (KIP-482). */
export interface RawTaggedField {
  readonly tag: number;
  readonly data: Uint8Array;
}

export const EMPTY_BYTES = new Uint8Array(0);

const LONGEST_STRING_BYTES = 0x7fff;

/**
 * Small encodings can stand for large objects: two bytes for a struct, one for an empty array. What a message may occupy once
 * decoded is therefore limited to so many times its size, plus a fixed allowance for small messages.
 */
const HEAP_BYTES_PER_MESSAGE_BYTE = 16;
const HEAP_ALLOWANCE_BYTES = 1024 * 1024;
/** What a view of bytes, an array and an unknown tagged field occupy at most in the engines we run on. */
const VIEW_HEAP_BYTES = 160;
const ARRAY_HEAP_BYTES = 48;
const SLOT_HEAP_BYTES = 8;
const TWO_TO_32 = 0x1_0000_0000;

/** What an array, a string or bytes answer for null. */
const NULL_LENGTH = -1;

/**
 * A cursor over the bytes of one message. Every length is checked against the bytes that remain before anything is
 * allocated; whatever is wrong is a {@link ProtocolError}. Bytes and records are views of the message, not copies.
 */
export class Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  position: number;
  readonly end: number;
  private heapAllowance: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.position = position;
    this.end = bytes.length;
    this.heapAllowance = HEAP_ALLOWANCE_BYTES + HEAP_BYTES_PER_MESSAGE_BYTE * (bytes.length - position);
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Steps over `length` bytes and answers where they start. */
  take(length: number): number {
    const start = this.position;
    if (length > this.end - start) throw this.truncated(length);
    this.position = start + length;
    return start;
  }

  boolean(): boolean {
    return this.bytes[this.take(1)] !== 0;
  }

  int8(): number {
    return this.view.getInt8(this.take(1));
  }

  int16(): number {
    return this.view.getInt16(this.take(2));
  }

  uint16(): number {
    return this.view.getUint16(this.take(2));
  }

  int32(): number {
    return this.view.getInt32(this.take(4));
  }

  uint32(): number {
    return this.view.getUint32(this.take(4));
  }

  int64(field: string): number {
    return this.int64At(this.take(8), field);
  }

  wideInt64(): number | bigint {
    return this.wideInt64At(this.take(8));
  }

  float64(): number {
    return this.view.getFloat64(this.take(8));
  }

  uuid(): Uuid {
    return readUuid(this.bytes, this.take(UUID_BYTES));
  }

  /** At most five bytes, of which the fifth has four bits. */
  unsignedVarint(): number {
    let value = this.bytes[this.take(1)]!;
    if (value < 0x80) return value;
    value &= 0x7f;
    for (let shift = 7; shift <= 28; shift += 7) {
      const byte = this.bytes[this.take(1)]!;
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new ProtocolError(`Varint of more than 32 bits at byte ${this.position}`);
  }

  /** Null as far as the bytes go; whether the field may be null is up to the caller. */
  nullableString(field: string): string | null {
    return this.text(this.int16(), field);
  }

  plainString(field: string): string {
    return this.text(this.int16(), field) ?? this.refuseNull(field);
  }

  compactNullableString(field: string): string | null {
    return this.text(this.unsignedVarint() - 1, field);
  }

  compactString(field: string): string {
    return this.text(this.unsignedVarint() - 1, field) ?? this.refuseNull(field);
  }

  nullableBytes(field: string): Uint8Array | null {
    return this.slice(this.int32(), field);
  }

  plainBytes(field: string): Uint8Array {
    return this.slice(this.int32(), field) ?? this.refuseNull(field);
  }

  compactNullableBytes(field: string): Uint8Array | null {
    return this.slice(this.unsignedVarint() - 1, field);
  }

  compactBytes(field: string): Uint8Array {
    return this.slice(this.unsignedVarint() - 1, field) ?? this.refuseNull(field);
  }

  /**
   * Elements of an array, {@link NULL_LENGTH} for null. One element takes at least `leastSize` bytes here and about
   * `heapSize` bytes once decoded.
   */
  arrayLength(leastSize: number, heapSize: number, field: string): number {
    return this.checkCount(this.int32(), leastSize, heapSize, field);
  }

  compactArrayLength(leastSize: number, heapSize: number, field: string): number {
    return this.checkCount(this.unsignedVarint() - 1, leastSize, heapSize, field);
  }

  int64At(position: number, field: string): number {
    const value = this.view.getInt32(position) * TWO_TO_32 + this.view.getUint32(position + 4);
    if (!Number.isSafeInteger(value)) {
      throw new ProtocolError(`${field} is beyond 53 bits: ${this.view.getBigInt64(position)}`);
    }
    return value;
  }

  wideInt64At(position: number): number | bigint {
    const value = this.view.getInt32(position) * TWO_TO_32 + this.view.getUint32(position + 4);
    return Number.isSafeInteger(value) ? value : this.view.getBigInt64(position);
  }

  uuidAt(position: number): Uuid {
    return readUuid(this.bytes, position);
  }

  /** Record bytes in the form in which they are encoded. */
  parts(bytes: Uint8Array | null): readonly Uint8Array[] | null {
    return bytes === null ? null : [bytes];
  }

  /** The position at which a tagged field of `size` bytes must end. */
  beginTaggedField(size: number): number {
    if (size > this.remaining) throw this.truncated(size);
    return this.position + size;
  }

  endTaggedField(end: number, field: string): void {
    if (this.position !== end) {
      throw new ProtocolError(`Tagged field ${field} ends at byte ${this.position}, its size says ${end}`);
    }
  }

  unknownTaggedField(known: RawTaggedField[] | undefined, tag: number, size: number): RawTaggedField[] {
    const start = this.take(size);
    this.spend(VIEW_HEAP_BYTES);
    const fields = known ?? [];
    fields.push({ tag, data: this.bytes.subarray(start, start + size) });
    return fields;
  }

  refuseNull(field: string): never {
    throw new ProtocolError(`${field} is null, which it can't be`);
  }

  refuseTag(tag: number, field: string): never {
    throw new ProtocolError(`Tag ${tag} (${field}) is not valid in this version`);
  }

  private text(length: number, field: string): string | null {
    if (length < 0) return null;
    if (length > LONGEST_STRING_BYTES) throw new ProtocolError(`${field} is a string of ${length} bytes`);
    const start = this.take(length);
    return readUtf8(this.bytes, start, start + length);
  }

  private slice(length: number, field: string): Uint8Array | null {
    if (length < 0) return null;
    if (length > this.remaining) {
      throw new ProtocolError(`${field} has ${length} bytes, but only ${this.remaining} remain`);
    }
    if (length === 0) return EMPTY_BYTES;
    this.spend(VIEW_HEAP_BYTES);
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  private checkCount(count: number, leastSize: number, heapSize: number, field: string): number {
    if (count < 0) return NULL_LENGTH;
    if (count === 0) return 0;
    if (count * leastSize > this.remaining) {
      throw new ProtocolError(`${field} has ${count} elements, but only ${this.remaining} bytes remain`);
    }
    this.spend(ARRAY_HEAP_BYTES + count * (SLOT_HEAP_BYTES + heapSize));
    return count;
  }

  private spend(heapBytes: number): void {
    this.heapAllowance -= heapBytes;
    if (this.heapAllowance < 0) {
      throw new ProtocolError(
        `A message of ${this.end} bytes would take more than ${HEAP_BYTES_PER_MESSAGE_BYTE} times that`,
      );
    }
  }

  private truncated(length: number): ProtocolError {
    return new ProtocolError(`${length} bytes expected at byte ${this.position}, but only ${this.remaining} remain`);
  }
}
