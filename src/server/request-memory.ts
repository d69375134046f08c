/** A request of at most this size is never held back: heartbeats, votes and fetches get through whatever producers do. */
const ALWAYS_ADMITTED_BYTES = 16 * 1024;

/**
 * Keeps the bytes of all requests in memory to `queued.max.request.bytes`: connections whose next request does not fit wait, first
 * come, first served, until other requests are done. As in Apache Kafka, a request is let in while anything is free, so that the
 * largest one gets its turn too. A request that was let in is read to its end, so no request waits for one that is waiting itself.
 */
export class RequestMemory {
  private readonly totalBytes: number;
  private takenBytes = 0;
  private waiting: Admission[] = [];

  /** Negative: no limit. */
  constructor(totalBytes: number) {
    this.totalBytes = totalBytes < 0 ? Number.POSITIVE_INFINITY : totalBytes;
  }

  get usedBytes(): number {
    return this.takenBytes;
  }

  /** Undefined when a request of this size may be read now; otherwise `admitted` is called later, unless that is cancelled. */
  admit(sizeBytes: number, admitted: () => void): Admission | undefined {
    const isFree = this.waiting.length === 0 && this.takenBytes < this.totalBytes;
    if (isFree || sizeBytes <= ALWAYS_ADMITTED_BYTES) {
      this.takenBytes += sizeBytes;
      return undefined;
    }
    const admission = { sizeBytes, admitted };
    this.waiting.push(admission);
    return admission;
  }

  cancel(admission: Admission): void {
    const index = this.waiting.indexOf(admission);
    if (index >= 0) this.waiting.splice(index, 1);
  }

  /** A request of this size is done. */
  release(sizeBytes: number): void {
    this.takenBytes -= sizeBytes;
    while (this.waiting.length > 0 && this.takenBytes < this.totalBytes) {
      const next = this.waiting.shift()!;
      this.takenBytes += next.sizeBytes;
      next.admitted();
    }
  }
}

/** A request that waits to be read. */
export interface Admission {
  readonly sizeBytes: number;
  readonly admitted: () => void;
}
