import { setTimeout as delay } from "node:timers/promises";
import {
  Admin,
  Consumer,
  type ConsumerOptions,
  type Message,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  Producer,
  type ProducerOptions,
  stringDeserializers,
  stringSerializers,
} from "@platformatic/kafka";
import { vi } from "vitest";
import { PATIENCE_MS } from "../../patience.ts";

/** A consumer that throws into the loop as it is closed, in the middle of a fetch, is never done with closing. */
const CLOSE_LIMIT_MS = 10_000;

type Text = Message<string, string, string, string>;
type TextConsumer = Consumer<string, string, string, string>;

/** Clients of one test, all of which are closed with it. */
export class PlatformaticSession implements AsyncDisposable {
  private readonly common;
  private readonly closers: (() => Promise<void>)[] = [];

  constructor(bootstrap: string) {
    this.common = {
      clientId: "platformatic-suite",
      bootstrapBrokers: [bootstrap],
      retries: 20,
      retryDelay: 100,
      connectTimeout: PATIENCE_MS,
      timeout: PATIENCE_MS,
    };
  }

  admin(): Admin {
    const admin = new Admin(this.common);
    this.closers.push(() => admin.close());
    return admin;
  }

  producer(
    options: Partial<ProducerOptions<string, string, string, string>> = {},
  ): Producer<string, string, string, string> {
    const producer = new Producer({
      ...this.common,
      serializers: stringSerializers,
      autocreateTopics: true,
      ...options,
    });
    this.closers.push(() => producer.close());
    return producer;
  }

  /** A member of a group, not yet reading. */
  consumer(options: { groupId: string } & Partial<ConsumerOptions<string, string, string, string>>): TextConsumer {
    const consumer = new Consumer({
      ...this.common,
      deserializers: stringDeserializers,
      sessionTimeout: 10_000,
      heartbeatInterval: 300,
      maxWaitTime: 100,
      autocommit: false,
      ...options,
    } as ConsumerOptions<string, string, string, string>);
    this.closers.push(() => consumer.close(true));
    return consumer;
  }

  /** Reads a topic from where the group has got to, or from its beginning. */
  async reader(
    options: { groupId: string } & Partial<ConsumerOptions<string, string, string, string>>,
    topic: string,
  ): Promise<PlatformaticReader> {
    const consumer = this.consumer(options);
    const received: Text[] = [];
    const stream = await consumer.consume({
      topics: [topic],
      mode: MessagesStreamModes.COMMITTED,
      fallbackMode: MessagesStreamFallbackModes.EARLIEST,
    });
    stream.on("data", (message: Text) => received.push(message));
    return new PlatformaticReader(consumer, received);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const waited = new AbortController();
    const limit = delay(CLOSE_LIMIT_MS, undefined, { signal: waited.signal }).then(
      () => console.error(`A client was not closed within ${CLOSE_LIMIT_MS} ms`),
      () => {},
    );
    await Promise.all(this.closers.map((close) => Promise.race([close(), limit])));
    waited.abort();
  }
}

export class PlatformaticReader {
  readonly consumer: TextConsumer;
  readonly received: readonly Text[];

  constructor(consumer: TextConsumer, received: readonly Text[]) {
    this.consumer = consumer;
    this.received = received;
  }

  async until(count: number, limitMs = PATIENCE_MS): Promise<readonly Text[]> {
    await vi.waitFor(
      () => {
        if (this.received.length < count) throw new Error(`received ${this.received.length} records of ${count}`);
      },
      { timeout: limitMs, interval: 20 },
    );
    return this.received;
  }

  partitions(): number[] {
    return (this.consumer.assignments ?? []).flatMap(({ partitions }) => partitions);
  }
}
