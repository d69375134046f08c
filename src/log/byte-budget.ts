/** An amount of memory that is handed out first come, first served. */
export class ByteBudget {
  private readonly totalBytes: number;
  private freeBytes: number;
  private waiting: { readonly bytes: number; readonly granted: () => void }[] = [];

  constructor(totalBytes: number) {
    this.totalBytes = totalBytes;
    this.freeBytes = totalBytes;
  }

  /**
   * Calls `granted` when there is so much, which may be at once; more than the whole budget counts as the whole. The same
   * amount has to be given back.
   */
  take(bytes: number, granted: () => void): void {
    const wantedBytes = Math.min(bytes, this.totalBytes);
    if (this.waiting.length > 0 || wantedBytes > this.freeBytes) {
      this.waiting.push({ bytes: wantedBytes, granted });
      return;
    }
    this.freeBytes -= wantedBytes;
    granted();
  }

  giveBack(bytes: number): void {
    this.freeBytes += Math.min(bytes, this.totalBytes);
    for (let first = this.waiting[0]; first !== undefined && first.bytes <= this.freeBytes; first = this.waiting[0]) {
      this.waiting.shift();
      this.freeBytes -= first.bytes;
      first.granted();
    }
  }
}
