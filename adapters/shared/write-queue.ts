import type { FileRange, Part } from "../../src/runtime.ts";
import type { BufferPool } from "./buffer-pool.ts";

/** Bytes that go to the socket in one call. */
export interface OutgoingChunk {
  readonly bytes: Uint8Array;
  /** The pool's buffer that `bytes` lies in; undefined when the bytes are the sender's own. */
  readonly pooled: Uint8Array | undefined;
}

/** Memory of at least this length goes out as it is; anything smaller is gathered with its neighbours into one write. */
const gatheredBytes = 16 * 1024;

/**
 * What a connection still has to send, in order: memory and file ranges. It hands out chunks fit for one write each: small
 * parts together, large ones as they are, file ranges a slice at a time, so that a queued gigabyte of a file costs one
 * buffer. A queued range keeps its file open.
 */
export class WriteQueue {
  /** Bytes not handed out yet. */
  queuedBytes = 0;
  private parts: Part[] = [];
  private head = 0;
  /** Bytes of the first part that were handed out. */
  private headOffset = 0;

  push(part: Part): void {
    if (part.length === 0) return;
    if (!isBytes(part)) part.file.retain();
    this.parts.push(part);
    this.queuedBytes += part.length;
  }

  /** Throws a {@link ShortFileRangeError} when a file is shorter than its range. */
  next(pool: BufferPool): OutgoingChunk | undefined {
    const part = this.parts[this.head];
    if (part === undefined) return undefined;
    if (isBytes(part) && (part.length - this.headOffset >= gatheredBytes || this.head + 1 === this.parts.length)) {
      const bytes = this.headOffset === 0 ? part : part.subarray(this.headOffset);
      this.consume(bytes.length);
      return { bytes, pooled: undefined };
    }
    return this.gather(pool);
  }

  /** Drops everything. */
  clear(): void {
    for (; this.head < this.parts.length; this.head++) {
      const part = this.parts[this.head]!;
      if (!isBytes(part)) part.file.release();
    }
    this.parts = [];
    this.head = 0;
    this.headOffset = 0;
    this.queuedBytes = 0;
  }

  private gather(pool: BufferPool): OutgoingChunk {
    const buffer = pool.take();
    let used = 0;
    while (this.head < this.parts.length && used < buffer.length) {
      const part = this.parts[this.head]!;
      const rest = part.length - this.headOffset;
      let count = Math.min(rest, buffer.length - used);
      if (!isBytes(part)) {
        readRange(part, this.headOffset, buffer.subarray(used, used + count));
      } else {
        // A large part behind small ones: enough of it to fill a small write, the rest goes out uncopied.
        if (rest >= gatheredBytes) count = Math.min(count, Math.max(0, gatheredBytes - used));
        buffer.set(part.subarray(this.headOffset, this.headOffset + count), used);
      }
      if (count === 0) break;
      this.consume(count);
      used += count;
      if (count < rest) break;
    }
    return { bytes: buffer.subarray(0, used), pooled: buffer };
  }

  private consume(count: number): void {
    const part = this.parts[this.head]!;
    this.queuedBytes -= count;
    this.headOffset += count;
    if (this.headOffset < part.length) return;
    if (!isBytes(part)) part.file.release();
    this.headOffset = 0;
    this.head++;
    if (this.head === this.parts.length) {
      this.parts.length = 0;
      this.head = 0;
    } else if (this.head >= 1024) {
      this.parts.splice(0, this.head);
      this.head = 0;
    }
  }
}

/** The bytes a message promised are not in the file any more: nothing sensible can follow on that connection. */
export class ShortFileRangeError extends Error {
  constructor(range: FileRange, offset: number) {
    super(
      `${range.file.path} ends before byte ${range.position + range.length}, at or after ${range.position + offset}`,
    );
    this.name = "ShortFileRangeError";
  }
}

function readRange(range: FileRange, offset: number, target: Uint8Array): void {
  const count = range.file.read(target, range.position + offset);
  if (count < target.length) throw new ShortFileRangeError(range, offset + count);
}

function isBytes(part: Part): part is Uint8Array {
  return part instanceof Uint8Array;
}
