import { describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { SeededRandom } from "../../adapters/simulator/index.ts";
import { buildBatch, type RecordInput } from "../../src/record/batch-builder.ts";
import { RecordCursor } from "../../src/record/record.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import { type WalkedRecords, walkRecords } from "../../src/record/record-walk.ts";

/** The quick walk over records says yes to nothing that a cursor, which takes its time, says no to, and to all usual records. */

const runtime = createRuntime();
const START_MS = 1_700_000_000_000;

function walked(batch: Uint8Array, more: Partial<WalkedRecords> = {}): number | undefined {
  return walkRecords({
    bytes: batch,
    start: RecordBatch.RECORD_BATCH_OVERHEAD,
    end: RecordBatch.sizeInBytes(batch, 0),
    count: RecordBatch.recordCount(batch, 0),
    baseTimestamp: RecordBatch.baseTimestamp(batch, 0),
    maxRecordBytes: Number.POSITIVE_INFINITY,
    needsKeys: false,
    earliestTimestamp: Number.NEGATIVE_INFINITY,
    latestTimestamp: Number.POSITIVE_INFINITY,
    ...more,
  });
}

/** What a cursor makes of them: the largest timestamp, or undefined when anything is wrong. */
function asCursorSees(batch: Uint8Array, needsKeys: boolean, maxRecordBytes: number): number | undefined {
  const start = RecordBatch.RECORD_BATCH_OVERHEAD;
  const cursor = new RecordCursor(batch, 0, batch, start, RecordBatch.sizeInBytes(batch, 0));
  let maxTimestamp = RecordBatch.NO_TIMESTAMP;
  for (let index = 0; cursor.next(); index++) {
    const isBad =
      cursor.offsetDelta !== index || (needsKeys && cursor.keySize < 0) || cursor.sizeBytes > maxRecordBytes;
    if (isBad) return undefined;
    maxTimestamp = Math.max(maxTimestamp, cursor.timestamp);
  }
  return cursor.problem === undefined ? maxTimestamp : undefined;
}

function randomRecords(random: SeededRandom, count: number, mostBytes: number): RecordInput[] {
  const bytes = (most: number) => (random.integer(5) === 0 ? null : random.bytes(random.integer(most)));
  return Array.from({ length: count }, () => ({
    timestamp: random.integer(10) === 0 ? random.integer(2 ** 42) : START_MS + random.integer(20_000) - 10_000,
    key: bytes(mostBytes),
    value: bytes(random.integer(10) === 0 ? 50 * mostBytes : mostBytes),
    headers: Array.from({ length: random.integer(4) === 0 ? random.integer(5) : 0 }, () => ({
      key: "k".repeat(random.integer(mostBytes)),
      value: bytes(mostBytes),
    })),
  }));
}

describe("a walk over records", () => {
  test("takes all that a producer may send, and finds their largest timestamp", () => {
    const random = new SeededRandom(3);
    for (let round = 0; round < 100; round++) {
      const records = randomRecords(random, round === 0 ? 20_000 : 1 + random.integer(80), 200);
      const batch = buildBatch({ records }, runtime);
      expect(walked(batch)).toBe(Math.max(...records.map(({ timestamp }) => timestamp)));
    }
  });

  test("takes nothing that a cursor does not take, whatever is broken", () => {
    const random = new SeededRandom(4);
    let agreed = 0;
    for (let round = 0; round < 20_000; round++) {
      const batch = buildBatch({ records: randomRecords(random, 1 + random.integer(4), 40) }, runtime);
      const start = RecordBatch.RECORD_BATCH_OVERHEAD;
      for (let changes = random.integer(4); changes > 0; changes--) {
        const at = start + random.integer(batch.length - start);
        batch[at] = random.integer(3) === 0 ? random.integer(256) : batch[at]! ^ (1 << random.integer(8));
      }
      const needsKeys = random.integer(3) === 0;
      const maxRecordBytes = random.integer(3) === 0 ? random.integer(200) : Number.POSITIVE_INFINITY;
      const result = walked(batch, { needsKeys, maxRecordBytes });
      if (result === undefined) continue;
      agreed++;
      expect(result, `round ${round}`).toBe(asCursorSees(batch, needsKeys, maxRecordBytes));
    }
    expect(agreed).toBeGreaterThan(2_000);
  });

  test("leaves numbers that take more bytes than they need to a cursor", () => {
    const batch = buildBatch({ records: [{ timestamp: START_MS, key: null, value: null }] }, runtime);
    const body = batch.subarray(RecordBatch.RECORD_BATCH_OVERHEAD);
    // The offset delta 0 in two bytes; the record is one byte longer.
    const longer = Uint8Array.of(
      ...batch.subarray(0, 61),
      body[0]! + 2,
      ...body.subarray(1, 3),
      0x80,
      0,
      ...body.subarray(4),
    );
    new DataView(longer.buffer).setInt32(8, longer.length - 12);
    expect(asCursorSees(longer, false, 100)).toBe(START_MS);
    expect(walked(longer)).toBeUndefined();
  });

  test("knows sizes of every number of bytes", () => {
    for (const size of [0, 1, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576, 134_217_728]) {
      const batch = buildBatch({ records: [{ timestamp: START_MS, key: null, value: new Uint8Array(size) }] }, runtime);
      expect(walked(batch), `${size} bytes`).toBe(START_MS);
    }
  });

  test("says no to a record without a key where one is needed, and to a timestamp out of range, but not to none", () => {
    const batch = (timestamp: number, key: Uint8Array | null) =>
      buildBatch(
        {
          records: [
            { timestamp: START_MS, key: new Uint8Array(1), value: null },
            { timestamp, key, value: null },
          ],
        },
        runtime,
      );
    const range = { earliestTimestamp: START_MS - 10, latestTimestamp: START_MS + 10 };
    expect(walked(batch(START_MS, null), { needsKeys: true })).toBeUndefined();
    expect(walked(batch(START_MS, new Uint8Array(0)), { needsKeys: true })).toBe(START_MS);
    for (const timestamp of [START_MS - 11, START_MS + 11, -2]) {
      expect(walked(batch(timestamp, null), range)).toBeUndefined();
    }
    for (const timestamp of [START_MS - 10, START_MS + 10, -1]) {
      expect(walked(batch(timestamp, null), range)).toBe(Math.max(START_MS, timestamp));
    }
  });
});
