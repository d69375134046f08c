/** The counterpart of ByteWriter. */
export class ByteReader {
  private readonly buffer: Buffer;
  private position = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  int8(): number {
    return this.buffer.readInt8(this.advance(1));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.advance(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.advance(4));
  }

  int64(): number {
    return Number(this.buffer.readBigInt64BE(this.advance(8)));
  }

  string(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.take(length).toString();
  }

  bytes(): Buffer | null {
    const length = this.int32();
    return length < 0 ? null : this.take(length);
  }

  array<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let left = this.int32(); left > 0; left--) items.push(read());
    return items;
  }

  varint(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(this.buffer[this.advance(1)]!);
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return Number((value >> 1n) ^ -(value & 1n));
    }
  }

  take(length: number): Buffer {
    const at = this.advance(length);
    return this.buffer.subarray(at, at + length);
  }

  get remaining(): number {
    return this.buffer.length - this.position;
  }

  private advance(count: number): number {
    const at = this.position;
    this.position += count;
    if (count < 0 || this.position > this.buffer.length) throw new RangeError(`read past the end at ${at}`);
    return at;
  }
}
