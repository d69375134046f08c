import { describe, expect, test } from "vitest";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import {
  batchesOf,
  clean,
  compactedLog,
  contents,
  DELETE_RETENTION_MS,
  endTransaction,
  put,
} from "./cleaner-fixture.ts";

const one = { producerId: 1, producerEpoch: 0, transactional: true };
const two = { producerId: 2, producerEpoch: 0, transactional: true };

/** With records of others behind it, so that neither its last batch nor its marker is needed for anything else. */
function goOn(log: Parameters<typeof put>[0]): void {
  for (const { producerId, baseSequence } of [
    { ...one, baseSequence: 1 },
    { ...two, baseSequence: 1 },
  ]) {
    put(log, [`p${producerId}=last`], { producerId, producerEpoch: 0, baseSequence });
  }
  log.roll();
}

describe("an aborted transaction", () => {
  test("loses its records at once, whatever their keys; the marker stays until its horizon", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1"]);
    put(log, ["a=2", "b=2"], { ...one, baseSequence: 0 });
    endTransaction(log, 1, false);
    put(log, ["p1=last"], { producerId: 1, producerEpoch: 0, baseSequence: 2 });
    log.roll();
    await clean(log, runtime);
    expect(contents(log)).toEqual(["0 a=1", "3 ABORT", "4 p1=last"]);
    expect(
      log.segments[0]!.abortedTransactions(0, log.logEndOffset).transactions.map(({ firstOffset }) => firstOffset),
    ).toEqual([1]);
    expect(batchesOf(log).some(({ bytes }) => RecordBatch.hasDeleteHorizon(bytes, 0))).toBe(false);

    await clean(log, runtime);
    expect(contents(log)).toEqual(["0 a=1", "3 ABORT", "4 p1=last"]);
    expect(log.segments[0]!.transactionIndex.entries).toBe(0);
    expect(RecordBatch.baseTimestamp(batchesOf(log)[1]!.bytes, 0)).toBe(runtime.clock.now() + DELETE_RETENTION_MS);

    runtime.clock.advance(DELETE_RETENTION_MS);
    await clean(log, runtime);
    expect(contents(log)).toEqual(["0 a=1", "4 p1=last"]);
  });

  test("does not hide a value: the one that was there before stays", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1"]);
    put(log, ["a"], { ...one, baseSequence: 0 });
    endTransaction(log, 1, false);
    goOn(log);
    await clean(log, runtime);
    runtime.clock.advance(DELETE_RETENTION_MS);
    await clean(log, runtime);
    expect(contents(log)[0]).toBe("0 a=1");
  });

  test("is seen in all segments that it spans", async () => {
    const { log, runtime } = compactedLog({ "segment.bytes": 150 });
    for (let sequence = 0; sequence < 8; sequence++) put(log, [`a=${sequence}`], { ...one, baseSequence: sequence });
    endTransaction(log, 1, false);
    put(log, ["p1=last"], { producerId: 1, producerEpoch: 0, baseSequence: 8 });
    expect(log.segments.length).toBeGreaterThan(4);
    log.roll();
    await clean(log, runtime);
    expect(contents(log)).toEqual(["8 ABORT", "9 p1=last"]);
  });

  test("keeps the last batch of its producer, without records, and its marker as long", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1"], { ...one, baseSequence: 0 });
    endTransaction(log, 1, false);
    put(log, ["b=1"]);
    log.roll();
    for (let pass = 0; pass < 3; pass++) {
      await clean(log, runtime);
      runtime.clock.advance(2 * DELETE_RETENTION_MS);
    }
    expect(contents(log)).toEqual(["0 -", "1 ABORT", "2 b=1"]);
  });

  test("that ended before the first dirty offset does not hide what its producer writes next", async () => {
    const { log, runtime } = compactedLog({ "index.interval.bytes": 100 });
    put(log, ["a=1", "b=1"]);
    put(log, ["x=1"], { ...one, baseSequence: 0 });
    endTransaction(log, 1, false);
    for (let round = 0; round < 5; round++) put(log, [`c=${round}`, `d=${round}`]);
    const checkpoint = log.logEndOffset;
    put(log, ["a"], { ...one, baseSequence: 1 });
    endTransaction(log, 1, true);
    goOn(log);
    await clean(log, runtime, { checkpoint });
    runtime.clock.advance(DELETE_RETENTION_MS);
    put(log, ["e=1"]);
    log.roll();
    await clean(log, runtime, { checkpoint: log.logEndOffset - 1 });
    expect(contents(log).filter((line) => / a\b/.test(line))).toEqual([]);
  });
});

