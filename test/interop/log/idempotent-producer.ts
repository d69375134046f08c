import type { Transaction, WrittenPartition } from "./written-partition.ts";

/** A producer that lives through restarts of the broker, and writes to one partition. */
export class IdempotentProducer {
  readonly id: number;
  readonly epoch: number;
  readonly partition: WrittenPartition;
  nextSequence = 0;
  /** The batch that was acknowledged last, and its base offset. */
  last: { readonly batch: Uint8Array; readonly offset: number } | undefined;
  transaction: Transaction | undefined;

  constructor(id: number, epoch: number, partition: WrittenPartition) {
    this.id = id;
    this.epoch = epoch;
    this.partition = partition;
  }
}
