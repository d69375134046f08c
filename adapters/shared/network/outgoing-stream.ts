import type { FileRange, Part } from "../../../src/runtime.ts";
import { type FileSender, IS_COLD, IS_REFUSED, leastDirectBytes, ShortFileRangeError } from "./file-sender.ts";
import type { NetworkEnvironment } from "./network-environment.ts";
import { WarmRange } from "./warm-range.ts";
import { type LentBuffer, type OutgoingChunk, WriteQueue } from "./write-queue.ts";

/** How many bytes one connection may write before the others have their turn. */
const turnBytes = 1024 * 1024;

const NO_BYTES = new Uint8Array(0);

/** What a stream needs of its connection. */
export interface OutgoingSocket {
  /** Writes or keeps the first of `bytes` and returns how many; for the rest, `written` is called later. */
  write(bytes: Uint8Array): number;
  /** The descriptor of the socket, or CLOSED_SOCKET, or UNTOLD_SOCKET. */
  descriptor(): number;
  /** Told when bytes that were promised cannot be sent. */
  failed(error: Error): void;
  /** Told when no bytes are left, after some had to wait. */
  emptied(): void;
}

/**
 * The sending half of a connection: bytes and file ranges in order, as fast as the socket takes them. Ranges go directly from file
 * to socket where that works. When the socket is full, a piece of the range is copied and handed to the runtime, which says when
 * it has left. So only the runtime waits for sockets, and the order of bytes is never in doubt.
 */
export class OutgoingStream {
  private readonly environment: NetworkEnvironment;
  private readonly socket: OutgoingSocket;
  private readonly sender: FileSender | undefined;
  private readonly queue: WriteQueue;
  private outgoing: OutgoingChunk | undefined;
  private outgoingOffset = 0;
  /** True while the socket has not taken all of `outgoing`, or while other connections have their turn. */
  private isBlocked = false;
  /** True while a thread reads the next bytes from the disk. */
  private isReadingCold = false;
  private isPrepared = false;
  private warm: WarmRange | undefined;
  private refusalsInRow = 0;
  private isClosed = false;

  /** Without a sender, ranges of files are copied. */
  constructor(environment: NetworkEnvironment, socket: OutgoingSocket, sender: FileSender | undefined) {
    this.environment = environment;
    this.socket = socket;
    this.sender = sender;
    this.queue = new WriteQueue(environment.sentRanges, sender);
  }

  /** Bytes that the socket has not taken. */
  queuedBytes(): number {
    const { outgoing } = this;
    return this.queue.queuedBytes + (outgoing === undefined ? 0 : outgoing.bytes.length - this.outgoingOffset);
  }

  /** Throws when a range's file is closed. */
  push(parts: readonly Part[]): void {
    for (const part of parts) this.queue.push(part);
    this.pump();
  }

  /** The socket is done with `count` more bytes of the last write and takes further ones. */
  written(count: number): void {
    if (this.isClosed) return;
    this.isBlocked = false;
    this.advance(count);
    this.pump();
    if (!this.isClosed && this.queuedBytes() === 0) this.socket.emptied();
  }

  /** Drops everything. */
  close(): void {
    this.isClosed = true;
    this.queue.clear();
    // The runtime may still read from the buffer of a write in progress: it is not given back.
    this.outgoing?.lent?.pool.forget();
    this.outgoing = undefined;
  }

  private pump(): void {
    let budget = turnBytes;
    let isFull = false;
    while (!this.isBlocked && !this.isReadingCold && !this.isClosed) {
      const range = this.outgoing === undefined && !isFull ? this.queue.directRange() : undefined;
      let count: number;
      if (range !== undefined) {
        const length = turnLength(range.length - this.queue.headOffset, budget);
        count = this.sendDirectly(range, length);
        isFull = count < length;
      } else {
        if (this.outgoing === undefined && !this.takeNext(budget)) return;
        count = this.writeOutgoing();
        isFull = false;
      }
      budget -= count;
      if (budget <= 0 && !this.isBlocked && this.queuedBytes() > 0) {
        this.isBlocked = true;
        this.environment.defer(() => this.written(0));
      }
    }
  }

  /** Sends directly from the file. Returns how many bytes the socket has taken. */
  private sendDirectly(range: FileRange, length: number): number {
    try {
      if (!this.isPrepared) this.sender!.prepare(this.socket.descriptor());
      this.isPrepared = true;
      this.warm ??= new WarmRange();
      const count = this.sender!.send(this.socket.descriptor(), range, this.queue.headOffset, length, this.warm);
      if (count === IS_COLD) this.readCold(range, length);
      else if (count === IS_REFUSED) this.sender!.wasRefused(++this.refusalsInRow);
      else if (count > 0) {
        this.refusalsInRow = 0;
        this.queue.skip(count);
        return count;
      }
    } catch (error) {
      this.socket.failed(error as Error);
    }
    return 0;
  }

