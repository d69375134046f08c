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
const NO_TIMESTAMP = BigInt(RecordBatch.NO_TIMESTAMP);

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
    this.#rewrite(bytes, position, cursor.bytes, needsHorizon);
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

  /** What the times are told from in the new batch: its delete horizon, or else the first of them. */
  #newBase(bytes: Uint8Array, position: number, needsHorizon: boolean): bigint {
    if (needsHorizon) return BigInt(this.#options.nowMs + this.#options.deleteRetentionMs);
    if (RecordBatch.hasDeleteHorizon(bytes, position)) return RecordBatch.exactBaseTimestamp(bytes, position);
    return BigInt.asIntN(64, RecordBatch.exactTimestampBase(bytes, position) + this.#retained.firstDelta);
  }

  /** The records that stay are in `source`, not compressed. */
  #rewrite(bytes: Uint8Array, position: number, source: Uint8Array, needsHorizon: boolean): void {
    const base = RecordBatch.exactTimestampBase(bytes, position);
    const newBase = this.#newBase(bytes, position, needsHorizon);
    const shiftMs = newBase - base;
    const maxTimestamp = BigInt.asIntN(64, base + this.#retained.maxDelta);
    const type = RecordBatch.compressionType(bytes, position);
    const attributes = RecordBatch.attributes(bytes, position);
    // Where the broker has set the time, what the records themselves say does not count.
    const copies = shiftMs === 0n && !RecordBatch.isLogAppendTime(bytes, position);
    const size = copies ? this.#retained.sizeInBytes() : this.#retained.sizeInBytesFrom(shiftMs);
    let batch = type === 0 ? this.#reserve(size) : undefined;
    const records = batch?.subarray(RecordBatch.RECORD_BATCH_OVERHEAD) ?? new Uint8Array(size);
    if (copies) this.#retained.copyTo(records, source);
    else this.#retained.writeTo(records, source, shiftMs);
    if (batch === undefined) {
      const compressed = compress(type, records, this.#options.runtime.compression);
      batch = this.#reserve(compressed.length);
      batch.set(compressed, RecordBatch.RECORD_BATCH_OVERHEAD);
    }
    this.#writeHeader(batch, bytes, position, {
      attributes: needsHorizon ? RecordBatch.withDeleteHorizon(attributes) : attributes,
      baseTimestamp: newBase,
      maxTimestamp: maxTimestamp > NO_TIMESTAMP ? maxTimestamp : NO_TIMESTAMP,
      recordCount: this.#retained.count,
    });
  }

  #writeEmpty(bytes: Uint8Array, position: number): void {
    this.#writeHeader(this.#reserve(0), bytes, position, {
      attributes: RecordBatch.attributesOfEmpty(RecordBatch.attributes(bytes, position)),
      baseTimestamp: NO_TIMESTAMP,
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
    // As bytes: a producer's numbers may take all 64 bits.
    batch.set(bytes.subarray(position, position + RecordBatch.RECORD_BATCH_OVERHEAD));
    RecordBatch.setSizeInBytes(batch, 0, batch.length);
    RecordBatch.setAttributes(batch, 0, changed.attributes);
    RecordBatch.setExactBaseTimestamp(batch, 0, changed.baseTimestamp);
    if (changed.maxTimestamp !== undefined) RecordBatch.setExactMaxTimestamp(batch, 0, changed.maxTimestamp);
    RecordBatch.setRecordCount(batch, 0, changed.recordCount);
    RecordBatch.writeChecksum(batch, 0, this.#options.runtime.checksums);
  }
}

interface ChangedHeader {
  readonly attributes: number;
  readonly baseTimestamp: bigint;
  readonly maxTimestamp?: bigint;
  readonly recordCount: number;
}
