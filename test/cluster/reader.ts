import { ClusterClient } from "../../src/client/cluster-client.ts";
import { Consumer } from "../../src/client/consumer.ts";
import type { Address, Runtime } from "../../src/runtime.ts";

export interface ReaderOptions {
  readonly runtime: Runtime;
  readonly bootstrap: readonly Address[];
  readonly topic: string;
  readonly partition?: number;
}

/** Reads one partition from its beginning, for as long as it runs, and checks that offsets follow each other. */
export class Reader {
  /** Every value, in order. */
  readonly values: string[] = [];
  /** A gap, a repetition, or what has ended the reading. */
  failure: unknown;
  private readonly options: ReaderOptions;
  private readonly client: ClusterClient;
  private awaitedCount = Number.POSITIVE_INFINITY;
  private isClosed = false;
  private reading: Promise<void> = Promise.resolve();

  static async start(options: ReaderOptions): Promise<Reader> {
    const reader = new Reader(options);
    const consumer = await Consumer.open(reader.client, options.runtime.compression, {
      topic: options.topic,
      partitions: [options.partition ?? 0],
      start: { kind: "beginning" },
      maxWaitMs: 200,
      maxBytes: 10_000_000,
      readCommitted: false,
    });
    reader.reading = reader.read(consumer);
    return reader;
  }

  private constructor(options: ReaderOptions) {
    this.options = options;
    this.client = new ClusterClient(options.runtime, {
      clientId: "reader",
      connectTimeoutMs: 2_000,
      requestTimeoutMs: 10_000,
      retryTimeoutMs: 120_000,
      bootstrap: options.bootstrap,
    });
  }

  /** Resolves when so many values have been read, and no more are there. */
  async stop(count: number): Promise<void> {
    this.awaitedCount = count;
    await this.reading;
    this.client.close();
    if (this.failure !== undefined) throw this.failure;
  }

  close(): void {
    this.isClosed = true;
    this.client.close();
  }

  private async read(consumer: Consumer): Promise<void> {
    try {
      let isEmpty = false;
      while (!this.isClosed && !(isEmpty && this.values.length >= this.awaitedCount)) {
        const batches = await consumer.poll();
        isEmpty = batches.every(({ records }) => records.length === 0);
        for (const { records } of batches) {
          for (const { offset, value } of records) this.take(Number(offset), value);
        }
      }
    } catch (error) {
      this.failure ??= error;
    }
  }

  private take(offset: number, value: Uint8Array | null): void {
    if (offset !== this.values.length) {
      throw new Error(`${this.options.topic} was read at offset ${offset} in place of ${this.values.length}`);
    }
    this.values.push(new TextDecoder().decode(value ?? new Uint8Array(0)));
  }
}
