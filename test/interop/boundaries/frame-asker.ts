import { connect, type Socket } from "node:net";
import { codecFor } from "../../../src/protocol/codec.ts";
import { readResponseHeader } from "../../../src/protocol/header.ts";
import { MESSAGES } from "../../../src/protocol/messages/index.ts";
import { Reader } from "../../../src/protocol/reader.ts";
import { PATIENCE_MS } from "../../patience.ts";

/** Sends whole frames, whatever is in them, one after the other; connects again when the broker has closed the connection. */
export class FrameAsker {
  private socket: Socket | undefined;
  private received = Buffer.alloc(0);
  private settle: ((answer: Buffer | "closed") => void) | undefined;
  private readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  /** The frame of the answer, or that there is none to come. */
  async ask(frame: Uint8Array): Promise<Buffer | "closed"> {
    this.socket ??= await this.open();
    const answered = new Promise<Buffer | "closed">((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error("neither an answer nor the end of the connection")), PATIENCE_MS);
      this.settle = (answer) => {
        clearTimeout(limit);
        resolve(answer);
      };
    });
    const length = Buffer.alloc(4);
    length.writeInt32BE(frame.length);
    this.socket.write(Buffer.concat([length, frame]));
    const answer = await answered;
    this.settle = undefined;
    if (answer === "closed") this.close();
    return answer;
  }

  close(): void {
    this.socket?.removeAllListeners();
    this.socket?.on("error", () => {});
    this.socket?.destroy();
    this.socket = undefined;
    this.received = Buffer.alloc(0);
  }

  private open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: this.port });
      socket.setNoDelay(true);
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        socket.on("error", () => {});
        socket.on("data", (chunk: Buffer) => this.take(chunk));
        socket.on("close", () => this.settle?.("closed"));
        resolve(socket);
      });
    });
  }

  private take(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    if (this.received.length < 4) return;
    const end = 4 + this.received.readInt32BE(0);
    if (this.received.length < end) return;
    const frame = this.received.subarray(4, end);
    this.received = this.received.subarray(end);
    this.settle?.(frame);
  }
}

/** The body of an answer, all of it. */
export function decodeAnswer(frame: Buffer, apiKey: number, version: number): unknown {
  const reader = new Reader(new Uint8Array(frame));
  readResponseHeader(reader, apiKey, version);
  const answer = codecFor(MESSAGES.get(apiKey)!.response, version).decode(reader);
  if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes are left over behind the answer`);
  return answer;
}
