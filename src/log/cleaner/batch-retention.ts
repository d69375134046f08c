import type { RecordCursor } from "../../record/record.ts";
import * as RecordBatch from "../../record/record-batch.ts";
import type { ProducerEntry } from "../producer-entry.ts";
import type { CleanedTransactions } from "./cleaned-transactions.ts";
import type { OffsetMap } from "./offset-map.ts";

/** What one cleaning of a log decides by. */
export interface RetentionFacts {
  readonly map: OffsetMap;
  readonly transactions: CleanedTransactions;
  /** The last thing that each producer, still known, has written: a restart finds its state in there. */
  readonly lastRecords: ReadonlyMap<number, LastRecord>;
  readonly highWatermark: number;
  readonly nowMs: number;
}

/** A producer's last batch of records, or else, with a `lastDataOffset` of -1, its last marker. */
export interface LastRecord {
  readonly lastDataOffset: number;
  readonly producerEpoch: number;
}

export function lastRecordsOf(producers: Iterable<ProducerEntry>): Map<number, LastRecord> {
  const last = new Map<number, LastRecord>();
  for (const { producerId, lastOffset, producerEpoch } of producers) {
    last.set(producerId, { lastDataOffset: lastOffset, producerEpoch });
  }
  return last;
}

/**
 * What stays of the batches of a log, one after another: the latest value of each key; tombstones, and markers whose
 * transaction is gone, until their delete horizon (KIP-534); of aborted transactions nothing; and a batch without records
 * where its header still tells something that nothing else does.
 */
export class BatchRetention {
  /** The header stays even when no record does. */
  keepsEmpty = false;
  /** No record stays. */
  dropsRecords = false;
  /** A marker that goes as soon as it has a delete horizon and that has passed. */
  isMarkerOfNothing = false;
  /** Records without a key, which have no place in a compacted log. */
  invalidRecords = 0;
  readonly #facts: RetentionFacts;
  #isControlBatch = false;
  #keepsTombstones = false;

  constructor(facts: RetentionFacts) {
    this.#facts = facts;
  }

  /** Moves to the batch at `position`, which must be the one after the last. */
  read(bytes: Uint8Array, position: number): void {
    const { transactions, nowMs } = this.#facts;
    const horizonPassed =
      RecordBatch.hasDeleteHorizon(bytes, position) && RecordBatch.baseTimestamp(bytes, position) <= nowMs;
    this.#isControlBatch = RecordBatch.isControlBatch(bytes, position);
    this.#keepsTombstones = !horizonPassed;
    if (this.#isControlBatch) {
      this.isMarkerOfNothing = transactions.readControlBatch(bytes, position);
      this.dropsRecords = this.isMarkerOfNothing && horizonPassed;
    } else {
      this.isMarkerOfNothing = false;
      this.dropsRecords = transactions.readBatch(bytes, position);
    }
    this.keepsEmpty = this.#isLastOfProducer(bytes, position) || this.#endsAtHighWatermark(bytes, position);
  }

  /** Whether the record stays that the cursor is on. */
  keeps(record: RecordCursor): boolean {
    if (this.dropsRecords) return false;
    if (this.#isControlBatch) return true;
    const { map } = this.#facts;
    const { offset, keyPosition, keySize } = record;
    if (offset > map.latestOffset) return true;
    if (keySize < 0) {
      this.invalidRecords++;
      return false;
    }
    if (record.valueSize < 0 && !this.#keepsTombstones) return false;
    return offset >= map.get(record.bytes, keyPosition, keyPosition + keySize);
  }

  #isLastOfProducer(bytes: Uint8Array, position: number): boolean {
    if (!RecordBatch.hasProducerId(bytes, position)) return false;
    const last = this.#facts.lastRecords.get(RecordBatch.producerId(bytes, position));
    if (last === undefined) return false;
    if (last.lastDataOffset >= 0) return RecordBatch.lastOffset(bytes, position) === last.lastDataOffset;
    // Only its marker tells the epoch that fences the producer's older instances.
    return this.#isControlBatch && RecordBatch.producerEpoch(bytes, position) === last.producerEpoch;
  }

  /** Kafka keeps it so that the log's end can be found in the batches. */
  #endsAtHighWatermark(bytes: Uint8Array, position: number): boolean {
    return RecordBatch.nextOffset(bytes, position) === this.#facts.highWatermark;
  }
}
