import kafkajs, {
  type Admin,
  type Consumer,
  type ConsumerConfig,
  type EachMessagePayload,
  type Kafka,
  type Producer,
  type ProducerConfig,
} from "kafkajs";
import { vi } from "vitest";
import { PATIENCE_MS } from "../../patience.ts";

const { Kafka: KafkaClient, logLevel, Partitioners } = kafkajs;

export interface Received {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly timestamp: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** Clients of one test, all of which are closed with it. */
export class KafkajsSession implements AsyncDisposable {
  private readonly kafka: Kafka;
  private readonly closers: (() => Promise<void>)[] = [];

  constructor(bootstrap: string) {
    this.kafka = new KafkaClient({
      clientId: "kafkajs-suite",
      brokers: [bootstrap],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 20_000,
      retry: { initialRetryTime: 50, retries: 10 },
    });
  }

  async admin(): Promise<Admin> {
    const admin = this.kafka.admin();
    await admin.connect();
    this.closers.push(() => admin.disconnect());
    return admin;
  }

  async producer(config: ProducerConfig = {}): Promise<Producer> {
    const producer = this.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...config });
    await producer.connect();
    this.closers.push(() => producer.disconnect());
    return producer;
  }

  /** Reads a topic from its beginning, or from where the group has got to. */
  async consumer(
    config: ConsumerConfig,
    topic: string,
    options: { autoCommit?: boolean } = {},
  ): Promise<KafkajsConsumer> {
    const consumer = this.kafka.consumer({
      sessionTimeout: 10_000,
      heartbeatInterval: 300,
      maxWaitTimeInMs: 100,
      ...config,
    });
    const reader = new KafkajsConsumer(consumer);
    this.closers.push(() => reader.close());
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: options.autoCommit ?? true,
      eachMessage: async (payload) => reader.accept(payload),
    });
    return reader;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.closers.map((close) => close()));
  }
}

export class KafkajsConsumer {
  readonly received: Received[] = [];
  /** Partitions of the topic that the group has given to this member; undefined before it has joined. */
  assignment: readonly number[] | undefined;
  readonly consumer: Consumer;
  private isClosed = false;

  constructor(consumer: Consumer) {
    this.consumer = consumer;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.assignment = Object.values(payload.memberAssignment).flat();
    });
    consumer.on(consumer.events.REBALANCING, () => {
      this.assignment = undefined;
    });
  }

  accept({ topic, partition, message }: EachMessagePayload): void {
    const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(String) : String(value),
    ]);
    this.received.push({
      topic,
      partition,
      offset: message.offset,
      timestamp: message.timestamp,
      key: message.key?.toString() ?? null,
      value: message.value?.toString() ?? null,
      headers: Object.fromEntries(headers),
    });
  }

  async until(count: number, limitMs = PATIENCE_MS): Promise<readonly Received[]> {
    await vi.waitFor(
      () => {
        if (this.received.length < count) throw new Error(`received ${this.received.length} records of ${count}`);
      },
      { timeout: limitMs, interval: 20 },
    );
    return this.received;
  }

  /** Leaves the group. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.consumer.disconnect();
  }
}
