import kafkajs, { type Consumer, type EachBatchPayload, type Kafka } from "kafkajs";
import type { Address } from "../../src/runtime.ts";
import { ConsumedRecords } from "./consumed-records.ts";

export interface GroupOptions {
  readonly bootstrap: readonly Address[];
  readonly groupId: string;
  readonly topic: string;
  readonly members: number;
}

const { Kafka: KafkaClient, logLevel } = kafkajs;
const COMMIT_INTERVAL_MS = 500;

/** Members of one group, KafkaJS as its users run it, that check every record they are given. */
export class ConsumerGroup {
  readonly records = new ConsumedRecords();
  /** What has been wrong first, if anything has. */
  failure: unknown;
  private readonly kafka: Kafka;
  private readonly options: GroupOptions;
  private readonly consumers: Consumer[] = [];

  static async start(options: GroupOptions): Promise<ConsumerGroup> {
    const group = new ConsumerGroup(options);
    for (let index = 1; index <= options.members; index++) await group.add(`member-${index}`);
    return group;
  }

  private constructor(options: GroupOptions) {
    this.options = options;
    this.kafka = new KafkaClient({
      clientId: "faults",
      brokers: options.bootstrap.map(({ host, port }) => `${host}:${port}`),
      logLevel: logLevel.NOTHING,
      connectionTimeout: 2_000,
      requestTimeout: 10_000,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 1_000 },
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.disconnect()));
  }

  private async add(member: string): Promise<void> {
    const { groupId, topic } = this.options;
    const consumer = this.kafka.consumer({
      groupId,
      sessionTimeout: 10_000,
      heartbeatInterval: 500,
      maxWaitTimeInMs: 100,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 1_000, restartOnFailure: async () => true },
    });
    this.consumers.push(consumer);
    consumer.on(consumer.events.GROUP_JOIN, () => this.records.joined(member));
    consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
      for (const { partitions } of payload.topics) {
        for (const { partition, offset } of partitions) this.records.commit(Number(partition), Number(offset));
      }
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommitInterval: COMMIT_INTERVAL_MS,
      eachBatch: async (payload) => this.take(member, payload),
    });
  }

  private take(member: string, { batch }: EachBatchPayload): void {
    try {
      for (const { offset, value } of batch.messages) {
        this.records.take(member, batch.partition, Number(offset), String(value));
      }
    } catch (error) {
      this.failure ??= error;
    }
  }
}
