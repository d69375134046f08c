import { isControlBatch, isTransactional, lastOffset, producerId as producerIdOf } from "../record/record-batch.ts";

/** Which batches of one fetch belong to aborted transactions: a reader of committed records leaves them out (KIP-98). */
export class AbortedTransactions {
  /** In the order of their first offsets. */
  private readonly upcoming: { readonly producerId: number; readonly firstOffset: number }[];
  private readonly open = new Set<number>();

  constructor(aborted: readonly { readonly producerId: number; readonly firstOffset: number }[]) {
    this.upcoming = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Asked once for each batch, in order. */
  covers(bytes: Uint8Array, position: number): boolean {
    while (this.upcoming.length > 0 && this.upcoming[0]!.firstOffset <= lastOffset(bytes, position)) {
      this.open.add(this.upcoming.shift()!.producerId);
    }
    const producerId = producerIdOf(bytes, position);
    if (isControlBatch(bytes, position)) this.open.delete(producerId);
    return isTransactional(bytes, position) && this.open.has(producerId);
  }
}
