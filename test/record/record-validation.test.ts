import { describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { type BatchInput, buildBatch } from "../../src/record/batch-builder.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import {
  isRejected,
  MAX_RECORD_ERRORS,
  type RejectedBatch,
  type ValidationRules,
  validateClientHeader,
  validateRecords,
} from "../../src/record/record-validation.ts";

const runtime = createRuntime();
const now = 1_700_000_000_000;
const rules: ValidationRules = {
  compacted: false,
  timestampType: "CreateTime",
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  nowMs: now,
  maxDecompressedBytes: 1 << 20,
  maxRecordBytes: 1 << 20,
};
const value = new Uint8Array([1]);

function batchOf(timestamps: readonly number[], input: Partial<BatchInput> = {}): Uint8Array {
  return buildBatch({ records: timestamps.map((timestamp) => ({ timestamp, key: null, value })), ...input }, runtime);
}

function rejection(batch: Uint8Array, over: Partial<ValidationRules> = {}): RejectedBatch {
  const result = validateRecords(batch, 0, { ...rules, ...over }, runtime.compression);
  if (!isRejected(result)) throw new Error("The batch was accepted");
  return result;
}

describe("the header of a client's batch", () => {
  const set = (change: (view: DataView) => void) => {
    const batch = batchOf([now, now]);
    change(new DataView(batch.buffer));
    return validateClientHeader(batch, 0)?.error;
  };

  test("is accepted as a client writes it", () => {
    expect(set(() => {})).toBeUndefined();
    expect(
      validateClientHeader(batchOf([now], { producerId: 9, producerEpoch: 0, baseSequence: 0 }), 0),
    ).toBeUndefined();
  });

  test.each<[string, (view: DataView) => void]>([
    ["a base offset other than 0", (view) => view.setBigInt64(0, 5n)],
    ["a count that is not the last offset delta plus 1", (view) => view.setInt32(57, 3)],
    ["a count of 0", (view) => view.setInt32(57, 0)],
    ["a negative last offset delta", (view) => view.setInt32(23, -1)],
    ["the control bit", (view) => view.setInt16(21, 0x20)],
    ["a producer id without a sequence number", (view) => view.setBigInt64(43, 5n)],
  ])("is rejected with %s", (_what, change) => {
    expect(set(change)).toBe("INVALID_RECORD");
  });
});

