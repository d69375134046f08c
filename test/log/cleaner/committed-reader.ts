import type { Log } from "../../../src/log/log.ts";
import { readEndTransactionMarker } from "../../../src/record/control-record.ts";
import { decodeRecords } from "../../../src/record/record.ts";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import { readRange, simulate } from "../log-fixture.ts";
import type { WrittenRecord } from "./random-log.ts";

const codecs = simulate().compression;
const text = new TextDecoder();

/**
 * The records that a consumer of committed records gets, from the log start to the last stable offset: it leaves out what
 * the broker tells it was aborted, up to the marker, as Kafka's clients do (KIP-98).
 */
export function readCommitted(log: Log, maxBytes = 64 * 1024): WrittenRecord[] {
  const records: WrittenRecord[] = [];
  let offset = log.logStartOffset;
  while (offset < log.lastStableOffset) {
    const read = log.read(offset, maxBytes, { upToOffset: log.lastStableOffset, minOneMessage: true });
    if (read.records === null) break;
    const aborted = [...log.abortedTransactions(offset, read)!].sort(
      (one, other) => one.firstOffset - other.firstOffset,
    );
    const open = new Set<number>();
    const bytes = readRange(read.records);
    for (const position of RecordBatch.batchPositions(bytes)) {
      const lastOffset = RecordBatch.lastOffset(bytes, position);
      const producerId = RecordBatch.producerId(bytes, position);
      while (aborted[0] !== undefined && aborted[0].firstOffset <= lastOffset) open.add(aborted.shift()!.producerId);
      if (RecordBatch.isControlBatch(bytes, position)) {
        if (readEndTransactionMarker(bytes, position)?.commit === false) open.delete(producerId);
      } else if (!RecordBatch.isTransactional(bytes, position) || !open.has(producerId)) {
        for (const record of decodeRecords(bytes, position, codecs)) {
          if (record.offset < offset) continue;
          const value = record.value === null ? null : text.decode(record.value);
          records.push({ offset: record.offset, key: text.decode(record.key ?? undefined), value });
        }
      }
      offset = Math.max(offset, lastOffset + 1);
    }
  }
  return records;
}
