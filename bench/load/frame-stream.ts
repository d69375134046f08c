import { connect, type Socket } from "node:net";

/** Takes the bytes of a connection as they arrive; they are valid during the call only. */
export interface StreamReader {
  accept(bytes: Uint8Array): void;
}

/**
 * A connection that sends prepared bytes and reads into one buffer, made to cost little beside the broker it measures:
 * nothing is allocated per frame.
 */
export class FrameStream {
  private readonly socket: Socket;
  private reader: StreamReader = { accept: () => {} };
  private onEnd: (error: Error) => void = () => {};

  private constructor(host: string, port: number, connected: () => void, failed: (error: Error) => void) {
    const buffer = new Uint8Array(1 << 20);
    this.socket = connect({
      host,
      port,
      onread: {
        buffer,
        callback: (count) => {
          // What the answers of one read cause to be sent leaves in one write.
          this.socket.cork();
          this.reader.accept(buffer.subarray(0, count));
          this.socket.uncork();
          return true;
        },
      },
    });
    this.socket.setNoDelay(true);
    this.socket.once("connect", connected);
    this.socket.on("error", (error) => {
      failed(error);
      this.onEnd(error);
    });
    this.socket.on("close", () => this.onEnd(new Error("the broker closed the connection")));
  }

  static open(host: string, port: number): Promise<FrameStream> {
    const { promise, resolve, reject } = Promise.withResolvers<FrameStream>();
    const stream: FrameStream = new FrameStream(host, port, () => resolve(stream), reject);
    return promise;
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** `onFrame` gets every answer, past its length; `onEnd` is called when there are no more. */
  receive(onFrame: (frame: Buffer) => void, onEnd: (error: Error) => void): void {
    this.read(new FrameReader(onFrame), onEnd);
  }

  read(reader: StreamReader, onEnd: (error: Error) => void): void {
    this.reader = reader;
    this.onEnd = onEnd;
  }

  close(): void {
    this.onEnd = () => {};
    this.socket.destroy();
  }
}

/** Puts whole answers together; one is valid during its callback only. */
class FrameReader implements StreamReader {
  private readonly onFrame: (frame: Buffer) => void;
  private frame = Buffer.allocUnsafe(1 << 20);
  private filled = 0;

  constructor(onFrame: (frame: Buffer) => void) {
    this.onFrame = onFrame;
  }

  accept(bytes: Uint8Array): void {
    let position = 0;
    while (position < bytes.length) {
      const wanted = this.filled < 4 ? 4 : 4 + this.frame.readInt32BE(0);
      if (wanted > this.frame.length) this.frame = Buffer.concat([this.frame.subarray(0, this.filled)], wanted);
      const taken = Math.min(wanted - this.filled, bytes.length - position);
      this.frame.set(bytes.subarray(position, position + taken), this.filled);
      this.filled += taken;
      position += taken;
      if (this.filled >= 4 && this.filled === 4 + this.frame.readInt32BE(0)) {
        this.filled = 0;
        this.onFrame(this.frame.subarray(4, 4 + this.frame.readInt32BE(0)));
      }
    }
  }
}
