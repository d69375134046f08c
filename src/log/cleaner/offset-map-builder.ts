import { CorruptRecordError, openRecords } from "../../record/record.ts";
import * as RecordBatch from "../../record/record-batch.ts";
import type { LogRuntime } from "../log.ts";
import type { Segment } from "../segment.ts";
import { CleanedTransactions } from "./cleaned-transactions.ts";
import type { CleanerLimits } from "./cleaner-limits.ts";
import type { CleanerStats } from "./cleaner-stats.ts";
import { abortedTransactionsBetween, type LogToClean, segmentsBetween } from "./log-to-clean.ts";
import { OFFSET_MAP_ENTRY_BYTES, OffsetMap } from "./offset-map.ts";
import { SegmentBatches } from "./segment-batches.ts";
import type { Work } from "./work.ts";

const RECORDS_PER_SLICE = 128;

export interface OffsetMapBuilderOptions {
  readonly runtime: LogRuntime;
  readonly limits: CleanerLimits;
  readonly stats: CleanerStats;
}

/**
 * Reads the dirty part of a log into a map of its keys and their latest offsets: from its start on, as much of it as fits.
 * `latestOffset` of the map tells how far that is.
 */
export class OffsetMapBuilder {
  readonly #options: OffsetMapBuilderOptions;
  readonly #target: LogToClean;
  readonly #transactions = new CleanedTransactions();
  readonly #map: OffsetMap;
  readonly #maxSize: number;

  constructor(target: LogToClean, options: OffsetMapBuilderOptions) {
    const { runtime, limits } = options;
    this.#options = options;
    this.#target = target;
    this.#map = OffsetMap.allocate(slotsFor(target, limits), runtime.random);
    this.#maxSize = Math.floor(this.#map.slots * limits.loadFactor);
  }

  *build(): Work<OffsetMap> {
    const { log, firstDirtyOffset, firstUncleanableOffset } = this.#target;
    this.#transactions.add(abortedTransactionsBetween(log, firstDirtyOffset, firstUncleanableOffset));
    const dirty = segmentsBetween(log, firstDirtyOffset, firstUncleanableOffset);
    for (const [index, segment] of dirty.entries()) {
      const isFull = yield* this.#readSegment(segment);
      if (isFull) break;
      // Offsets may be missing at the end of a segment.
      this.#map.latestOffset = (dirty[index + 1]?.baseOffset ?? firstUncleanableOffset) - 1;
    }
    return this.#map;
  }

  /** Whether the map became full. */
  *#readSegment(segment: Segment): Work<boolean> {
    const { runtime, limits, stats } = this.#options;
    const { position } = segment.offsetIndex.lookup(this.#target.firstDirtyOffset);
    const batches = new SegmentBatches(segment, position, limits.ioBufferBytes, runtime.checksums);
    try {
      while (yield* batches.next()) {
        const { bytes, index } = batches;
        stats.mapBytesRead += RecordBatch.sizeInBytes(bytes, index);
        const isFull = yield* this.#readBatch(bytes, index);
        if (isFull) return true;
        const lastOffset = RecordBatch.lastOffset(bytes, index);
        if (lastOffset >= this.#target.firstDirtyOffset) this.#map.latestOffset = lastOffset;
        yield;
      }
      return false;
    } finally {
      batches.close();
      segment.freeFiles();
    }
  }

  *#readBatch(bytes: Uint8Array, position: number): Work<boolean> {
    const { runtime, stats } = this.#options;
    if (RecordBatch.isControlBatch(bytes, position)) {
      this.#transactions.readControlBatch(bytes, position);
      stats.mapRecordsRead++;
      return false;
    }
    if (this.#transactions.readBatch(bytes, position)) {
      stats.mapRecordsRead += RecordBatch.recordCount(bytes, position);
      return false;
    }
    const map = this.#map;
    const record = openRecords(bytes, position, runtime.compression);
    for (let read = 1; record.next(); read++) {
      if (record.keySize >= 0 && record.offset >= this.#target.firstDirtyOffset) {
        if (map.size >= this.#maxSize) return true;
        map.put(record.bytes, record.keyPosition, record.keyPosition + record.keySize, record.offset);
        map.latestOffset = record.offset;
      }
      stats.mapRecordsRead++;
      if (read % RECORDS_PER_SLICE === 0) yield;
    }
    if (record.problem !== undefined) throw new CorruptRecordError(record.problem);
    return false;
  }
}

/** As many as the buffer has room for, but no more than there can be keys. */
function slotsFor({ log, firstDirtyOffset, firstUncleanableOffset }: LogToClean, limits: CleanerLimits): number {
  const dirtyFrom = Math.max(firstDirtyOffset, log.segments[0]!.baseOffset);
  const mostKeys = Math.max(1, firstUncleanableOffset - dirtyFrom);
  const wanted = Math.ceil(mostKeys / limits.loadFactor) + 1;
  return Math.min(wanted, mostSlots(limits));
}

export function mostSlots({ mapBytes }: CleanerLimits): number {
  return Math.floor(mapBytes / OFFSET_MAP_ENTRY_BYTES);
}