describe("records", () => {
  test.each(["none", "gzip", "snappy", "lz4", "zstd"] as const)(
    "are accepted in codec %s, and their largest timestamp is found",
    (compression) => {
      const result = validateRecords(batchOf([now - 5, now, now - 9], { compression }), 0, rules, runtime.compression);
      expect(result).toMatchObject({ maxTimestamp: now, compression });
    },
  );

  test("without keys are named one by one on a compacted topic", () => {
    const batch = buildBatch(
      {
        records: [
          { timestamp: now, key: value, value },
          { timestamp: now, key: null, value },
        ],
      },
      runtime,
    );
    const { error, recordErrors } = rejection(batch, { compacted: true });
    expect(error).toBe("INVALID_RECORD");
    expect(recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([1]);
  });

  test("too far in the past or the future are named one by one", () => {
    const limits = { timestampBeforeMaxMs: 1000, timestampAfterMaxMs: 1000 };
    const timestamps = [now, now - 1000, now - 1001, now + 1000, now + 1001, -1];
    const { error, recordErrors } = rejection(batchOf(timestamps), limits);
    expect(error).toBe("INVALID_TIMESTAMP");
    expect(recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([2, 4]);
    expect(recordErrors[0]!.message).toContain(String(now - 1001));
  });

  test("that are bad without end are named up to a limit, and counted", () => {
    const batch = batchOf(new Array<number>(5_000).fill(now - 1001), { compression: "zstd" });
    const late = rejection(batch, { timestampBeforeMaxMs: 1000 });
    expect(late.error).toBe("INVALID_TIMESTAMP");
    expect(late.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([...new Array(MAX_RECORD_ERRORS).keys()]);
    const keyless = rejection(batch, { compacted: true });
    expect(keyless.message).toContain("due to 5000 record errors in total");
    expect(keyless.recordErrors).toHaveLength(MAX_RECORD_ERRORS);
  });

  test("may be of any time when the limits are out of reach", () => {
    const nanoseconds = now * 1_000_000;
    const none = { timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER, timestampAfterMaxMs: Number.MAX_SAFE_INTEGER };
    for (const timestamp of [nanoseconds, -nanoseconds]) {
      const result = validateRecords(batchOf([timestamp]), 0, { ...rules, ...none }, runtime.compression);
      expect(isRejected(result)).toBe(false);
    }
    expect(rejection(batchOf([nanoseconds])).error).toBe("INVALID_TIMESTAMP");
  });

  test("whose timestamp is bad decide the error, however late they come", () => {
    const keyless = new Array<number>(MAX_RECORD_ERRORS + 1).fill(-1);
    const records = [
      ...keyless.map((timestamp) => ({ timestamp, key: null, value })),
      { timestamp: 1, key: value, value },
    ];
    const limits = { compacted: true, timestampBeforeMaxMs: 1000 };
    expect(rejection(buildBatch({ records }, runtime), limits).error).toBe("INVALID_TIMESTAMP");
  });

  test("of any time are accepted where the broker stamps them, but not if the producer claims to be the broker", () => {
    const stamps = { timestampType: "LogAppendTime" as const, timestampBeforeMaxMs: 0, timestampAfterMaxMs: 0 };
    const batch = batchOf([5]);
    expect(isRejected(validateRecords(batch, 0, { ...rules, ...stamps }, runtime.compression))).toBe(false);
    RecordBatch.setLogAppendTime(batch, 0, 5);
    expect(rejection(batch, stamps).error).toBe("INVALID_TIMESTAMP");
  });

  test("whose offset deltas are not 0, 1, 2 are rejected", () => {
    const batch = batchOf([now, now]);
    const secondDelta = batch.length - 5;
    expect(batch[secondDelta]).toBe(2);
    batch[secondDelta] = 4;
    expect(rejection(batch).error).toBe("INVALID_RECORD");
  });

  test("that do not fill the batch, or are more than the batch, are rejected", () => {
    for (const count of [1, 3]) {
      const batch = batchOf([now, now]);
      new DataView(batch.buffer).setInt32(57, count);
      expect(rejection(batch).error).toBe("INVALID_RECORD");
    }
  });

  test("of an unknown codec are rejected by that name", () => {
    const batch = batchOf([now]);
    RecordBatch.setAttributes(batch, 0, 5);
    expect(rejection(batch).error).toBe("UNSUPPORTED_COMPRESSION_TYPE");
  });

  test("that can't be decompressed are rejected", () => {
    for (const codec of [1, 2, 3, 4]) {
      const batch = batchOf([now]);
      RecordBatch.setAttributes(batch, 0, codec);
      expect(rejection(batch).error).toBe("INVALID_RECORD");
    }
  });

  test("that expand beyond the limit are too large, so that the producer splits the batch", () => {
    const records = [{ timestamp: now, key: null, value: new Uint8Array(2 << 20) }];
    for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
      expect(rejection(buildBatch({ records, compression }, runtime)).error).toBe("MESSAGE_TOO_LARGE");
    }
  });

  test("of a compressed batch that are larger than one may be are rejected, in Apache Kafka's words", () => {
    const records = [100, 1_000, 1_001].map((size) => ({ timestamp: now, key: null, value: new Uint8Array(size) }));
    for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
      const { error, message } = rejection(buildBatch({ records, compression }, runtime), { maxRecordBytes: 1_007 });
      expect(error).toBe("INVALID_RECORD");
      expect(message).toBe("Invalid record size: 1008 exceeds the configured maximum record size of 1007.");
    }
    const uncompressed = validateRecords(
      buildBatch({ records }, runtime),
      0,
      { ...rules, maxRecordBytes: 1_007 },
      runtime.compression,
    );
    expect(isRejected(uncompressed)).toBe(false);
  });
});
