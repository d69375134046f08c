import { ProtocolError } from "./protocol-error.ts";

/** The length in front of each frame. */
export const FRAME_LENGTH_BYTES = 4;
const FIRST_BUFFER_BYTES = 512;
/** Smaller frames have memory of their own, so that what was given back waits for the next large one. */
const LEAST_SPARED_BYTES = 32 * 1024;
/** No more than this of what was given back is kept for later frames. */
const MAX_SPARE_BYTES = 4 * 1024 * 1024;

/**
 * Cuts a stream of bytes into frames: an int32 length and so many bytes. Memory grows with the bytes received, never with
 * the length declared.
 */
export class FrameSplitter {
  private readonly maxFrameBytes: number;
  private readonly length = new Uint8Array(FRAME_LENGTH_BYTES);
  private lengthReceived = 0;
  private expected = 0;
  private buffer = new Uint8Array(0);
  private received = 0;
  private spare = new Uint8Array(0);

  constructor(maxFrameBytes: number) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /**
   * Takes the next bytes and hands over each frame that they complete, without its length. A frame belongs to the receiver;
   * the chunk may be reused once this returns. A length that is negative or too large is a {@link ProtocolError}.
   */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let position = 0;
    while (position < chunk.length) {
      if (this.lengthReceived < FRAME_LENGTH_BYTES) {
        this.length[this.lengthReceived++] = chunk[position++]!;
        if (this.lengthReceived === FRAME_LENGTH_BYTES) this.expected = this.declaredLength();
      } else {
        const taken = Math.min(this.expected - this.received, chunk.length - position);
        this.keep(chunk.subarray(position, position + taken));
        position += taken;
      }
      if (this.lengthReceived === FRAME_LENGTH_BYTES && this.received === this.expected) onFrame(this.takeFrame());
    }
  }

  /** Memory of an earlier frame, which nobody uses any more, is for a later one: fresh memory costs more than a copy. */
  giveBack(frame: Uint8Array<ArrayBuffer>): void {
    const { byteLength } = frame.buffer;
    if (byteLength > this.spare.length && byteLength <= MAX_SPARE_BYTES) this.spare = new Uint8Array(frame.buffer);
  }

  private declaredLength(): number {
    const length = new DataView(this.length.buffer).getInt32(0);
    if (length < 0) throw new ProtocolError(`A frame can't have ${length} bytes`);
    if (length > this.maxFrameBytes) {
      throw new ProtocolError(`A frame of ${length} bytes is larger than the ${this.maxFrameBytes} that are allowed`);
    }
    return length;
  }

  private keep(bytes: Uint8Array): void {
    const needed = this.received + bytes.length;
    if (needed > this.buffer.length) {
      const grown = this.room(needed);
      grown.set(this.buffer.subarray(0, this.received));
      this.buffer = grown;
    }
    this.buffer.set(bytes, this.received);
    this.received = needed;
  }

  private room(neededBytes: number): Uint8Array<ArrayBuffer> {
    const { spare } = this;
    if (spare.length < neededBytes || this.expected < LEAST_SPARED_BYTES) {
      return new Uint8Array(Math.min(this.expected, Math.max(FIRST_BUFFER_BYTES, neededBytes, 2 * this.buffer.length)));
    }
    this.spare = new Uint8Array(0);
    return spare;
  }

  private takeFrame(): Uint8Array {
    const frame = this.buffer.subarray(0, this.received);
    this.buffer = new Uint8Array(0);
    this.received = 0;
    this.lengthReceived = 0;
    return frame;
  }
}
