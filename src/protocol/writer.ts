import type { Part } from "../runtime.ts";
import { ProtocolError } from "./protocol-error.ts";
import type { RawTaggedField } from "./reader.ts";
import { utf8Length, writeUtf8 } from "./utf8.ts";
import { UUID_BYTES, type Uuid, writeUuid } from "./uuid.ts";

const FIRST_BLOCK_BYTES = 256;
/** A block that is fuller than this is not grown (and copied) but followed by another one. */
const LARGE_BLOCK_BYTES = 64 * 1024;
/** Records from here on become parts of their own instead of being copied. */
const RECORDS_BY_REFERENCE_BYTES = 4096;
const LONGEST_STRING_BYTES = 0x7fff;
const TWO_TO_32 = 0x1_0000_0000;

/**
 * Builds a message as a list of parts: blocks of bytes written here, and between them record bytes or file ranges that pass
 * through untouched.
 */
export class Writer {
  /** The block being filled. Both change whenever a block is grown or finished. */
  bytes: Uint8Array;
  view: DataView;
  position = 0;
  private start = 0;
  private readonly parts: Part[] = [];
  private partsLength = 0;
  private referencedLength = 0;
  /** Tagged fields whose size is still open: their bytes have to stay in one block. */
  private openTaggedFields = 0;

