import { expect } from "vitest";
import type { SeededRandom } from "../../adapters/simulator/index.ts";
import type { Log } from "../../src/log/log.ts";
import { readEndTransactionMarker } from "../../src/record/control-record.ts";
import { decodeRecords } from "../../src/record/record.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import { readCommitted } from "./cleaner/committed-reader.ts";
import { expectSame } from "./index-checks.ts";
import { offsetForTimestamp, simulate } from "./log-fixture.ts";

interface Found {
  readonly offset: number;
  readonly timestamp: number;
}

/** What a log answers to look-ups by time, and to readers of committed records, is what its batches say. */
export function checkAnswers(log: Log, random: SeededRandom): void {
  const { records, committed, openSince } = readBatches(log);
  for (let count = 0; count < 3 && records.length > 0; count++) {
    const time = records[random.integer(records.length)]!.timestamp + random.integer(3) - 1;
    const first = records.find(({ timestamp }) => timestamp >= time);
    expectSame(offsetForTimestamp(log, time)?.offset, first?.offset, "first of time", time);
  }
  const { lastStableOffset } = log;
  // A transaction may have begun earlier, in a segment that is gone.
  const begunEarlier = [...log.producers.entries].some(
    ({ currentTransactionFirstOffset: offset }) => offset >= 0 && offset < log.segments[0]!.baseOffset,
  );
  const firstUnstable = Math.max(begunEarlier ? 0 : (openSince ?? log.highWatermark), log.logStartOffset);
  expect(lastStableOffset).toBe(Math.min(firstUnstable, log.highWatermark));
  const read = readCommitted(log, 1 + random.integer(3_000)).map(({ offset }) => offset);
  expect(read).toEqual(committed.filter((offset) => offset < lastStableOffset));
}

/** All records, those that are in no transaction or in one that was committed, and where the first open one begins here. */
function readBatches(log: Log) {
  const records: Found[] = [];
  const committed: number[] = [];
  const open = new Map<number, number[]>();
  const since = new Map<number, number>();
  const decide = (producerId: number, isCommitted: boolean): void => {
    if (isCommitted) committed.push(...(open.get(producerId) ?? []));
    open.delete(producerId);
    since.delete(producerId);
  };
  for (const segment of log.segments) {
    const scanner = segment.scan(0);
    for (let more = scanner !== undefined; more; more = scanner!.next()) {
      const bytes = scanner!.readBatch();
      const producerId = RecordBatch.producerId(bytes, 0);
      const kept = decodeRecords(bytes, 0, simulate().compression).filter(({ offset }) => offset >= log.logStartOffset);
      records.push(...kept);
      const offsets = kept.map(({ offset }) => offset);
      if (RecordBatch.isControlBatch(bytes, 0)) decide(producerId, readEndTransactionMarker(bytes, 0)!.commit);
      else if (!RecordBatch.isTransactional(bytes, 0)) committed.push(...offsets);
      else {
        open.set(producerId, [...(open.get(producerId) ?? []), ...offsets]);
        since.set(producerId, since.get(producerId) ?? RecordBatch.baseOffset(bytes, 0));
      }
    }
  }
  return {
    records,
    committed: committed.sort((one, other) => one - other),
    openSince: since.size === 0 ? undefined : Math.min(...since.values()),
  };
}
