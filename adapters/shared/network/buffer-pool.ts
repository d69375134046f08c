/** Buffers of one size that are lent out and come back. Those above the limit are left to the garbage collector. */
export class BufferPool {
  readonly sizeBytes: number;
  private readonly limit: number;
  private readonly free: Uint8Array[] = [];
  private lent = 0;

  constructor(sizeBytes: number, limit: number) {
    this.sizeBytes = sizeBytes;
    this.limit = limit;
  }

  /** How many are on loan. */
  get lentCount(): number {
    return this.lent;
  }

  take(): Uint8Array {
    this.lent++;
    return this.free.pop() ?? new Uint8Array(this.sizeBytes);
  }

  give(buffer: Uint8Array): void {
    this.lent--;
    if (this.free.length < this.limit) this.free.push(buffer);
  }

  /** In place of {@link give}, of a buffer that somebody may still be reading from or writing to. */
  forget(): void {
    this.lent--;
  }
}
