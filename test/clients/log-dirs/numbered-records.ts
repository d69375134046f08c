import type { WireConnection } from "../wire/connection.ts";
import { readRecords, recordBatch } from "../wire/record-batch.ts";

/** Every record tells its own offset, so that whoever reads it knows whether it is the right one. */
const valueAt = (partition: number, offset: number) => `${partition}.${offset}.${"x".repeat(offset % 300)}`;

const BATCH_RECORDS = 5;
const OFFSET_OUT_OF_RANGE = 1;

/** An idempotent producer that writes without a break; over a kill it goes on with the batch that was not answered. */
export class NumberedWriter {
  readonly topic: string;
  readonly partition: number;
  /** Everything below it is acknowledged. */
  endOffset = 0;
  readonly #producer: { readonly producerId: number; readonly producerEpoch: number };

  constructor(topic: string, partition: number, producer: { producerId: number; producerEpoch: number }) {
    this.topic = topic;
    this.partition = partition;
    this.#producer = producer;
  }

  /** Throws on any error that is answered. */
  async writeUntilClosed(connection: WireConnection): Promise<void> {
    while (!connection.isClosed) {
      const { topic, partition, endOffset } = this;
      const values = Array.from({ length: BATCH_RECORDS }, (_, index) => ({
        value: valueAt(partition, endOffset + index),
      }));
      const batch = recordBatch(values, { ...this.#producer, baseSequence: endOffset });
      try {
        const { errorCode, baseOffset } = await connection.produce(topic, partition, batch);
        if (errorCode !== 0) throw new Error(`${topic}-${partition}: producing ${endOffset} gave error ${errorCode}`);
        if (baseOffset !== endOffset)
          throw new Error(`${topic}-${partition}: ${endOffset} was stored at ${baseOffset}`);
        this.endOffset += BATCH_RECORDS;
      } catch (error) {
        if (!connection.isClosed) throw error;
      }
    }
  }
}

/** A consumer that looks at every record; what retention has taken away before it came is passed over. */
export class NumberedReader {
  readonly topic: string;
  readonly partition: number;
  offset = 0;
  read = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  /** Throws on a record that is not the one that was written there, on a gap, and on any error that is answered. */
  async readUntilClosed(connection: WireConnection): Promise<void> {
    while (!connection.isClosed) {
      try {
        await this.readSome(connection);
      } catch (error) {
        if (!connection.isClosed) throw error;
      }
    }
  }

  async readTo(connection: WireConnection, endOffset: number): Promise<void> {
    while (this.offset < endOffset) await this.readSome(connection);
  }

  private async readSome(connection: WireConnection): Promise<void> {
    const { topic, partition } = this;
    const { errorCode, records } = await connection.fetch(topic, partition, this.offset, 1 << 20, 100);
    if (errorCode === OFFSET_OUT_OF_RANGE) {
      const start = await connection.listOffset(topic, partition, -2);
      if (start.offset <= this.offset) throw new Error(`${topic}-${partition}: ${this.offset} is out of range`);
      this.offset = start.offset;
      return;
    }
    if (errorCode !== 0) throw new Error(`${topic}-${partition}: fetching ${this.offset} gave error ${errorCode}`);
    for (const { offset, value } of readRecords(records)) {
      if (offset < this.offset) continue;
      if (offset !== this.offset) throw new Error(`${topic}-${partition}: ${offset} comes in place of ${this.offset}`);
      if (value !== valueAt(partition, offset)) throw new Error(`${topic}-${partition}: at ${offset} is ${value}`);
      this.offset++;
      this.read++;
    }
  }
}
