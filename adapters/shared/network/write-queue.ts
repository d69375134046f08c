import type { FileRange, Part } from "../../../src/runtime.ts";
import { DiskFile } from "../files/disk-file.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { type FileSender, type RangeCounts, ShortFileRangeError } from "./file-sender.ts";

export interface LentBuffer {
  readonly pool: BufferPool;
  readonly buffer: Uint8Array;
}

/** Bytes that are handed to the socket in one call. */
export interface OutgoingChunk {
  readonly bytes: Uint8Array;
  /** The buffer that `bytes` lies in, and its pool; undefined when the bytes belong to the sender. */
  readonly lent: LentBuffer | undefined;
  /** A range that is sent without a copy follows. */
  readonly isHeadOfRange: boolean;
}

export interface WritePools {
  /** For gathered writes and slices of files. */
  readonly writeBuffers: BufferPool;
  /** For the piece of a range that is copied when the socket is full. Small: the runtime only needs something to wait with. */
  readonly waitBuffers: BufferPool;
}

/** Memory of at least this length goes out as it is; anything smaller is gathered with its neighbours into one write. */
const gatheredBytes = 16 * 1024;

/**
 * What a connection still has to send, in order: memory and file ranges. It hands out chunks for one write each: small parts
 * gathered, large ones as they are, file ranges one slice at a time, so that a queued gigabyte of a file costs one buffer. A
 * queued range retains its file.
 */
export class WriteQueue {
  /** Bytes not handed out yet. */
  queuedBytes = 0;
  private readonly counts: RangeCounts;
  private readonly sender: FileSender | undefined;
  private parts: Part[] = [];
  private head = 0;
  /** Bytes of the first part that were handed out. */
  private offset = 0;

  /** `sender`: the ranges that it takes are left to it and not gathered. */
  constructor(counts: RangeCounts, sender: FileSender | undefined) {
    this.counts = counts;
    this.sender = sender;
  }

  push(part: Part): void {
    if (part.length === 0) return;
    if (!isBytes(part)) part.file.retain();
    this.parts.push(part);
    this.queuedBytes += part.length;
  }

  /** The range at the head of the queue, if its next bytes are for the sender. */
  directRange(): FileRange | undefined {
    const part = this.parts[this.head];
    return part !== undefined && this.isDirect(part, this.offset) ? part : undefined;
  }

  /** The range at the head of the queue, if reading it could block the loop on the disk. */
  slowRange(): FileRange | undefined {
    const part = this.parts[this.head];
    return part !== undefined && isSlow(part) ? part : undefined;
  }

  /** Bytes of the first part that have left the queue. */
  get headOffset(): number {
    return this.offset;
  }

  /** Throws a {@link ShortFileRangeError} when a file is shorter than its range. */
  next({ writeBuffers, waitBuffers }: WritePools): OutgoingChunk | undefined {
    const part = this.parts[this.head];
    if (part === undefined) return undefined;
    if (isBytes(part) && (part.length - this.offset >= gatheredBytes || this.head + 1 === this.parts.length)) {
      const bytes = this.offset === 0 ? part : part.subarray(this.offset);
      this.skip(bytes.length);
      return { bytes, lent: undefined, isHeadOfRange: this.directRange() !== undefined };
    }
    return this.gather(this.isWaiting(part, waitBuffers.sizeBytes) ? waitBuffers : writeBuffers);
  }

  /** Bytes of the first part have been sent in another way. */
  skip(count: number): void {
    const part = this.parts[this.head]!;
    this.queuedBytes -= count;
    this.offset += count;
    if (this.offset < part.length) return;
    if (!isBytes(part)) part.file.release();
    this.offset = 0;
    this.head++;
    if (this.head === this.parts.length) {
      this.parts.length = 0;
      this.head = 0;
    } else if (this.head >= 1024) {
      this.parts.splice(0, this.head);
      this.head = 0;
    }
  }

  /** Drops everything. */
  clear(): void {
    for (; this.head < this.parts.length; this.head++) {
      const part = this.parts[this.head]!;
      if (!isBytes(part)) part.file.release();
    }
    this.parts = [];
    this.head = 0;
    this.offset = 0;
    this.queuedBytes = 0;
  }

  /** For a socket that is full, or that has to take the bytes in front of a range; thousands may stay in that state for long. */
  private isWaiting(part: Part, limit: number): boolean {
    if (this.isDirect(part, this.offset)) return true;
    const next = this.parts[this.head + 1];
    return isBytes(part) && part.length - this.offset <= limit && next !== undefined && this.isDirect(next, 0);
  }

  private gather(pool: BufferPool): OutgoingChunk {
    const buffer = pool.take();
    try {
      const bytes = buffer.subarray(0, this.gatherInto(buffer));
      return { bytes, lent: { pool, buffer }, isHeadOfRange: this.directRange() !== undefined };
    } catch (error) {
      pool.give(buffer);
      throw error;
    }
  }

  private gatherInto(buffer: Uint8Array): number {
    const limit = buffer.length;
    let used = 0;
    while (this.head < this.parts.length && used < limit) {
      const part = this.parts[this.head]!;
      const rest = part.length - this.offset;
      let count = Math.min(rest, limit - used);
      if (!isBytes(part)) {
        if (used > 0 && (this.isDirect(part, this.offset) || isSlow(part))) break;
        this.readRange(part, buffer.subarray(used, used + count));
      } else {
        // A large part behind small ones: enough of it to fill a small write, the rest goes out uncopied.
        if (rest >= gatheredBytes) count = Math.min(count, Math.max(0, gatheredBytes - used));
        buffer.set(part.subarray(this.offset, this.offset + count), used);
      }
      if (count === 0) break;
      this.skip(count);
      used += count;
      if (count < rest) break;
    }
    return used;
  }

  private readRange(range: FileRange, target: Uint8Array): void {
    const { file } = range;
    const startMs = performance.now();
    const count = file.read(target, range.position + this.offset);
    if (file instanceof DiskFile) {
      const nowMs = performance.now();
      file.pace.took(nowMs - startMs, nowMs);
    }
    if (count < target.length) throw new ShortFileRangeError(range, this.offset + count);
    this.counts.copiedBytes += count;
  }

  private isDirect(part: Part, offset: number): part is FileRange {
    return this.sender !== undefined && !isBytes(part) && this.sender.takes(part, part.length - offset);
  }
}

function isSlow(part: Part): part is FileRange {
  if (isBytes(part) || !(part.file instanceof DiskFile)) return false;
  return (part.file.mayHang && !part.file.tellsWhatIsCached) || part.file.pace.isSlow(performance.now());
}

function isBytes(part: Part): part is Uint8Array {
  return part instanceof Uint8Array;
}
