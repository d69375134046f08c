import { ClusterClient } from "../../src/client/cluster-client.ts";
import { Consumer } from "../../src/client/consumer.ts";
import { Producer } from "../../src/client/producer.ts";
import type { Address, Runtime } from "../../src/runtime.ts";

export interface WriterOptions {
  readonly runtime: Runtime;
  readonly bootstrap: readonly Address[];
  readonly topic: string;
  readonly partition?: number;
  readonly pauseMs?: number;
  /** How long an answer may take before another broker is asked. Default: 10 s. */
  readonly requestTimeoutMs?: number;
}

/** A time without an acknowledgement, by the clock that never goes back. */
export interface Pause {
  readonly beganMs: number;
  readonly durationMs: number;
}

const NO_PAUSE: Pause = { beganMs: 0, durationMs: 0 };

/** Writes numbered records to one partition, with acks=all and idempotence, one after the other. */
export class Writer {
  /** Values, in the order of their acknowledgements. */
  readonly acknowledged: string[] = [];
  /** What has ended the writing, if anything has. */
  failure: unknown;
  private readonly options: WriterOptions;
  private readonly client: ClusterClient;
  private longest = NO_PAUSE;
  private lastMs = 0;
  private isStopped = false;
  private writing: Promise<void> = Promise.resolve();

  /** Resolves when the topic, and a producer id, were found. */
  static async start(options: WriterOptions): Promise<Writer> {
    const writer = new Writer(options);
    const producer = await Producer.open(writer.client, options.runtime, {
      topic: options.topic,
      acks: -1,
      compression: "none",
      batchBytes: 1_000_000,
      requestTimeoutMs: writer.requestTimeoutMs / 2,
      partition: options.partition ?? 0,
    });
    writer.writing = writer.write(producer);
    return writer;
  }

  private constructor(options: WriterOptions) {
    this.options = options;
    this.client = new ClusterClient(options.runtime, {
      clientId: "writer",
      connectTimeoutMs: 2_000,
      requestTimeoutMs: this.requestTimeoutMs,
      retryTimeoutMs: 120_000,
      bootstrap: options.bootstrap,
    });
  }

  private get requestTimeoutMs(): number {
    return this.options.requestTimeoutMs ?? 10_000;
  }

  /** The longest time between two acknowledgements since the last call, or until it was stopped. */
  takeLongestPauseMs(): number {
    return this.takeLongestPause().durationMs;
  }

  takeLongestPause(): Pause {
    if (!this.isStopped) this.look();
    const { longest } = this;
    this.longest = NO_PAUSE;
    return longest;
  }

  /** Resolves when the record that is under way is acknowledged; rejects when the writing has failed. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.writing;
    if (this.failure !== undefined) throw this.failure;
  }

  /** Every value that consumers can read, in the order of the log. */
  async stored(): Promise<readonly string[]> {
    const { topic, partition = 0, runtime } = this.options;
    const values: string[] = [];
    const consumer = await Consumer.open(this.client, runtime.compression, {
      topic,
      partitions: [partition],
      start: { kind: "beginning" },
      maxWaitMs: 100,
      maxBytes: 10_000_000,
      readCommitted: false,
    });
    const end = (await consumer.endOffsets()).get(partition)!;
    while (consumer.position(partition) < end) {
      for (const { records } of await consumer.poll()) {
        for (const record of records) values.push(new TextDecoder().decode(record.value ?? new Uint8Array(0)));
      }
    }
    return values;
  }

  close(): void {
    this.isStopped = true;
    this.client.close();
  }

  private look(): void {
    const durationMs = this.options.runtime.clock.elapsed() - this.lastMs;
    if (durationMs > this.longest.durationMs) this.longest = { beganMs: this.lastMs, durationMs };
  }

  private async write(producer: Producer): Promise<void> {
    const { clock } = this.options.runtime;
    this.lastMs = clock.elapsed();
    try {
      for (let number = 0; !this.isStopped; number++) {
        const value = `${number}`;
        void producer.append({ timestamp: clock.now(), key: null, value: new TextEncoder().encode(value) });
        await producer.flush();
        this.acknowledged.push(value);
        this.look();
        this.lastMs = clock.elapsed();
        await this.client.pause(this.options.pauseMs ?? 20);
      }
    } catch (error) {
      if (!this.isStopped) this.failure = error;
    }
  }
}
