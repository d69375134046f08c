import { readEndTransactionMarker } from "../record/control-record.ts";
import * as RecordBatch from "../record/record-batch.ts";
import { type BatchMetadata, ProducerEntry } from "./producer-entry.ts";
import { type ProducerCopy, ProducerHistory } from "./producer-history.ts";
import type { AbortedTransaction } from "./transaction-index.ts";

/** Why a producer's batch may not be appended: the name of Kafka's error, and the facts. */
export interface ProducerRejection {
  readonly error:
    | "OUT_OF_ORDER_SEQUENCE_NUMBER"
    | "INVALID_PRODUCER_EPOCH"
    | "INVALID_TXN_STATE"
    | "TRANSACTION_COORDINATOR_FENCED";
  readonly message: string;
}

const MAX_EPOCH = 0x7fff;

export interface ProducerCheck {
  /** Sequence numbers are a client's only. */
  readonly checkSequence: boolean;
  /** Of a marker. */
  readonly transactionVersion: number;
}

export interface OpenTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of its end marker; -1 before it has one. */
  readonly lastOffset: number;
}

/**
 * What the producers with an id have written (KIP-98): it makes their retries harmless, keeps their batches in order,
 * fences the older of two with the same id, and knows which transactions are open.
 */
export class ProducerState {
  readonly #producers = new Map<number, ProducerEntry>();
  /** By first offset, ascending. */
  #ongoing: OpenTransaction[] = [];
  /** Ended, but the marker is not below the high watermark yet. */
  #unreplicated: OpenTransaction[] = [];
  readonly #history = new ProducerHistory();
  /** The log has been seen up to here. */
  endOffset = 0;

  get entries(): Iterable<ProducerEntry> {
    return this.#producers.values();
  }

  get size(): number {
    return this.#producers.size;
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.#producers.get(producerId);
  }

  /** Whether the batch would go on with a transaction that is open here. */
  hasOngoingTransaction(bytes: Uint8Array, position: number): boolean {
    const entry = this.#producers.get(RecordBatch.producerId(bytes, position));
    if (entry === undefined || entry.currentTransactionFirstOffset < 0) return false;
    return entry.producerEpoch === RecordBatch.producerEpoch(bytes, position);
  }

  /** The batch as it was written before, when the producer sends one of its last batches again. */
  findDuplicate(bytes: Uint8Array, position: number): BatchMetadata | undefined {
    return this.#producers
      .get(RecordBatch.producerId(bytes, position))
      ?.findDuplicate(
        RecordBatch.producerEpoch(bytes, position),
        RecordBatch.baseSequence(bytes, position),
        RecordBatch.lastSequence(bytes, position),
      );
  }

  /** Whether a batch with a producer id may be appended. */
  check(bytes: Uint8Array, position: number, options: ProducerCheck): ProducerRejection | undefined {
    const producerId = RecordBatch.producerId(bytes, position);
    const epoch = RecordBatch.producerEpoch(bytes, position);
    const entry = this.#producers.get(producerId);
    if (entry === undefined) return undefined;
    const isMarker = RecordBatch.isControlBatch(bytes, position);
    if (epoch < (isMarker ? leastMarkerEpoch(entry, options.transactionVersion) : entry.producerEpoch)) {
      return {
        error: "INVALID_PRODUCER_EPOCH",
        message: `Producer ${producerId} has the epoch ${epoch}, the last one seen is ${entry.producerEpoch}`,
      };
    }
    if (isMarker) return checkMarker(bytes, position, entry);
    if (options.checkSequence) {
      const rejection = checkFirstSequence(RecordBatch.baseSequence(bytes, position), epoch, entry);
      if (rejection !== undefined) return rejection;
    }
    if (entry.currentTransactionFirstOffset >= 0 && !RecordBatch.isTransactional(bytes, position)) {
      return {
        error: "INVALID_TXN_STATE",
        message: `Producer ${producerId} has an open transaction and sent a batch outside of it`,
      };
    }
    return undefined;
  }

  /** Takes in a batch that is in the log, offsets and all; answers the transaction that it aborts, for the index. */
  update(bytes: Uint8Array, position: number): AbortedTransaction | undefined {
    this.endOffset = RecordBatch.nextOffset(bytes, position);
    const aborted = this.#take(bytes, position);
    this.#history.batchSeen(this.endOffset, this.#producers, this.#unreplicated);
    return aborted;
  }

  /** How the producers were when the log ended somewhere in (logStartOffset, endOffset], if that is still known. */
  copyBefore(logStartOffset: number, endOffset: number): ProducerCopy | undefined {
    return this.#history.newest(logStartOffset, endOffset);
  }

