/** What has happened, in order, as one number: two runs that are alike have the same. Two lanes of FNV-1a's kind, 32 bits each. */
export class TraceHash {
  private low = 0x811c9dc5;
  private high = 0x01000193;
  /** How many values went into it. */
  count = 0;

  number(value: number): void {
    this.count++;
    const fraction = Math.floor((value - Math.floor(value)) * 2 ** 32);
    this.mix(Math.floor(value) | 0);
    this.mix(fraction);
  }

  text(text: string): void {
    this.count++;
    for (let index = 0; index < text.length; index++) this.mix(text.charCodeAt(index));
  }

  bytes(bytes: Uint8Array): void {
    this.count++;
    for (const byte of bytes) this.mix(byte);
  }

  toString(): string {
    return hexadecimal(this.high) + hexadecimal(this.low);
  }

  private mix(value: number): void {
    this.low = Math.imul(this.low ^ value, 0x01000193);
    this.high = Math.imul(this.high ^ value ^ (this.low >>> 15), 0x85ebca6b);
  }
}

function hexadecimal(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
