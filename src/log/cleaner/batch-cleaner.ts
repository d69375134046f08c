import { compress } from "../../record/compression/index.ts";
import { CorruptRecordError, openRecords, type RecordCursor } from "../../record/record.ts";
import * as RecordBatch from "../../record/record-batch.ts";
import type { Checksums, Compression } from "../../runtime.ts";
import type { BatchRetention } from "./batch-retention.ts";
import type { CleanerStats } from "./cleaner-stats.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import { RetainedRecords } from "./retained-records.ts";
import type { Work } from "./work.ts";

const RECORDS_PER_SLICE = 128;
const NO_HORIZON = -1;

export interface BatchCleanerOptions {
  readonly runtime: { readonly checksums: Checksums; readonly compression: Compression };
  readonly retention: BatchRetention;
  readonly nowMs: number;
  /** `delete.retention.ms` */
  readonly deleteRetentionMs: number;
  readonly output: OutputBuffer;
  readonly stats: CleanerStats;
}

/**
 * Writes what stays of batches into the output, byte for byte as Kafka's cleaner does: a batch of which everything stays as
 * it is, one of which nothing stays not at all or as a bare header, any other with the records that stay, its offsets as
 * they were. The first cleaning that meets a tombstone, or a marker of nothing, gives its batch a delete horizon.
 */
export class BatchCleaner {
  readonly #options: BatchCleanerOptions;
  readonly #retained = new RetainedRecords();

  constructor(options: BatchCleanerOptions) {
    this.#options = options;
  }

  /** The batch at `position` is whole and its checksum is right; throws when its records are not what they should be. */
  *clean(bytes: Uint8Array, position: number): Work<void> {
    const { retention, stats } = this.#options;
    const sizeInBytes = RecordBatch.sizeInBytes(bytes, position);
    stats.bytesRead += sizeInBytes;
    retention.read(bytes, position);
    if (retention.dropsRecords && !retention.keepsEmpty) return;
    const cursor = openRecords(bytes, position, this.#options.runtime.compression);
    const read = yield* this.#select(cursor);
    stats.recordsRead += read;
    const { count } = this.#retained;
    if (count === 0) {
      if (retention.keepsEmpty) this.#writeEmpty(bytes, position);
      return;
    }
    stats.recordsWritten += count;
    const needsHorizon =
      (this.#retained.hasTombstone || retention.isMarkerOfNothing) && !RecordBatch.hasDeleteHorizon(bytes, position);
    if (count === read && !needsHorizon) {
      this.#writeWhole(bytes.subarray(position, position + sizeInBytes));
      return;
    }
    this.#rewrite(bytes, position, cursor.bytes, this.#horizonOf(bytes, position, needsHorizon));
  }

  /** How many records there are. */
  *#select(cursor: RecordCursor): Work<number> {
    const { retention } = this.#options;
    let read = 0;
    this.#retained.clear();
    while (cursor.next()) {
      if (retention.keeps(cursor)) this.#retained.add(cursor);
      if (++read % RECORDS_PER_SLICE === 0) yield;
    }
    if (cursor.problem !== undefined) throw new CorruptRecordError(cursor.problem);
    return read;
  }

  #horizonOf(bytes: Uint8Array, position: number, isNew: boolean): number {
    if (isNew) return this.#options.nowMs + this.#options.deleteRetentionMs;
    return RecordBatch.hasDeleteHorizon(bytes, position) ? RecordBatch.baseTimestamp(bytes, position) : NO_HORIZON;
  }

  /** The records that stay are in `source`, not compressed. */
  #rewrite(bytes: Uint8Array, position: number, source: Uint8Array, horizon: number): void {
    const baseTimestamp = horizon === NO_HORIZON ? this.#retained.firstTimestamp : horizon;
    const type = RecordBatch.compressionType(bytes, position);
    // Where the broker has set the time, what the records themselves say does not count.
    const copies =
      baseTimestamp === RecordBatch.baseTimestamp(bytes, position) && !RecordBatch.isLogAppendTime(bytes, position);
    const size = copies ? this.#retained.sizeInBytes() : this.#retained.sizeInBytesFrom(baseTimestamp);
    let batch = type === 0 ? this.#reserve(size) : undefined;
    const records = batch?.subarray(RecordBatch.RECORD_BATCH_OVERHEAD) ?? new Uint8Array(size);
    if (copies) this.#retained.copyTo(records, source);
    else this.#retained.writeTo(records, source, baseTimestamp);
    if (batch === undefined) {
      const compressed = compress(type, records, this.#options.runtime.compression);
      batch = this.#reserve(compressed.length);
      batch.set(compressed, RecordBatch.RECORD_BATCH_OVERHEAD);
    }
    this.#writeHeader(batch, bytes, position, {
      attributes: RecordBatch.withDeleteHorizon(RecordBatch.attributes(bytes, position), horizon !== NO_HORIZON),
      baseTimestamp,
      maxTimestamp: this.#retained.maxTimestamp,
      recordCount: this.#retained.count,
    });
  }

  #writeEmpty(bytes: Uint8Array, position: number): void {
    this.#writeHeader(this.#reserve(0), bytes, position, {
      attributes: RecordBatch.attributesOfEmpty(RecordBatch.attributes(bytes, position)),
      baseTimestamp: RecordBatch.NO_TIMESTAMP,
      maxTimestamp: RecordBatch.maxTimestamp(bytes, position),
      recordCount: 0,
    });
  }

  #writeWhole(batch: Uint8Array): void {
    this.#options.output.append(batch);
    this.#options.stats.bytesWritten += batch.length;
  }

  /** Room in the output for a header and so many bytes of records. */
  #reserve(recordBytes: number): Uint8Array {
    const sizeInBytes = RecordBatch.RECORD_BATCH_OVERHEAD + recordBytes;
    this.#options.stats.bytesWritten += sizeInBytes;
    return this.#options.output.reserve(sizeInBytes);
  }

  /** Gives the batch, whose records are in place, the header of the old one, but for what is told. */
  #writeHeader(batch: Uint8Array, bytes: Uint8Array, position: number, changed: ChangedHeader): void {
    RecordBatch.writeHeader(batch, 0, {
      baseOffset: RecordBatch.baseOffset(bytes, position),
      sizeInBytes: batch.length,
      partitionLeaderEpoch: RecordBatch.partitionLeaderEpoch(bytes, position),
      lastOffsetDelta: RecordBatch.lastOffsetDelta(bytes, position),
      producerId: RecordBatch.producerId(bytes, position),
      producerEpoch: RecordBatch.producerEpoch(bytes, position),
      baseSequence: RecordBatch.baseSequence(bytes, position),
      ...changed,
    });
    RecordBatch.writeChecksum(batch, 0, this.#options.runtime.checksums);
  }
}

type ChangedHeader = Pick<RecordBatch.BatchHeader, "attributes" | "baseTimestamp" | "maxTimestamp" | "recordCount">;
