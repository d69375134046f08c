/** Buffers of one size that are lent out and come back. Those above the limit are left to the garbage collector. */
export class BufferPool {
  readonly sizeBytes: number;
  private readonly limit: number;
  private readonly free: Uint8Array[] = [];

  constructor(sizeBytes: number, limit: number) {
    this.sizeBytes = sizeBytes;
    this.limit = limit;
  }

  take(): Uint8Array {
    return this.free.pop() ?? new Uint8Array(this.sizeBytes);
  }

  give(buffer: Uint8Array): void {
    if (this.free.length < this.limit) this.free.push(buffer);
  }
}
