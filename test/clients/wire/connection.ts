import { connect, type Socket } from "node:net";
import { PATIENCE_MS } from "../../patience.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

export interface PartitionResult {
  readonly errorCode: number;
  readonly baseOffset: number;
}

/**
 * A connection that speaks a few requests at versions every broker of today answers (none of them flexible), and any
 * bytes at all.
 */
export class WireConnection {
  private readonly socket: Socket;
  private readonly limitMs: number;
  private received: Buffer = Buffer.alloc(0);
  private waiting: { resolve: (frame: Buffer) => void; reject: (error: Error) => void }[] = [];
  private correlationId = 0;
  /** Resolves when the broker has closed the connection, or reset it. */
  readonly closed: Promise<void>;
  isClosed = false;

  private constructor(socket: Socket, limitMs: number) {
    this.socket = socket;
    this.limitMs = limitMs;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.accept(chunk));
    socket.on("error", () => {});
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    const end = () => {
      this.isClosed = true;
      for (const { reject } of this.waiting.splice(0)) reject(new Error("the broker closed the connection"));
      resolve();
    };
    socket.on("end", end);
    socket.on("close", end);
  }

  static open(host: string, port: number, limitMs = PATIENCE_MS): Promise<WireConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<WireConnection>();
    const socket = connect({ host, port });
    socket.once("error", reject);
    socket.setTimeout(limitMs, () =>
      socket.destroy(new Error(`no connection to ${host}:${port} within ${limitMs} ms`)),
    );
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.off("error", reject);
      resolve(new WireConnection(socket, limitMs));
    });
    return promise;
  }

  /** As the broker sees it: what its log names. */
  get localPort(): number {
    return this.socket.localPort!;
  }

  close(): void {
    this.socket.destroy();
  }

  /** Half-closes: everything sent arrives first. */
  end(): void {
    this.socket.end();
  }

  /** Stops reading: what the broker answers piles up on its side. */
  stopReading(): void {
    this.socket.pause();
  }

  /** Any bytes, as they are. False when the socket takes no more for now. */
  send(bytes: Uint8Array): boolean {
    return this.socket.write(bytes);
  }

  /** Sends a request with header version 1 and resolves with its answer, past the correlation id. */
  async request(apiKey: number, apiVersion: number, body: Uint8Array): Promise<ByteReader> {
    const correlationId = ++this.correlationId;
    this.send(frame(requestBytes(apiKey, apiVersion, correlationId, body)));
    const answer = new ByteReader(await this.nextFrame());
    const answered = answer.int32();
    if (answered !== correlationId) throw new Error(`asked ${correlationId}, answered ${answered}`);
    return answer;
  }

  nextFrame(): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    if (this.isClosed) return Promise.reject(new Error("the connection is closed"));
    const limit = setTimeout(() => reject(new Error(`no answer within ${this.limitMs} ms`)), this.limitMs);
    const done =
      <T>(settle: (value: T) => void) =>
      (value: T) => {
        clearTimeout(limit);
        settle(value);
      };
    this.waiting.push({ resolve: done(resolve), reject: done(reject) });
    this.accept(Buffer.alloc(0));
    return promise;
  }

  async metadata(topics: readonly string[], allowAutoCreate = false) {
    const body = new ByteWriter().array(topics, (writer, topic) => writer.string(topic)).boolean(allowAutoCreate);
    const answer = await this.request(3, 4, body.finish());
    answer.int32();
    const brokers = answer.array(() => ({
      nodeId: answer.int32(),
      host: answer.string(),
      port: answer.int32(),
      rack: answer.string(),
    }));
    const clusterId = answer.string();
    const controllerId = answer.int32();
    const found = answer.array(() => ({
      errorCode: answer.int16(),
      name: answer.string(),
      isInternal: answer.int8() === 1,
      partitions: answer.array(() => ({
        errorCode: answer.int16(),
        index: answer.int32(),
        leader: answer.int32(),
        replicas: answer.array(() => answer.int32()),
        isr: answer.array(() => answer.int32()),
      })),
    }));
    return { brokers, clusterId, controllerId, topics: found };
  }

  /** Creates a topic and waits until its leaders take records. */
  async createReadyTopic(name: string, partitions = 1, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    const errorCode = await this.createTopic(name, partitions, configs);
    if (errorCode !== 0) throw new Error(`creating ${name} was answered with error ${errorCode}`);
    const deadline = performance.now() + this.limitMs;
    for (let partition = 0; partition < partitions; ) {
      if ((await this.listOffset(name, partition, -1)).errorCode === 0) partition++;
      else if (performance.now() > deadline) throw new Error(`${name}-${partition} has no leader`);
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Answers the error code. */
  async createTopic(name: string, partitions: number, configs: Readonly<Record<string, string>> = {}): Promise<number> {
    const body = new ByteWriter().int32(1).string(name).int32(partitions).int16(1).int32(0);
    body.array(Object.entries(configs), (writer, [key, value]) => writer.string(key).string(value));
    const answer = await this.request(19, 2, body.int32(30_000).boolean(false).finish());
    answer.int32();
    const [topic] = answer.array(() => ({
      name: answer.string(),
      errorCode: answer.int16(),
      message: answer.string(),
    }));
    return topic!.errorCode;
  }

  /** Answers the error code. */
  async deleteTopic(name: string): Promise<number> {
    const answer = await this.request(20, 1, new ByteWriter().int32(1).string(name).int32(30_000).finish());
    answer.int32();
    const [topic] = answer.array(() => ({ name: answer.string(), errorCode: answer.int16() }));
    return topic!.errorCode;
  }

  async produce(topic: string, partition: number, batch: Uint8Array, acks = -1): Promise<PartitionResult> {
    const answer = await this.request(0, 7, produceBody(topic, partition, batch, acks));
    const [result] = answer.array(() => {
      answer.string();
      return answer.array(() => {
        answer.int32();
        const partitionResult = { errorCode: answer.int16(), baseOffset: answer.int64() };
        answer.int64();
        answer.int64();
        return partitionResult;
      })[0]!;
    });
    return result!;
  }

  async fetch(topic: string, partition: number, offset: number, maxBytes = 1 << 20, maxWaitMs = 500) {
    const body = new ByteWriter().int32(-1).int32(maxWaitMs).int32(1).int32(maxBytes).int8(0);
    body.int32(1).string(topic).int32(1).int32(partition).int64(offset).int32(maxBytes);
    const answer = await this.request(1, 4, body.finish());
    answer.int32();
    const [result] = answer.array(() => {
      answer.string();
      return answer.array(() => {
        answer.int32();
        const errorCode = answer.int16();
        const highWatermark = answer.int64();
        answer.int64();
        answer.array(() => [answer.int64(), answer.int64()]);
        return { errorCode, highWatermark, records: answer.bytes() ?? Buffer.alloc(0) };
      })[0]!;
    });
    return result!;
  }

  /** -1 asks for the end of the log, -2 for its start. */
  async listOffset(topic: string, partition: number, timestamp: number) {
    const body = new ByteWriter().int32(-1).int32(1).string(topic).int32(1).int32(partition).int64(timestamp);
    const answer = await this.request(2, 1, body.finish());
    const [result] = answer.array(() => {
      answer.string();
      return answer.array(() => {
        answer.int32();
        return { errorCode: answer.int16(), timestamp: answer.int64(), offset: answer.int64() };
      })[0]!;
    });
    return result!;
  }

  async initProducerId(): Promise<{ errorCode: number; producerId: number; producerEpoch: number }> {
    const answer = await this.request(22, 0, new ByteWriter().string(null).int32(60_000).finish());
    answer.int32();
    return { errorCode: answer.int16(), producerId: answer.int64(), producerEpoch: answer.int16() };
  }

  /** Answers the error code. Asking for a coordinator is what makes a broker create the topic of its offsets. */
  async findCoordinator(group: string): Promise<number> {
    return (await this.request(10, 0, new ByteWriter().string(group).finish())).int16();
  }

  /** Commits outside of any generation, as a consumer that assigns partitions itself. Answers the error code. */
  async commitOffset(group: string, topic: string, partition: number, offset: number, metadata = ""): Promise<number> {
    const body = new ByteWriter().string(group).int32(-1).string("").int64(-1).int32(1).string(topic);
    const answer = await this.request(8, 2, body.int32(1).int32(partition).int64(offset).string(metadata).finish());
    const [errorCode] = answer.array(() => {
      answer.string();
      return answer.array(() => {
        answer.int32();
        return answer.int16();
      })[0]!;
    });
    return errorCode!;
  }

  async committedOffset(
    group: string,
    topic: string,
    partition: number,
  ): Promise<{ offset: number; errorCode: number }> {
    const body = new ByteWriter().string(group).int32(1).string(topic).int32(1).int32(partition);
    const answer = await this.request(9, 1, body.finish());
    const [result] = answer.array(() => {
      answer.string();
      return answer.array(() => {
        answer.int32();
        const offset = answer.int64();
        answer.string();
        return { offset, errorCode: answer.int16() };
      })[0]!;
    });
    return result!;
  }

  async describeGroup(group: string): Promise<{ state: string | null; members: number }> {
    const answer = await this.request(15, 0, new ByteWriter().int32(1).string(group).finish());
    const [found] = answer.array(() => {
      answer.int16();
      answer.string();
      const state = answer.string();
      answer.string();
      answer.string();
      const members = answer.array(() => [
        answer.string(),
        answer.string(),
        answer.string(),
        answer.bytes(),
        answer.bytes(),
      ]);
      return { state, members: members.length };
    });
    return found!;
  }

  private accept(chunk: Buffer): void {
    this.received =
      this.received.length === 0 ? chunk : chunk.length === 0 ? this.received : Buffer.concat([this.received, chunk]);
    while (this.waiting.length > 0 && this.received.length >= 4) {
      const end = 4 + this.received.readInt32BE(0);
      if (this.received.length < end) return;
      const answer = this.received.subarray(4, end);
      this.received = this.received.subarray(end);
      this.waiting.shift()!.resolve(answer);
    }
  }
}

export function requestBytes(apiKey: number, apiVersion: number, correlationId: number, body: Uint8Array): Buffer {
  return new ByteWriter().int16(apiKey).int16(apiVersion).int32(correlationId).string("wire").raw(body).finish();
}

export function produceBody(topic: string, partition: number, batch: Uint8Array, acks = -1): Buffer {
  return new ByteWriter()
    .string(null)
    .int16(acks)
    .int32(30_000)
    .int32(1)
    .string(topic)
    .int32(1)
    .int32(partition)
    .bytes(batch)
    .finish();
}

export function frame(bytes: Uint8Array): Buffer {
  return new ByteWriter().bytes(bytes).finish();
}