  #take(bytes: Uint8Array, position: number): AbortedTransaction | undefined {
    const producerId = RecordBatch.producerId(bytes, position);
    if (producerId < 0) return undefined;
    if (RecordBatch.isControlBatch(bytes, position)) return this.#endTransaction(bytes, position, producerId);
    this.#addBatch(bytes, position, this.#entry(producerId));
    return undefined;
  }

  /** The first offset that a reader of committed records may not see yet, if transactions hold it back. */
  get firstUnstableOffset(): number | undefined {
    const ongoing = this.#ongoing[0]?.firstOffset ?? Number.POSITIVE_INFINITY;
    const unreplicated = this.#unreplicated[0]?.firstOffset ?? Number.POSITIVE_INFINITY;
    const first = Math.min(ongoing, unreplicated);
    return first === Number.POSITIVE_INFINITY ? undefined : first;
  }

  onHighWatermarkUpdated(highWatermark: number): void {
    if (this.#unreplicated.length === 0) return;
    this.#unreplicated = this.#unreplicated.filter((transaction) => transaction.lastOffset >= highWatermark);
  }

  /** KIP-360: a producer that is idle for long is forgotten; its next batch may have any sequence number. */
  removeExpired(nowMs: number, expirationMs: number): void {
    for (const [producerId, entry] of this.#producers) {
      const idle = nowMs - entry.lastTimestamp >= expirationMs;
      if (idle && entry.currentTransactionFirstOffset < 0) this.#producers.delete(producerId);
    }
  }

  /** Starts over from a snapshot taken at `endOffset`, or from nothing. */
  reset(endOffset: number, entries?: readonly ProducerEntry[], unreplicated: readonly OpenTransaction[] = []): void {
    if (entries === undefined) this.#history.clear();
    else this.#history.truncateTo(endOffset);
    this.#producers.clear();
    this.#unreplicated = [...unreplicated];
    this.#ongoing = [];
    this.endOffset = endOffset;
    for (const entry of entries ?? []) {
      this.#producers.set(entry.producerId, entry);
      const firstOffset = entry.currentTransactionFirstOffset;
      if (firstOffset >= 0) this.#ongoing.push({ producerId: entry.producerId, firstOffset, lastOffset: -1 });
    }
    this.#ongoing.sort((one, other) => one.firstOffset - other.firstOffset);
  }

  #entry(producerId: number): ProducerEntry {
    let entry = this.#producers.get(producerId);
    if (entry === undefined) {
      entry = new ProducerEntry(producerId);
      this.#producers.set(producerId, entry);
    }
    return entry;
  }

  #addBatch(bytes: Uint8Array, position: number, entry: ProducerEntry): void {
    const firstOffset = RecordBatch.baseOffset(bytes, position);
    entry.addBatch(RecordBatch.producerEpoch(bytes, position), {
      lastSequence: RecordBatch.lastSequence(bytes, position),
      lastOffset: RecordBatch.lastOffset(bytes, position),
      offsetDelta: RecordBatch.lastOffsetDelta(bytes, position),
      timestamp: RecordBatch.maxTimestamp(bytes, position),
    });
    if (entry.currentTransactionFirstOffset < 0 && RecordBatch.isTransactional(bytes, position)) {
      entry.currentTransactionFirstOffset = firstOffset;
      this.#ongoing.push({ producerId: entry.producerId, firstOffset, lastOffset: -1 });
    }
  }

  #endTransaction(bytes: Uint8Array, position: number, producerId: number): AbortedTransaction | undefined {
    const marker = readEndTransactionMarker(bytes, position);
    // The cleaner leaves an empty control batch of a transaction that is gone.
    if (marker === undefined) return undefined;
    const entry = this.#entry(producerId);
    entry.updateEpoch(RecordBatch.producerEpoch(bytes, position));
    entry.coordinatorEpoch = marker.coordinatorEpoch;
    entry.lastTimestamp = marker.timestamp;
    const { currentTransactionFirstOffset: firstOffset } = entry;
    if (firstOffset < 0) return undefined;
    entry.currentTransactionFirstOffset = -1;
    this.#ongoing = this.#ongoing.filter((transaction) => transaction.firstOffset !== firstOffset);
    const lastOffset = RecordBatch.lastOffset(bytes, position);
    this.#unreplicated.push({ producerId, firstOffset, lastOffset });
    this.#unreplicated.sort((one, other) => one.firstOffset - other.firstOffset);
    if (marker.commit) return undefined;
    return { producerId, firstOffset, lastOffset, lastStableOffset: this.#ongoing[0]?.firstOffset ?? lastOffset + 1 };
  }
}

function checkFirstSequence(firstSequence: number, epoch: number, entry: ProducerEntry): ProducerRejection | undefined {
  const newEpoch = epoch !== entry.producerEpoch;
  // Without an epoch all that the producer wrote has been deleted, and any number will do.
  if (entry.producerEpoch === RecordBatch.NO_PRODUCER_EPOCH) return undefined;
  if (newEpoch ? firstSequence === 0 : follows(entry.lastSequence, firstSequence)) return undefined;
  const expected = newEpoch ? `0, the first of the new epoch ${epoch}` : `the one after ${entry.lastSequence}`;
  return {
    error: "OUT_OF_ORDER_SEQUENCE_NUMBER",
    message: `Producer ${entry.producerId} sent the sequence number ${firstSequence}, expected is ${expected}`,
  };
}

function follows(lastSequence: number, nextSequence: number): boolean {
  return nextSequence === lastSequence + 1 || (nextSequence === 0 && lastSequence === 0x7fff_ffff);
}

/**
 * KIP-890: from transaction version 2 on the coordinator raises the epoch with each marker, so that a late one can't end the
 * next transaction. The same marker once more does no harm when none is open, and the largest epoch can't be raised.
 */
function leastMarkerEpoch(entry: ProducerEntry, transactionVersion: number): number {
  const { producerEpoch } = entry;
  if (transactionVersion < 2 || entry.currentTransactionFirstOffset < 0 || producerEpoch === MAX_EPOCH) {
    return producerEpoch;
  }
  return producerEpoch + 1;
}

function checkMarker(bytes: Uint8Array, position: number, entry: ProducerEntry): ProducerRejection | undefined {
  const marker = readEndTransactionMarker(bytes, position);
  if (marker === undefined || marker.coordinatorEpoch >= entry.coordinatorEpoch) return undefined;
  return {
    error: "TRANSACTION_COORDINATOR_FENCED",
    message: `The marker for producer ${entry.producerId} is of the coordinator epoch ${marker.coordinatorEpoch}, the last one seen is ${entry.coordinatorEpoch}`,
  };
}
