import { vi } from "vitest";
import { soon } from "../../patience.ts";
import type { WireConnection } from "../wire/connection.ts";
import { recordBatch } from "../wire/record-batch.ts";

interface Batch {
  readonly values: readonly string[];
  readonly baseSequence: number;
}

/** A producer of one partition that numbers its batches, and keeps what was acknowledged in the order of the offsets. */
export class IdempotentWriter {
  readonly topic: string;
  readonly partition: number;
  /** The value at each offset. */
  readonly acknowledged: string[] = [];
  private readonly producerId: number;
  private readonly producerEpoch: number;
  private batches = 0;
  private sequence = 0;
  private unanswered: Batch | undefined;

  private constructor(topic: string, partition: number, producerId: number, producerEpoch: number) {
    this.topic = topic;
    this.partition = partition;
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
  }

  static async create(connection: WireConnection, topic: string, partition: number): Promise<IdempotentWriter> {
    const { producerId, producerEpoch } = await vi.waitFor(async () => {
      const answer = await connection.initProducerId();
      if (answer.errorCode !== 0) throw new Error(`InitProducerId was answered with error ${answer.errorCode}`);
      return answer;
    }, soon);
    return new IdempotentWriter(topic, partition, producerId, producerEpoch);
  }

  /** Batches of changing size, one after the other, until the broker is gone. */
  async writeUntilClosed(connection: WireConnection): Promise<void> {
    while (!connection.isClosed) {
      const batch = this.batches++;
      const values = Array.from(
        { length: 1 + (batch % 7) },
        (_, i) => `${this.partition}.${batch}.${i}.${"x".repeat((batch * 37) % 3_000)}`,
      );
      try {
        await this.send(connection, { values, baseSequence: this.sequence });
      } catch (error) {
        if (!connection.isClosed) throw error;
      }
    }
  }

  /** As an idempotent producer does after a lost answer: the same batch with the same sequence. */
  async repeatUnanswered(connection: WireConnection): Promise<void> {
    if (this.unanswered) await this.send(connection, this.unanswered);
  }

  private async send(connection: WireConnection, batch: Batch): Promise<void> {
    this.unanswered = batch;
    this.sequence = batch.baseSequence + batch.values.length;
    const { producerId, producerEpoch } = this;
    const bytes = recordBatch(
      batch.values.map((value) => ({ value })),
      { producerId, producerEpoch, baseSequence: batch.baseSequence },
    );
    const { errorCode, baseOffset } = await connection.produce(this.topic, this.partition, bytes);
    if (errorCode !== 0)
      throw new Error(`${this.topic}-${this.partition}, sequence ${batch.baseSequence}: error ${errorCode}`);
    if (baseOffset !== this.acknowledged.length)
      throw new Error(`acknowledged at ${baseOffset} in place of ${this.acknowledged.length}`);
    this.acknowledged.push(...batch.values);
    this.unanswered = undefined;
  }
}