  /** Another thread waits for the disk; what it has read is sent as a copy. */
  private readCold(range: FileRange, length: number): void {
    const { environment, queue } = this;
    const offset = queue.headOffset;
    let lent: LentBuffer | undefined;
    let target: Uint8Array = NO_BYTES;
    const takeTarget = () => {
      const pool = environment.writeBuffers;
      lent = { pool, buffer: pool.take() };
      target = lent.buffer.subarray(0, length);
      return target;
    };
    this.isReadingCold = true;
    environment.coldReads.read(range, offset, takeTarget, (error, count) => {
      this.isReadingCold = false;
      if (error === null && count === target.length && !this.isClosed) {
        this.sender?.wasRead(range, offset);
        environment.sentRanges.coldBytes += count;
        this.sendRead(target, lent!);
        this.written(0);
        return;
      }
      // A read that has failed for us may still be running.
      if (error === null) lent?.pool.give(lent.buffer);
      else lent?.pool.forget();
      if (!this.isClosed) this.socket.failed(error ?? new ShortFileRangeError(range, offset + count));
    });
  }

  /**
   * Sends bytes that were read from the range. What the socket does not take stays a part of the range, which is in memory now,
   * except for a small piece that the runtime waits with. Otherwise a slow reader of old data would hold a large buffer.
   */
  private sendRead(read: Uint8Array, lent: LentBuffer): void {
    const { queue, environment } = this;
    const direct = queue.directRange();
    const sent = direct === undefined ? undefined : this.sender!.sendRead(this.socket.descriptor(), read);
    if (sent === undefined) {
      this.take({ bytes: read, lent, isHeadOfRange: false });
      return;
    }
    queue.skip(sent);
    environment.sentRanges.copiedBytes += sent;
    if (sent < read.length) {
      const pool = environment.waitBuffers;
      const buffer = pool.take();
      const piece = read.subarray(sent, sent + pool.sizeBytes);
      buffer.set(piece);
      this.take({ bytes: buffer.subarray(0, piece.length), lent: { pool, buffer }, isHeadOfRange: false });
    }
    lent.pool.give(lent.buffer);
  }

  private take(copy: OutgoingChunk): void {
    this.queue.skip(copy.bytes.length);
    this.environment.sentRanges.copiedBytes += copy.bytes.length;
    this.outgoing = copy;
    this.outgoingOffset = 0;
  }

  /** Takes the next bytes from the queue. False when there are none, or none yet. */
  private takeNext(budget: number): boolean {
    const range = this.queue.slowRange();
    if (range !== undefined) {
      this.readCold(range, Math.min(range.length - this.queue.headOffset, budget));
      return false;
    }
    try {
      this.outgoing = this.queue.next(this.environment);
    } catch (error) {
      this.socket.failed(error as Error);
      return false;
    }
    this.outgoingOffset = 0;
    return this.outgoing !== undefined;
  }

  private writeOutgoing(): number {
    let headCount = 0;
    if (this.outgoing!.isHeadOfRange && this.sender !== undefined) {
      headCount = this.sender.sendHead(this.socket.descriptor(), this.outgoingBytes());
      this.advance(headCount);
      if (this.outgoing === undefined) return headCount;
    }
    const bytes = this.outgoingBytes();
    const count = this.socket.write(bytes);
    if (this.isClosed) return headCount;
    if (count < bytes.length) this.isBlocked = true;
    this.advance(count);
    return headCount + count;
  }

  private outgoingBytes(): Uint8Array {
    const { bytes } = this.outgoing!;
    return this.outgoingOffset === 0 ? bytes : bytes.subarray(this.outgoingOffset);
  }

  private advance(count: number): void {
    const { outgoing } = this;
    if (outgoing === undefined) return;
    this.outgoingOffset += count;
    if (this.outgoingOffset < outgoing.bytes.length) return;
    outgoing.lent?.pool.give(outgoing.lent.buffer);
    this.outgoing = undefined;
  }
}

/** Consumers ask for a megabyte: its last bytes, which the head of the answer pushes over the limit, are not worth another turn. */
function turnLength(rest: number, budget: number): number {
  return rest - budget < leastDirectBytes ? rest : budget;
}
