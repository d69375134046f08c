import { connect, type Socket } from "node:net";
import { codecFor } from "../../../src/protocol/codec.ts";
import { encodeRequestFrame, readResponseHeader } from "../../../src/protocol/header.ts";
import { MESSAGES } from "../../../src/protocol/messages/index.ts";
import { Reader } from "../../../src/protocol/reader.ts";
import type { Infer, Input, Message } from "../../../src/protocol/schema.ts";
import type { Part } from "../../../src/runtime.ts";
import { PATIENCE_MS } from "../../patience.ts";

const limitMs = PATIENCE_MS;

/** A connection that speaks every API in every version through Polylog's codec. */
export class CodecConnection {
  private readonly socket: Socket;
  private received = Buffer.alloc(0);
  /** Answers come in the order of the requests. */
  private waiting: ((frame: Buffer | undefined) => void)[] = [];
  private isClosed = false;
  private correlationId = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.deliver();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
      for (const resolve of this.waiting.splice(0)) resolve(undefined);
    });
  }

  static open(host: string, port: number): Promise<CodecConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new CodecConnection(socket)));
    });
  }

  /** To the same broker: for members of a group, each of which waits for the others. */
  another(): Promise<CodecConnection> {
    return CodecConnection.open(this.socket.remoteAddress!, this.socket.remotePort!);
  }

  /** The decoded answer, or "closed" when the broker closes the connection instead. */
  async ask<Request extends Message>(
    request: Request,
    version: number,
    value: Input<Request>,
    clientId = "side-by-side",
  ): Promise<unknown> {
    const apiKey = request.apiKey!;
    const correlationId = ++this.correlationId;
    const header = { requestApiKey: apiKey, requestApiVersion: version, correlationId, clientId };
    for (const part of encodeRequestFrame(header, request, value as never)) this.socket.write(bytesOf(part));
    const frame = await this.nextFrame(`${request.name} v${version}`);
    if (frame === undefined) return "closed";
    const reader = new Reader(new Uint8Array(frame));
    readResponseHeader(reader, apiKey, version);
    const answer = codecFor(MESSAGES.get(apiKey)!.response, version).decode(reader);
    if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes are left over behind the answer`);
    return answer;
  }

  /** {@link ask} with the answer's type, for what a scenario goes on with. */
  async call<Request extends Message, Response extends Message>(
    request: Request,
    _response: Response,
    version: number,
    value: Input<Request>,
  ): Promise<Infer<Response>> {
    return (await this.ask(request, version, value)) as Infer<Response>;
  }

  close(): void {
    this.socket.destroy();
  }

  private nextFrame(request: string): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`no answer to ${request} within ${limitMs} ms`)), limitMs);
      this.waiting.push((frame) => {
        clearTimeout(limit);
        resolve(frame);
      });
      if (this.isClosed) this.waiting.pop()!(undefined);
      else this.deliver();
    });
  }

  private deliver(): void {
    while (this.waiting.length > 0 && this.received.length >= 4) {
      const end = 4 + this.received.readInt32BE(0);
      if (this.received.length < end) return;
      const frame = this.received.subarray(4, end);
      this.received = this.received.subarray(end);
      this.waiting.shift()!(frame);
    }
  }
}

function bytesOf(part: Part): Uint8Array {
  if (part instanceof Uint8Array) return part;
  throw new Error("a request has no file ranges");
}
