import { decrementSequence, NO_PRODUCER_EPOCH, NO_SEQUENCE, NO_TIMESTAMP } from "../record/record-batch.ts";

/** The idempotent producer of Kafka's clients has at most five requests in flight. */
const BATCHES_TO_RETAIN = 5;

/** A batch that a producer has written before: enough to answer when it sends it again. */
export interface BatchMetadata {
  readonly lastSequence: number;
  readonly lastOffset: number;
  readonly offsetDelta: number;
  readonly timestamp: number;
}

/** What the log knows of one producer id. */
export class ProducerEntry {
  readonly producerId: number;
  producerEpoch = NO_PRODUCER_EPOCH;
  coordinatorEpoch = -1;
  lastTimestamp = NO_TIMESTAMP;
  /** -1 when no transaction is open. */
  currentTransactionFirstOffset = -1;
  /** The newest last. */
  readonly batches: BatchMetadata[] = [];

  constructor(producerId: number) {
    this.producerId = producerId;
  }

  copy(): ProducerEntry {
    const copy = new ProducerEntry(this.producerId);
    copy.producerEpoch = this.producerEpoch;
    copy.coordinatorEpoch = this.coordinatorEpoch;
    copy.lastTimestamp = this.lastTimestamp;
    copy.currentTransactionFirstOffset = this.currentTransactionFirstOffset;
    copy.batches.push(...this.batches);
    return copy;
  }

  get lastSequence(): number {
    return this.batches.at(-1)?.lastSequence ?? NO_SEQUENCE;
  }

  get lastOffset(): number {
    return this.batches.at(-1)?.lastOffset ?? -1;
  }

  get lastOffsetDelta(): number {
    return this.batches.at(-1)?.offsetDelta ?? 0;
  }

  /** A new epoch starts its sequence numbers over. */
  updateEpoch(producerEpoch: number): void {
    if (this.producerEpoch === producerEpoch) return;
    this.batches.length = 0;
    this.producerEpoch = producerEpoch;
  }

  addBatch(producerEpoch: number, batch: BatchMetadata): void {
    this.updateEpoch(producerEpoch);
    if (this.batches.length === BATCHES_TO_RETAIN) this.batches.shift();
    this.batches.push(batch);
    this.lastTimestamp = batch.timestamp;
  }

  /** The batch of exactly these sequence numbers, if it is one of the last ones. */
  findDuplicate(producerEpoch: number, firstSequence: number, lastSequence: number): BatchMetadata | undefined {
    if (producerEpoch !== this.producerEpoch) return undefined;
    return this.batches.find(
      (batch) =>
        batch.lastSequence === lastSequence &&
        decrementSequence(batch.lastSequence, batch.offsetDelta) === firstSequence,
    );
  }
}