describe("a committed transaction", () => {
  test("is compacted by keys; its marker stays as long as any of its records", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1", "b=1"], { ...one, baseSequence: 0 });
    endTransaction(log, 1, true);
    put(log, ["b=2"]);
    put(log, ["p1=last"], { producerId: 1, producerEpoch: 0, baseSequence: 2 });
    log.roll();
    for (let pass = 0; pass < 3; pass++) {
      await clean(log, runtime);
      runtime.clock.advance(2 * DELETE_RETENTION_MS);
    }
    expect(contents(log)).toEqual(["0 a=1", "2 COMMIT", "3 b=2", "4 p1=last"]);
    put(log, ["a=2"]);
    log.roll();
    await clean(log, runtime);
    expect(contents(log)).toEqual(["2 COMMIT", "3 b=2", "4 p1=last", "5 a=2"]);
    await clean(log, runtime);
    runtime.clock.advance(2 * DELETE_RETENTION_MS);
    await clean(log, runtime);
    expect(contents(log)).toEqual(["3 b=2", "4 p1=last", "5 a=2"]);
  });

  test("and an aborted one of another producer at the same time are told apart", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1"], { ...one, baseSequence: 0 });
    put(log, ["a=2", "b=2"], { ...two, baseSequence: 0 });
    put(log, ["c=1"], { ...one, baseSequence: 1 });
    endTransaction(log, 2, false);
    put(log, ["d=1"], { ...one, baseSequence: 2 });
    endTransaction(log, 1, true);
    put(log, ["p=1"], { ...one, baseSequence: 3, transactional: false });
    put(log, ["p=2"], { ...two, baseSequence: 2, transactional: false });
    log.roll();
    await clean(log, runtime);
    expect(contents(log)).toEqual(["0 a=1", "3 c=1", "4 ABORT", "5 d=1", "6 COMMIT", "7 -", "8 p=2"]);
  });
});

describe("a producer that is known by its marker only", () => {
  test("keeps it: it has the epoch that fences older instances", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1"], { ...one, baseSequence: 0 });
    // The transaction coordinator raises the epoch with the marker (KIP-890).
    endTransaction(log, 1, false, 1);
    put(log, ["b=1"]);
    log.roll();
    for (let pass = 0; pass < 4; pass++) {
      await clean(log, runtime);
      runtime.clock.advance(2 * DELETE_RETENTION_MS);
    }
    expect(contents(log)).toEqual(["1 -", "2 b=1"]);
    expect(RecordBatch.isControlBatch(batchesOf(log)[0]!.bytes, 0)).toBe(true);
    expect(RecordBatch.producerEpoch(batchesOf(log)[0]!.bytes, 0)).toBe(1);
  });
});

describe("a transaction that is still open", () => {
  test("holds back the cleaning of all that follows it", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1"]);
    put(log, ["a=2"]);
    log.roll();
    put(log, ["x=1"], { ...one, baseSequence: 0 });
    log.roll();
    put(log, ["a=3"]);
    log.roll();
    const { nextDirtyOffset } = await clean(log, runtime);
    expect(nextDirtyOffset).toBe(2);
    expect(contents(log)).toEqual(["1 a=2", "2 x=1", "3 a=3"]);
    endTransaction(log, 1, true);
    log.roll();
    await clean(log, runtime, { checkpoint: nextDirtyOffset });
    expect(contents(log)).toEqual(["2 x=1", "3 a=3", "4 COMMIT"]);
  });
});
