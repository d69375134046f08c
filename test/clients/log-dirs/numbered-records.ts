import { setTimeout as delay } from "node:timers/promises";
import type { WireConnection } from "../wire/connection.ts";
import { readRecords, recordBatch } from "../wire/record-batch.ts";

/** Every record tells its own offset, so that whoever reads it knows whether it is the right one. */
const valueAt = (partition: number, offset: number) => `${partition}.${offset}.${"x".repeat(offset % 300)}`;

const BATCH_RECORDS = 5;
const OFFSET_OUT_OF_RANGE = 1;

/**
 * What Kafka's protocol has a client try again: UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER,
 * REQUEST_TIMED_OUT, KAFKA_STORAGE_ERROR, OFFSET_NOT_AVAILABLE. A broker that stops answers some of them before it is gone.
 */
const RETRIABLE: ReadonlySet<number> = new Set([3, 5, 6, 7, 56, 78]);
const RETRY_LIMIT_MS = 60_000;
const RETRY_BACKOFF_MS = 50;

/** The retriable errors that one client was answered in a row, and how long it puts up with them. */
class Refusals {
  /** Of all times, in their order. */
  readonly codes: number[] = [];
  #sinceMs: number | undefined;

  /** Resolves when it is time to try again. Throws on an error that no client tries again, or when it has lasted too long. */
  async accept(errorCode: number, what: string): Promise<void> {
    this.codes.push(errorCode);
    this.#sinceMs ??= performance.now();
    const isOver = performance.now() - this.#sinceMs > RETRY_LIMIT_MS;
    if (isOver || !RETRIABLE.has(errorCode)) throw new Error(`${what} gave error ${errorCode}`);
    await delay(RETRY_BACKOFF_MS);
  }

  end(): void {
    this.#sinceMs = undefined;
  }
}

/** An idempotent producer that writes without a break; over a kill it goes on with the batch that was not answered. */
export class NumberedWriter {
  readonly topic: string;
  readonly partition: number;
  /** Everything below it is acknowledged. */
  endOffset = 0;
  readonly refusals = new Refusals();
  /** Told how long each batch took to be acknowledged. */
  onAcknowledged: (durationMs: number) => void = () => {};
  readonly #producer: { readonly producerId: number; readonly producerEpoch: number };

  constructor(topic: string, partition: number, producer: { producerId: number; producerEpoch: number }) {
    this.topic = topic;
    this.partition = partition;
    this.#producer = producer;
  }

  /** Throws on any answer that is not to be tried again. */
  async writeUntilClosed(connection: WireConnection): Promise<void> {
    while (!connection.isClosed) {
      try {
        await this.#writeNext(connection);
      } catch (error) {
        if (!connection.isClosed) throw error;
      }
    }
  }

  async #writeNext(connection: WireConnection): Promise<void> {
    const { topic, partition, endOffset } = this;
    const values = Array.from({ length: BATCH_RECORDS }, (_, index) => ({
      value: valueAt(partition, endOffset + index),
    }));
    const batch = recordBatch(values, { ...this.#producer, baseSequence: endOffset });
    const startMs = performance.now();
    const { errorCode, baseOffset } = await connection.produce(topic, partition, batch);
    if (errorCode !== 0) {
      await this.refusals.accept(errorCode, `${topic}-${partition}: producing ${endOffset}`);
      await this.#checkEnd(connection);
      return;
    }
    if (baseOffset !== endOffset) throw new Error(`${topic}-${partition}: ${endOffset} was stored at ${baseOffset}`);
    this.endOffset += BATCH_RECORDS;
    this.onAcknowledged(performance.now() - startMs);
    this.refusals.end();
  }

  /** A batch that was refused is in the log or is not: either way, the same batch again is stored once. */
  async #checkEnd(connection: WireConnection): Promise<void> {
    const { topic, partition, endOffset } = this;
    const { errorCode, offset } = await connection.listOffset(topic, partition, -1);
    if (errorCode === 0 && offset !== endOffset && offset !== endOffset + BATCH_RECORDS)
      throw new Error(`${topic}-${partition}: ends at ${offset} when ${endOffset} was not acknowledged`);
  }
}

/** A consumer that looks at every record; what retention has taken away before it came is passed over. */
export class NumberedReader {
  readonly topic: string;
  readonly partition: number;
  offset = 0;
  read = 0;
  readonly refusals = new Refusals();

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  /** Throws on a record that is not the one that was written there, on a gap, and on any answer that is not to be tried again. */
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
      if (start.errorCode !== 0)
        return this.refusals.accept(start.errorCode, `${topic}-${partition}: asking for its start`);
      if (start.offset <= this.offset) throw new Error(`${topic}-${partition}: ${this.offset} is out of range`);
      this.offset = start.offset;
      return;
    }
    if (errorCode !== 0) return this.refusals.accept(errorCode, `${topic}-${partition}: fetching ${this.offset}`);
    this.refusals.end();
    for (const { offset, value } of readRecords(records)) {
      if (offset < this.offset) continue;
      if (offset !== this.offset) throw new Error(`${topic}-${partition}: ${offset} comes in place of ${this.offset}`);
      if (value !== valueAt(partition, offset)) throw new Error(`${topic}-${partition}: at ${offset} is ${value}`);
      this.offset++;
      this.read++;
    }
  }
}
