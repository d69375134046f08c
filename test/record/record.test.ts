import { describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { type BatchInput, buildBatch } from "../../src/record/batch-builder.ts";
import { decodeRecords, openRecords } from "../../src/record/record.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";

const runtime = createRuntime();
const bytes = (value: string) => new TextEncoder().encode(value);

const records: BatchInput["records"] = [
  { timestamp: 1_700_000_000_000, key: bytes("k"), value: bytes("one") },
  { timestamp: 1_700_000_000_005, key: null, value: bytes("two"), headers: [{ key: "ä", value: bytes("h") }] },
  { timestamp: 1_600_000_000_000, key: bytes(""), value: null, headers: [{ key: "", value: null }] },
  { timestamp: -1, key: bytes("x".repeat(500)), value: bytes("y".repeat(5000)) },
];

describe.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)("a batch compressed with %s", (compression) => {
  const batch = buildBatch({ records, baseOffset: 40, leaderEpoch: 3, compression }, runtime);

  test("is whole and its header says what is in it", () => {
    expect(RecordBatch.findProblem(batch, 0, runtime.checksums)).toBeUndefined();
    expect(RecordBatch.sizeInBytes(batch, 0)).toBe(batch.length);
    expect(RecordBatch.baseOffset(batch, 0)).toBe(40);
    expect(RecordBatch.lastOffset(batch, 0)).toBe(43);
    expect(RecordBatch.recordCount(batch, 0)).toBe(4);
    expect(RecordBatch.partitionLeaderEpoch(batch, 0)).toBe(3);
    expect(RecordBatch.baseTimestamp(batch, 0)).toBe(1_700_000_000_000);
    expect(RecordBatch.maxTimestamp(batch, 0)).toBe(1_700_000_000_005);
    expect(RecordBatch.producerId(batch, 0)).toBe(-1);
  });

  test("gives its records back", () => {
    expect(decodeRecords(batch, 0, runtime.compression)).toEqual(
      records.map((record, index) => ({ headers: [], ...record, offset: 40 + index })),
    );
  });

  test("reads records at any place of a larger buffer", () => {
    const buffer = new Uint8Array(batch.length + 20).fill(0xee);
    buffer.set(batch, 7);
    expect(decodeRecords(buffer, 7, runtime.compression)).toEqual(decodeRecords(batch, 0, runtime.compression));
  });
});

test("a batch stamped by the broker gives every record the broker's time", () => {
  const batch = buildBatch({ records }, runtime);
  RecordBatch.setLogAppendTime(batch, 0, 123);
  expect(decodeRecords(batch, 0, runtime.compression).map(({ timestamp }) => timestamp)).toEqual([123, 123, 123, 123]);
  RecordBatch.setCreateTime(batch, 0, 456);
  expect(decodeRecords(batch, 0, runtime.compression)[1]!.timestamp).toBe(1_700_000_000_005);
  expect(RecordBatch.maxTimestamp(batch, 0)).toBe(456);
});

test("headers can be read in the middle of the walk without disturbing it", () => {
  const cursor = openRecords(buildBatch({ records }, runtime), 0, runtime.compression);
  const seen: unknown[] = [];
  while (cursor.next()) seen.push([cursor.offset, cursor.headers().length, cursor.value()?.length ?? null]);
  expect(seen).toEqual([
    [0, 0, 3],
    [1, 1, 3],
    [2, 1, null],
    [3, 0, 5000],
  ]);
});

describe("malformed records end the walk with a problem", () => {
  const good = buildBatch({ records: records.slice(0, 2) }, runtime);

  test("when the count is too large or too small", () => {
    for (const count of [1, 3, -1]) {
      const batch = good.slice();
      new DataView(batch.buffer).setInt32(57, count);
      expect(() => decodeRecords(batch, 0, runtime.compression)).toThrow();
    }
  });

  test("whatever single byte of the records is changed, the walk ends", () => {
    let broken = 0;
    for (let position = RecordBatch.RECORD_BATCH_OVERHEAD; position < good.length; position++) {
      for (const value of [0x00, 0x7f, 0x80, 0xff]) {
        const batch = good.slice();
        batch[position] = value;
        const cursor = openRecords(batch, 0, runtime.compression);
        let count = 0;
        while (cursor.next()) count++;
        expect(count).toBeLessThanOrEqual(2);
        if (cursor.problem !== undefined) broken++;
      }
    }
    expect(broken).toBeGreaterThan(30);
  });

  test("when the batch is cut off anywhere", () => {
    for (let length = 0; length < good.length; length++) {
      expect(RecordBatch.findFramingProblem(good.subarray(0, length), 0)).toBe("incomplete");
    }
  });
});

test("sequence numbers wrap at 2^31-1", () => {
  const max = 0x7fff_ffff;
  expect(RecordBatch.incrementSequence(max, 1)).toBe(0);
  expect(RecordBatch.incrementSequence(max - 1, 3)).toBe(1);
  expect(RecordBatch.incrementSequence(5, 3)).toBe(8);
  expect(RecordBatch.decrementSequence(0, 1)).toBe(max);
  expect(RecordBatch.decrementSequence(1, 3)).toBe(max - 1);
});

test("an offset above 2^32 is written and read exactly", () => {
  const batch = buildBatch({ records, baseOffset: 2 ** 52 + 3 }, runtime);
  expect(RecordBatch.baseOffset(batch, 0)).toBe(2 ** 52 + 3);
  expect(decodeRecords(batch, 0, runtime.compression)[3]!.offset).toBe(2 ** 52 + 6);
});
