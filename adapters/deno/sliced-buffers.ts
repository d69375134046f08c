const slabBytes = 1024 * 1024;

/**
 * Small buffers that are cut out of large ones, lent out and come back. There is one for each connection that waits for input;
 * the system gives memory only to those into which something was read.
 */
export class SlicedBuffers {
  private readonly sliceBytes: number;
  private readonly free: Uint8Array[] = [];
  private slab = new Uint8Array(0);
  private usedBytes = 0;

  constructor(sliceBytes: number) {
    this.sliceBytes = sliceBytes;
  }

  take(): Uint8Array {
    return this.free.pop() ?? this.cut();
  }

  give(buffer: Uint8Array): void {
    this.free.push(buffer);
  }

  private cut(): Uint8Array {
    if (this.usedBytes + this.sliceBytes > this.slab.length) {
      this.slab = new Uint8Array(slabBytes);
      this.usedBytes = 0;
    }
    const start = this.usedBytes;
    this.usedBytes += this.sliceBytes;
    return this.slab.subarray(start, this.usedBytes);
  }
}
