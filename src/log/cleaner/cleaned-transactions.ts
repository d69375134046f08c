import { ControlRecordType, controlRecordType } from "../../record/control-record.ts";
import { RecordCursor } from "../../record/record.ts";
import * as RecordBatch from "../../record/record-batch.ts";
import type { AbortedTransaction } from "../transaction-index.ts";

interface OngoingAbort {
  readonly transaction: AbortedTransaction;
  /** Whether a batch of it is still in the log. */
  hasBatches: boolean;
}

/**
 * Which transactions are open at the present batch of a log that is read from its start, and how they are going to end:
 * nothing above the last stable offset is read, so the transaction indexes tell of every aborted one beforehand.
 */
export class CleanedTransactions {
  readonly #retain: (transaction: AbortedTransaction) => void;
  /** Not reached yet, by first offset, the first one last. */
  #upcoming: AbortedTransaction[] = [];
  readonly #aborts = new Map<number, OngoingAbort>();
  /** The producers with a transaction that is going to be committed, and batches in it. */
  readonly #commits = new Set<number>();

  /** `retain` is told of each aborted transaction that still has batches, when its marker is read. */
  constructor(retain: (transaction: AbortedTransaction) => void = () => {}) {
    this.#retain = retain;
  }

  /** What the index of the next segment to be read tells; a transaction may be told of more than once. */
  add(transactions: readonly AbortedTransaction[]): void {
    if (transactions.length === 0) return;
    this.#upcoming = [...this.#upcoming, ...transactions].sort((one, other) => other.firstOffset - one.firstOffset);
  }

  /** Whether the marker has nothing left to mark: there were no batches of its transaction. */
  readControlBatch(bytes: Uint8Array, position: number): boolean {
    this.#begin(RecordBatch.lastOffset(bytes, position));
    const producerId = RecordBatch.producerId(bytes, position);
    switch (typeOf(bytes, position)) {
      case ControlRecordType.ABORT: {
        const abort = this.#aborts.get(producerId);
        this.#aborts.delete(producerId);
        if (abort?.hasBatches !== true) return true;
        this.#retain(abort.transaction);
        return false;
      }
      case ControlRecordType.COMMIT:
        return !this.#commits.delete(producerId);
      case "empty":
        return true;
      default:
        return false;
    }
  }

  /** Whether the batch belongs to an aborted transaction. */
  readBatch(bytes: Uint8Array, position: number): boolean {
    this.#begin(RecordBatch.lastOffset(bytes, position));
    if (!RecordBatch.isTransactional(bytes, position)) return false;
    const producerId = RecordBatch.producerId(bytes, position);
    const abort = this.#aborts.get(producerId);
    if (abort === undefined) {
      this.#commits.add(producerId);
      return false;
    }
    abort.hasBatches = true;
    return true;
  }

  #begin(offset: number): void {
    for (let next = this.#upcoming.at(-1); next !== undefined && next.firstOffset <= offset; ) {
      this.#upcoming.pop();
      if (!this.#aborts.has(next.producerId)) {
        this.#aborts.set(next.producerId, { transaction: next, hasBatches: false });
      }
      next = this.#upcoming.at(-1);
    }
  }
}

/** A batch that has lost its marker in an earlier cleaning is empty. */
function typeOf(bytes: Uint8Array, position: number): number | "empty" | undefined {
  const end = position + RecordBatch.sizeInBytes(bytes, position);
  const cursor = new RecordCursor(bytes, position, bytes, position + RecordBatch.RECORD_BATCH_OVERHEAD, end);
  return cursor.next() ? controlRecordType(cursor.key()) : "empty";
}
