import { ErrorCode } from "../protocol/error-codes.ts";
import { InitProducerIdRequest, InitProducerIdResponse } from "../protocol/messages/init-producer-id.ts";
import { ProduceRequest, ProduceResponse } from "../protocol/messages/produce.ts";
import { type BuilderRuntime, buildBatch, type RecordInput } from "../record/batch-builder.ts";
import { BrokerError, UnsupportedVersionError } from "./client-error.ts";
import type { ClusterClient, TopicMetadata } from "./cluster-client.ts";
import { partitionOfKey } from "./key-partition.ts";

export interface ProducerOptions {
  readonly topic: string;
  readonly acks: -1 | 0 | 1;
  readonly compression: "none" | "gzip" | "snappy" | "lz4" | "zstd";
  /** A batch is sent when its records reach this size. */
  readonly batchBytes: number;
  readonly requestTimeoutMs: number;
  /** For all records; otherwise the key decides, and records without one fill one partition after the other. */
  readonly partition?: number;
}

/** Records that wait to be sent to one partition, and the batch that is on its way. */
interface PartitionQueue {
  readonly id: number;
  records: RecordInput[];
  sizeBytes: number;
  /** Of the next record; what lets the broker drop a repetition (KIP-98). */
  nextSequence: number;
  sending: Promise<void> | undefined;
}

/**
 * Sends records to one topic. Idempotent where the broker gives out producer ids: a batch that is repeated after a lost
 * answer is stored once. One batch per partition is on its way at a time, so order holds.
 */
export class Producer {
  /** Records that the broker has acknowledged. */
  sentRecords = 0;
  private readonly client: ClusterClient;
  private readonly builder: BuilderRuntime;
  private readonly options: ProducerOptions;
  private topic: TopicMetadata;
  private readonly queues: PartitionQueue[];
  private readonly producer: { readonly id: number; readonly epoch: number } | undefined;
  private unkeyedPartition: number;
  private failure: unknown;

  /** Looks the topic up, or has the broker create it. */
  static async open(client: ClusterClient, builder: BuilderRuntime, options: ProducerOptions): Promise<Producer> {
    const topic = await client.topic(options.topic, true);
    if (options.partition !== undefined && options.partition >= topic.partitions.length) {
      throw new RangeError(`Topic ${options.topic} has partitions 0 to ${topic.partitions.length - 1}`);
    }
    const producer = options.acks === -1 ? await client.retry(() => askForProducerId(client)) : undefined;
    return new Producer(client, builder, options, topic, producer);
  }

  private constructor(
    client: ClusterClient,
    builder: BuilderRuntime,
    options: ProducerOptions,
    topic: TopicMetadata,
    producer: { readonly id: number; readonly epoch: number } | undefined,
  ) {
    this.client = client;
    this.builder = builder;
    this.options = options;
    this.topic = topic;
    this.producer = producer;
    this.unkeyedPartition = options.partition ?? client.runtime.random.integer(topic.partitions.length);
    this.queues = topic.partitions.map(({ id }) => ({
      id,
      records: [],
      sizeBytes: 0,
      nextSequence: 0,
      sending: undefined,
    }));
  }

  /** Undefined when there is room for more; otherwise wait for it. Rejects when an earlier record could not be sent. */
  append(record: RecordInput): Promise<void> | undefined {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const queue = this.queues[this.partitionOf(record)]!;
    queue.records.push(record);
    queue.sizeBytes += RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
    if (queue.sizeBytes < this.options.batchBytes) return undefined;
    if (record.key === null && this.options.partition === undefined) this.turnToNextPartition();
    return this.drain(queue);
  }

  /** Sends what waits, and resolves when all of it is acknowledged. */
  async flush(): Promise<void> {
    for (const queue of this.queues) await this.drain(queue);
    await Promise.all(this.queues.map((queue) => queue.sending));
    if (this.failure !== undefined) throw this.failure;
  }

  private partitionOf(record: RecordInput): number {
    if (this.options.partition !== undefined) return this.options.partition;
    if (record.key === null) return this.unkeyedPartition;
    return partitionOfKey(record.key, this.topic.partitions.length);
  }

  private turnToNextPartition(): void {
    this.unkeyedPartition = (this.unkeyedPartition + 1) % this.topic.partitions.length;
  }

  /** Resolves when the batch is on its way, which is when the one before it has been acknowledged. */
  private async drain(queue: PartitionQueue): Promise<void> {
    while (queue.sending !== undefined) await queue.sending;
    if (this.failure !== undefined) throw this.failure;
    if (queue.records.length === 0) return;
    const { records } = queue;
    queue.records = [];
    queue.sizeBytes = 0;
    const batch = this.build(records, queue.nextSequence);
    queue.nextSequence = (queue.nextSequence + records.length) % 2 ** 31;
    queue.sending = this.sendUntilStored(queue.id, batch).then(
      () => {
        this.sentRecords += records.length;
        queue.sending = undefined;
      },
      (error) => {
        this.failure ??= error;
        queue.sending = undefined;
      },
    );
  }

  private build(records: readonly RecordInput[], baseSequence: number): Uint8Array {
    const { producer } = this;
    const identity = producer && { producerId: producer.id, producerEpoch: producer.epoch, baseSequence };
    return buildBatch({ records, compression: this.options.compression, ...identity }, this.builder);
  }

  private async sendUntilStored(partition: number, batch: Uint8Array): Promise<void> {
    await this.client.retry(async () => {
      try {
        await this.sendOnce(partition, batch);
      } catch (error) {
        // The leader may have moved; without an idempotent producer a repetition could store the batch twice.
        this.topic = await this.client.topic(this.options.topic).catch(() => this.topic);
        if (this.producer === undefined && !(error instanceof BrokerError)) throw new Error(String(error));
        throw error;
      }
    });
  }

  private async sendOnce(partition: number, batch: Uint8Array): Promise<void> {
    const leader = await this.client.broker(this.topic.partitions[partition]!.leaderId);
    const body = {
      acks: this.options.acks,
      timeoutMs: this.options.requestTimeoutMs,
      topicData: [
        { name: this.topic.name, topicId: this.topic.id, partitionData: [{ index: partition, records: batch }] },
      ],
    };
    if (this.options.acks === 0) return leader.send(ProduceRequest, body);
    const answer = await leader.request(ProduceRequest, ProduceResponse, body);
    const result = answer.responses[0]?.partitionResponses[0];
    if (result === undefined) throw new BrokerError(ErrorCode.UNKNOWN_SERVER_ERROR, "The answer has no partition");
    if (result.errorCode === ErrorCode.NONE || result.errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) return;
    throw new BrokerError(result.errorCode, result.recordErrors[0]?.batchIndexErrorMessage ?? result.errorMessage);
  }
}

/** What a record takes beside its key and value, about. */
const RECORD_OVERHEAD_BYTES = 16;

/** Undefined where the broker has no producer ids. */
async function askForProducerId(client: ClusterClient): Promise<{ id: number; epoch: number } | undefined> {
  try {
    const body = { transactionalId: null, transactionTimeoutMs: 60_000 };
    const answer = await client.request(InitProducerIdRequest, InitProducerIdResponse, body);
    if (answer.errorCode !== ErrorCode.NONE) throw new BrokerError(answer.errorCode);
    return { id: answer.producerId, epoch: answer.producerEpoch };
  } catch (error) {
    if (error instanceof UnsupportedVersionError) return undefined;
    throw error;
  }
}
