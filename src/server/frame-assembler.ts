import { type FramePool, LEAST_POOLED_BYTES } from "./frame-pool.ts";

/** A frame whose length cannot be served; the connection is closed. */
export class InvalidFrameError extends Error {
  override readonly name = "InvalidFrameError";
}

/** Reserved before the bytes arrive, whoever the peer is. */
const INITIALLY_TRUSTED_BYTES = 64 * 1024;
/** However large a peer's frames were, no more than this is reserved before the bytes arrive. */
const MAX_TRUSTED_BYTES = 4 * 1024 * 1024;

/** Who gets the frames of a peer. */
export interface FrameReceiver {
  /** Asked once for each frame, when its size is known. False: {@link FrameAssembler.push} stops before the frame. */
  admitFrame(frameBytes: number): boolean;
  /** `frame` is the payload, `buffer` what goes back to the pool afterwards. */
  frameReceived(frame: Uint8Array, buffer: Uint8Array): void;
}

/**
 * Cuts a byte stream into frames (int32 length, payload) and copies each into a buffer of its own: the one copy between
 * socket and file. The buffer of an incomplete frame grows with the bytes received, never with the length declared,
 * except up to the size of frames that this peer has completed before.
 */
export class FrameAssembler {
  private readonly maxFrameBytes: number;
  private readonly pool: FramePool;
  private readonly receiver: FrameReceiver;
  /** The bytes of the length prefix that have arrived. */
  private prefix = 0;
  private prefixBytes = 0;
  /** -1 while the length prefix is incomplete. */
  private frameBytes = -1;
  private buffer: Uint8Array | undefined;
  private filledBytes = 0;
  private trustedBytes = INITIALLY_TRUSTED_BYTES;

  constructor(maxFrameBytes: number, pool: FramePool, receiver: FrameReceiver) {
    this.maxFrameBytes = maxFrameBytes;
    this.pool = pool;
    this.receiver = receiver;
  }

  /**
   * Hands on each frame that `chunk` completes, in order. Returns how many bytes it has taken: fewer than all when a frame is not
   * admitted; the rest has to be pushed once it is. Throws an InvalidFrameError for a length that is negative or over the limit.
   */
  push(chunk: Uint8Array): number {
    let position = 0;
    while (position < chunk.length) {
      if (this.frameBytes < 0) {
        position = this.readPrefix(chunk, position);
        if (this.frameBytes < 0 || !this.receiver.admitFrame(this.frameBytes)) return position;
      }
      position = this.fill(chunk, position);
      if (this.filledBytes === this.frameBytes) this.complete();
    }
    return position;
  }

  /** The declared size of the frame that is being read; 0 between frames. */
  get partialFrameBytes(): number {
    return Math.max(0, this.frameBytes);
  }

  private readPrefix(chunk: Uint8Array, start: number): number {
    let position = start;
    for (; this.prefixBytes < 4 && position < chunk.length; this.prefixBytes++) {
      this.prefix = (this.prefix << 8) | chunk[position++]!;
    }
    if (this.prefixBytes < 4) return position;
    const length = this.prefix;
    if (length < 0 || length > this.maxFrameBytes) {
      throw new InvalidFrameError(describeLength(length, this.maxFrameBytes));
    }
    this.prefix = 0;
    this.prefixBytes = 0;
    this.frameBytes = length;
    this.filledBytes = 0;
    return position;
  }

  private fill(chunk: Uint8Array, position: number): number {
    const countBytes = Math.min(chunk.length - position, this.frameBytes - this.filledBytes);
    this.reserve(this.filledBytes + countBytes);
    this.buffer!.set(chunk.subarray(position, position + countBytes), this.filledBytes);
    this.filledBytes += countBytes;
    return position + countBytes;
  }

  private reserve(neededBytes: number): void {
    const current = this.buffer;
    if (current !== undefined && current.length >= neededBytes) return;
    const wantedBytes = Math.min(this.frameBytes, Math.max(neededBytes, this.trustedBytes, this.filledBytes * 2));
    const grown = wantedBytes < LEAST_POOLED_BYTES ? new Uint8Array(wantedBytes) : this.pool.take(wantedBytes);
    if (current !== undefined) {
      grown.set(current.subarray(0, this.filledBytes));
      this.pool.give(current);
    }
    this.buffer = grown;
  }

  private complete(): void {
    const buffer = this.buffer ?? new Uint8Array(0);
    const lengthBytes = this.frameBytes;
    if (lengthBytes > this.trustedBytes) this.trustedBytes = Math.min(lengthBytes, MAX_TRUSTED_BYTES);
    this.buffer = undefined;
    this.frameBytes = -1;
    this.filledBytes = 0;
    this.receiver.frameReceived(lengthBytes === buffer.length ? buffer : buffer.subarray(0, lengthBytes), buffer);
  }
}

function describeLength(length: number, maxBytes: number): string {
  const prefix = [length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
  const text = String.fromCharCode(...prefix);
  if (/^(GET|POST|PUT|HEAD|OPTI|DELE|PATC|CONN|PRI)/.test(text)) {
    return `the peer speaks HTTP ("${text.trim()}"); this listener speaks the Kafka protocol`;
  }
  if (prefix[0] === 0x16 && prefix[1] === 0x03) {
    return "the peer starts a TLS handshake; this listener is plaintext (security.protocol=PLAINTEXT on the client)";
  }
  if (length < 0) return `negative frame length ${length}`;
  return `frame of ${length} bytes is larger than socket.request.max.bytes=${maxBytes}`;
}