  constructor(sizeBytes = FIRST_BLOCK_BYTES) {
    this.bytes = new Uint8Array(sizeBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Bytes written so far, with those of file ranges. */
  get length(): number {
    return this.partsLength + this.position - this.start;
  }

  /** Bytes written so far without those that go by reference. */
  get ownLength(): number {
    return this.length - this.referencedLength;
  }

  /** Everything written, in order. The writer can't be used afterwards. */
  finish(): Part[] {
    this.finishBlock();
    return this.parts;
  }

  /** Like {@link finish}, for a message that began with an int32 in which its length is filled in now. */
  finishFrame(): Part[] {
    const parts = this.finish();
    const first = parts[0] as Uint8Array;
    new DataView(first.buffer, first.byteOffset).setInt32(0, this.partsLength - 4);
    return parts;
  }

  /** Makes room for `length` bytes and answers where they start. */
  reserve(length: number): number {
    if (this.position + length > this.bytes.length) this.makeRoom(length);
    const start = this.position;
    this.position = start + length;
    return start;
  }

  boolean(value: boolean): void {
    const at = this.reserve(1);
    this.bytes[at] = value ? 1 : 0;
  }

  int8(value: number): void {
    const at = this.reserve(1);
    this.view.setInt8(at, value);
  }

  int16(value: number): void {
    const at = this.reserve(2);
    this.view.setInt16(at, value);
  }

  int32(value: number): void {
    const at = this.reserve(4);
    this.view.setInt32(at, value);
  }

  unsignedVarint(value: number): void {
    if (value < 0x80) {
      const at = this.reserve(1);
      this.bytes[at] = value;
      return;
    }
    let at = this.reserve(unsignedVarintLength(value));
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.bytes[at++] = (rest & 0x7f) | 0x80;
    this.bytes[at] = rest;
  }

  plainString(value: string, field: string): void {
    const length = utf8Length(value);
    if (length > LONGEST_STRING_BYTES) throw tooLong(field, length);
    const at = this.reserve(2 + length);
    this.view.setInt16(at, length);
    writeUtf8(value, this.bytes, at + 2);
  }

  compactString(value: string, field: string): void {
    const length = utf8Length(value);
    if (length > LONGEST_STRING_BYTES) throw tooLong(field, length);
    this.unsignedVarint(length + 1);
    const at = this.reserve(length);
    writeUtf8(value, this.bytes, at);
  }

  plainBytes(value: Uint8Array): void {
    this.int32(value.length);
    this.copy(value);
  }

  compactBytes(value: Uint8Array): void {
    this.unsignedVarint(value.length + 1);
    this.copy(value);
  }

  /** Record bytes, by reference when they are many. */
  plainRecords(value: Uint8Array): void {
    this.int32(value.length);
    this.append(value);
  }

  compactRecords(value: Uint8Array): void {
    this.unsignedVarint(value.length + 1);
    this.append(value);
  }

  plainRecordParts(value: readonly Part[]): void {
    this.int32(lengthOf(value));
    for (const part of value) this.append(part);
  }

  compactRecordParts(value: readonly Part[]): void {
    this.unsignedVarint(lengthOf(value) + 1);
    for (const part of value) this.append(part);
  }

  copy(value: Uint8Array): void {
    const at = this.reserve(value.length);
    this.bytes.set(value, at);
  }

  append(part: Part): void {
    if (part instanceof Uint8Array && part.length < RECORDS_BY_REFERENCE_BYTES) {
      this.copy(part);
      return;
    }
    this.finishBlock();
    this.parts.push(part);
    this.partsLength += part.length;
    this.referencedLength += part.length;
  }

  int64At(position: number, value: number, field: string): void {
    if (!Number.isSafeInteger(value)) throw outOfRange(field, value);
    const low = value >>> 0;
    this.view.setInt32(position, (value - low) / TWO_TO_32);
    this.view.setUint32(position + 4, low);
  }

  wideInt64At(position: number, value: number | bigint, field: string): void {
    if (typeof value === "number") {
      this.int64At(position, value, field);
      return;
    }
    if (BigInt.asIntN(64, value) !== value) throw outOfRange(field, value);
    this.view.setBigInt64(position, value);
  }

  uuidAt(position: number, value: Uuid, field: string): void {
    if (!writeUuid(value, this.bytes, position)) throw new ProtocolError(`${field} is not a uuid: ${value}`);
  }

  uuid(value: Uuid, field: string): void {
    const at = this.reserve(UUID_BYTES);
    this.uuidAt(at, value, field);
  }

  /** Opens a tagged field whose size is known only when it is written; answers the mark for {@link endTaggedField}. */
  beginTaggedField(tag: number): number {
    this.unsignedVarint(tag);
    this.openTaggedFields++;
    return this.reserve(1) - this.start;
  }

  endTaggedField(mark: number): void {
    const begin = this.start + mark + 1;
    const size = this.position - begin;
    const extra = unsignedVarintLength(size) - 1;
    if (extra > 0) {
      this.reserve(extra);
      const from = this.start + mark + 1;
      this.bytes.copyWithin(from + extra, from, from + size);
    }
    const end = this.position;
    this.position = this.start + mark;
    this.unsignedVarint(size);
    this.position = end;
    this.openTaggedFields--;
  }

  /** Null in place of the value of a tagged field. */
  nullTaggedField(tag: number): void {
    this.unsignedVarint(tag);
    this.unsignedVarint(1);
    this.unsignedVarint(0);
  }

  /** Writes the unknown fields from `index` on whose tag is below `tag`, and answers the index of the next one. */
  rawTaggedFields(fields: readonly RawTaggedField[], index: number, tag: number): number {
    let next = index;
    for (; next < fields.length; next++) {
      const field = fields[next]!;
      if (field.tag >= tag) break;
      if (next > 0 && field.tag <= fields[next - 1]!.tag) throw badRawTag(field.tag);
      this.unsignedVarint(field.tag);
      this.unsignedVarint(field.data.length);
      this.copy(field.data);
    }
    if (next < fields.length && fields[next]!.tag === tag) throw badRawTag(tag);
    return next;
  }

  refuseValue(field: string, value: unknown): never {
    throw outOfRange(field, value);
  }

  refuseNull(field: string): never {
    throw new ProtocolError(`${field} is null, which this version does not allow`);
  }

  refuseField(field: string): never {
    throw new ProtocolError(`${field} is set, but this version does not have it`);
  }

  refuseTaggedFields(struct: string): never {
    throw new ProtocolError(`${struct} has tagged fields, which this version does not allow`);
  }

  private makeRoom(length: number): void {
    const used = this.position - this.start;
    if (used >= LARGE_BLOCK_BYTES && this.openTaggedFields === 0) {
      this.finishBlock();
      this.newBlock(Math.max(LARGE_BLOCK_BYTES, length));
      return;
    }
    const grown = new Uint8Array(Math.max(FIRST_BLOCK_BYTES, 2 * used, used + length));
    grown.set(this.bytes.subarray(this.start, this.position));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
    this.start = 0;
    this.position = used;
  }

  private finishBlock(): void {
    if (this.position === this.start) return;
    this.parts.push(this.bytes.subarray(this.start, this.position));
    this.partsLength += this.position - this.start;
    this.start = this.position;
  }

  private newBlock(sizeBytes: number): void {
    this.bytes = new Uint8Array(sizeBytes);
    this.view = new DataView(this.bytes.buffer);
    this.start = 0;
    this.position = 0;
  }
}

function unsignedVarintLength(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

function outOfRange(field: string, value: unknown): ProtocolError {
  return new ProtocolError(`${field} can't hold ${String(value)}`);
}

function tooLong(field: string, length: number): ProtocolError {
  return new ProtocolError(`${field} has ${length} bytes; a string has at most ${LONGEST_STRING_BYTES}`);
}

function badRawTag(tag: number): ProtocolError {
  return new ProtocolError(`Unknown tagged field ${tag} is out of order, or a known one`);
}

function lengthOf(parts: readonly Part[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}
