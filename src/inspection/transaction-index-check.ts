import type { AbortedTransaction } from "../log/transaction-index.ts";
import { readInt16, readInt64 } from "../record/big-endian.ts";
import { readEndTransactionMarker } from "../record/control-record.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { BatchObserver } from "./batch-observer.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { Entries } from "./entry-reader.ts";
import type { FindingBuffer } from "./finding-buffer.ts";
import type { TransactionReplay } from "./transaction-replay.ts";

export const TRANSACTION_INDEX_ENTRY_BYTES = 34;
/** The only version of an entry. */
const TRANSACTION_INDEX_VERSION = 0;

/** Every entry is an aborted transaction, in the order of the markers that ended them (KIP-98). */
export class TransactionIndexCheck implements BatchObserver {
  readonly findings: FindingBuffer;
  readonly #entries: Entries;
  readonly #baseOffset: number;
  readonly #replay: TransactionReplay | undefined;
  #isOpen: boolean;
  #producerId = -1;
  #firstOffset = -1;
  #lastOffset = -1;
  #lastStableOffset = -1;

  /** `replay` has the transactions that ended so far; without one it is not known what should be in the index. */
  constructor(entries: Entries, baseOffset: number, findings: FindingBuffer, replay: TransactionReplay | undefined) {
    this.findings = findings;
    this.#entries = entries;
    this.#baseOffset = baseOffset;
    this.#replay = replay;
    this.#isOpen = true;
    this.#next();
  }

  batch({ bytes, index }: BatchReader): void {
    const firstOffset = RecordBatch.baseOffset(bytes, index);
    const lastOffset = RecordBatch.lastOffset(bytes, index);
    const aborted = this.#replay?.aborted;
    // Compaction may have taken the marker away and left the entry.
    while (this.#isOpen && this.#lastOffset < firstOffset) this.#next();
    if (aborted !== undefined && !(this.#isOpen && this.#lastOffset === aborted.lastOffset)) {
      this.findings.add(
        `the transaction of producer ${aborted.producerId} that was aborted at offset ${lastOffset} is not in it`,
        { offset: lastOffset },
      );
    }
    while (this.#isOpen && this.#lastOffset <= lastOffset) {
      if (!isAbortOf(bytes, index, this.#producerId)) {
        this.#report(
          `offset ${this.#lastOffset} is said to abort a transaction of producer ${this.#producerId}: no such marker is there`,
        );
      } else if (aborted !== undefined) this.#compare(aborted);
      this.#next();
    }
  }

  end(_sizeBytes: number, nextOffset: number): void {
    for (; this.#isOpen; this.#next()) {
      if (this.#lastOffset < nextOffset) continue;
      this.#report(`the marker at offset ${this.#lastOffset} lies behind the last one, ${nextOffset - 1}`);
    }
  }

  #compare({ producerId, firstOffset, lastOffset, lastStableOffset }: AbortedTransaction): void {
    if (this.#firstOffset === firstOffset && this.#lastStableOffset === lastStableOffset) return;
    this.#report(
      `the transaction of producer ${producerId} that was aborted at offset ${lastOffset} began at ${firstOffset} and left ${lastStableOffset} stable, the entry says ${this.#firstOffset} and ${this.#lastStableOffset}`,
    );
  }

  #next(): void {
    const lastOffset = this.#lastOffset;
    this.#isOpen = this.#entries.next();
    if (!this.#isOpen) return;
    const { bytes, index } = this.#entries;
    const version = readInt16(bytes, index);
    this.#firstOffset = readInt64(bytes, index + 10);
    this.#producerId = readInt64(bytes, index + 2);
    this.#lastOffset = readInt64(bytes, index + 18);
    this.#lastStableOffset = readInt64(bytes, index + 26);
    const ascends = this.#lastOffset > lastOffset && this.#lastOffset >= this.#baseOffset;
    if (version === TRANSACTION_INDEX_VERSION && ascends && this.#firstOffset <= this.#lastOffset) return;
    this.#report(
      `an entry of version ${version} for offsets ${this.#firstOffset} to ${this.#lastOffset} does not follow one that ends at ${lastOffset}`,
    );
    this.#isOpen = false;
  }

  #report(problem: string): void {
    this.findings.add(problem, { position: this.#entries.position });
  }
}

function isAbortOf(bytes: Uint8Array, index: number, producerId: number): boolean {
  if (!RecordBatch.isControlBatch(bytes, index) || RecordBatch.producerId(bytes, index) !== producerId) return false;
  const marker = readEndTransactionMarker(bytes, index);
  // The cleaner leaves an empty batch when it takes a marker away.
  return marker === undefined ? RecordBatch.recordCount(bytes, index) === 0 : !marker.commit;
}
