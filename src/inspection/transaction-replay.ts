import { readFile } from "../log/atomic-file.ts";
import { offsetFileName, PRODUCER_SNAPSHOT_SUFFIX } from "../log/file-names.ts";
import { decodeProducerSnapshot } from "../log/producer-snapshot.ts";
import { ProducerState } from "../log/producer-state.ts";
import type { AbortedTransaction } from "../log/transaction-index.ts";
import type { BatchObserver } from "./batch-observer.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { InspectionRuntime } from "./segment-check.ts";

/** Producers outside of a transaction are of no interest here, and there may be very many. */
const MAX_IDLE_PRODUCERS = 10_000;

/** Follows the transactions of a partition from its first batch on, in the order of the log. */
export class TransactionReplay implements BatchObserver {
  readonly #producers: ProducerState;
  /** What the batch of the last {@link batch} ended, when it is an ABORT marker of a transaction with records. */
  aborted: AbortedTransaction | undefined = undefined;

  private constructor(producers: ProducerState) {
    this.#producers = producers;
  }

  /** Undefined when older segments are gone and nothing says which transactions were open at their end. */
  static startAt(
    { files, checksums }: InspectionRuntime,
    directory: string,
    offset: number,
  ): TransactionReplay | undefined {
    const producers = new ProducerState();
    const bytes = readFile(files, `${directory}/${offsetFileName(offset, PRODUCER_SNAPSHOT_SUFFIX)}`);
    const entries = bytes === undefined ? undefined : decodeProducerSnapshot(bytes, checksums);
    if (offset > 0 && entries === undefined) return undefined;
    producers.reset(offset, entries);
    return new TransactionReplay(producers);
  }

  batch({ bytes, index }: BatchReader): void {
    const producers = this.#producers;
    this.aborted = producers.update(bytes, index);
    producers.onHighWatermarkUpdated(producers.endOffset);
    if (producers.size > MAX_IDLE_PRODUCERS) producers.removeExpired(Number.POSITIVE_INFINITY, 0);
  }
}
