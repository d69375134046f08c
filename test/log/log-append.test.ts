import { describe, expect, test } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { buildBatch } from "../../src/record/batch-builder.ts";
import { decodeRecords } from "../../src/record/record.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import { append, batch, createLog, logConfig, readAll, START_MS, simulate, values } from "./log-fixture.ts";

const leader = { leaderEpoch: 4, nowMs: START_MS };

test("a leader gives offsets and its epoch to what it appends", () => {
  const log = createLog();
  expect(append(log, ["a", "b"], {}, 4)).toMatchObject({ errorCode: 0, firstOffset: 0, lastOffset: 1, recordCount: 2 });
  expect(append(log, ["c"], {}, 5)).toMatchObject({ errorCode: 0, firstOffset: 2, lastOffset: 2, logAppendTimeMs: -1 });
  expect(log.logEndOffset).toBe(3);
  expect(values(readAll(log))).toEqual(["a", "b", "c"]);
  expect(log.epochEntries).toEqual([
    { epoch: 4, startOffset: 0 },
    { epoch: 5, startOffset: 2 },
  ]);
});

test("the bytes in the log are the producer's but for base offset and leader epoch", () => {
  const log = createLog();
  append(log, ["x"]);
  const sent = batch(["a", "b"], { compression: "zstd" });
  const kept = sent.slice();
  log.appendAsLeader(sent, leader);
  const { records } = log.read(1, 1 << 20, { upToOffset: 3 });
  const stored = new Uint8Array(records!.length);
  records!.file.read(stored, records!.position);
  RecordBatch.setBaseOffset(kept, 0, 1);
  RecordBatch.setPartitionLeaderEpoch(kept, 0, 4);
  expect(stored).toEqual(kept);
});

test("under LogAppendTime the broker's time is stamped on the batch", () => {
  const runtime = simulate();
  const log = createLog(runtime, { "message.timestamp.type": "LogAppendTime" });
  const info = append(log, ["a", "b"], { timestamp: 5 });
  expect(info).toMatchObject({ errorCode: 0, logAppendTimeMs: START_MS, maxTimestamp: START_MS });
  expect(readAll(log).map(({ timestamp }) => timestamp)).toEqual([START_MS, START_MS]);
  const { records } = log.read(0, 1 << 20, { upToOffset: 2 });
  const stored = new Uint8Array(records!.length);
  records!.file.read(stored, 0);
  expect(RecordBatch.findProblem(stored, 0, runtime.checksums)).toBeUndefined();
});

test("a largest timestamp that the producer misstated is put right", () => {
  const log = createLog();
  const sent = batch(["a", "b"]);
  RecordBatch.setMaxTimestamp(sent, 0, START_MS + 1_000_000);
  RecordBatch.writeChecksum(sent, 0, simulate().checksums);
  expect(log.appendAsLeader(sent, leader).maxTimestamp).toBe(START_MS + 1);
});

test.each(["gzip", "snappy", "lz4", "zstd", "uncompressed"] as const)(
  "compression.type=%s stores every batch so",
  (type) => {
    const runtime = simulate();
    const log = createLog(runtime, { "compression.type": type });
    for (const compression of ["none", "gzip", "lz4"] as const) {
      expect(append(log, ["a", "b"], { compression }).errorCode).toBe(0);
    }
    const { records } = log.read(0, 1 << 20, { upToOffset: 6 });
    const stored = new Uint8Array(records!.length);
    records!.file.read(stored, 0);
    const expected = { uncompressed: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }[type];
    for (const position of RecordBatch.batchPositions(stored)) {
      expect(RecordBatch.compressionType(stored, position)).toBe(expected);
      expect(RecordBatch.findProblem(stored, position, runtime.checksums)).toBeUndefined();
    }
    expect(values(readAll(log))).toEqual(["a", "b", "a", "b", "a", "b"]);
  },
);

test.each(["gzip", "zstd"] as const)("compression.%s.level decides how hard the broker compresses", (type) => {
  const words = Array.from({ length: 5_000 }, (_, index) => `${(index * 7919) % 1_009} ${(index * 31) % 127}`);
  const sizeAt = (level: number) => {
    const log = createLog(simulate(), { "compression.type": type, [`compression.${type}.level`]: level });
    expect(append(log, [words.join(" ")]).errorCode).toBe(0);
    expect(values(readAll(log))).toEqual([words.join(" ")]);
    return log.sizeBytes;
  };
  const [low, high] = { gzip: [1, 9], zstd: [1, 19] }[type] as [number, number];
  expect(sizeAt(high)).toBeLessThan(sizeAt(low));
});

describe("what a client may not append leaves the log as it was", () => {
  const whole = batch(["a", "b"]);
  const torn = whole.subarray(0, whole.length - 1);
  const changed = (position: number, value: number) => {
    const copy = whole.slice();
    copy[position] = value;
    return copy;
  };
  const two = new Uint8Array(whole.length * 2);
  two.set(whole);
  two.set(whole, whole.length);

  test.each<[string, Uint8Array, keyof typeof ErrorCode]>([
    ["nothing", new Uint8Array(0), "INVALID_RECORD"],
    ["half a batch", torn, "INVALID_RECORD"],
    ["two batches", two, "INVALID_RECORD"],
    ["a batch with a changed byte", changed(whole.length - 3, 0x55), "CORRUPT_MESSAGE"],
    ["a batch of magic 1", changed(16, 1), "INVALID_RECORD"],
    ["a batch of magic 3", changed(16, 3), "CORRUPT_MESSAGE"],
    ["a batch of negative length", changed(8, 0xff), "CORRUPT_MESSAGE"],
    ["a batch larger than max.message.bytes", batch(["x".repeat(2_000)]), "MESSAGE_TOO_LARGE"],
  ])("%s", (_what, bytes, error) => {
    const log = createLog(simulate(), { "max.message.bytes": 1_000 });
    append(log, ["before"]);
    const info = log.appendAsLeader(bytes, leader);
    expect(info.errorCode).toBe(ErrorCode[error]);
    expect(info.errorMessage).toBeTruthy();
    expect(info.firstOffset).toBe(-1);
    expect(log.logEndOffset).toBe(1);
    expect(values(readAll(log))).toEqual(["before"]);
    expect(append(log, ["after"]).firstOffset).toBe(1);
  });

  test("a batch larger than a segment", () => {
    const log = createLog(simulate(), { "segment.bytes": 500 });
    expect(append(log, ["x".repeat(600)]).errorCode).toBe(ErrorCode.RECORD_LIST_TOO_LARGE);
    expect(log.logEndOffset).toBe(0);
  });

  test("a record without a key on a compacted topic is named by its index", () => {
    const log = createLog(simulate(), { "cleanup.policy": "compact,delete" });
    const info = append(log, ["a", "b"]);
    expect(info.errorCode).toBe(ErrorCode.INVALID_RECORD);
    expect(info.recordErrors.map(({ batchIndex }) => batchIndex)).toEqual([0, 1]);
  });

  test("a torn batch behind a whole one is dropped", () => {
    const log = createLog();
    const bytes = new Uint8Array(whole.length + 30);
    bytes.set(whole);
    bytes.set(whole.subarray(0, 30), whole.length);
    expect(log.appendAsLeader(bytes, leader)).toMatchObject({ errorCode: 0, lastOffset: 1, sizeBytes: whole.length });
    expect(log.sizeBytes).toBe(whole.length);
  });
});

describe("a follower", () => {
  test("keeps the leader's bytes, offsets and epochs, also with gaps, and leaves out a torn batch at the end", () => {
    const leaderLog = createLog();
    append(leaderLog, ["a", "b"], {}, 1);
    append(leaderLog, ["c"], {}, 3);
    const { records } = leaderLog.read(0, 1 << 20, { upToOffset: 3 });
    const bytes = new Uint8Array(records!.length);
    records!.file.read(bytes, 0);
    const second = RecordBatch.sizeInBytes(bytes, 0);
    RecordBatch.setBaseOffset(bytes, second, 10);

    const log = createLog();
    expect(log.appendAsFollower(bytes.subarray(0, bytes.length - 1))).toMatchObject({
      lastOffset: 1,
      sizeBytes: second,
    });
    expect(log.appendAsFollower(bytes.subarray(second))).toMatchObject({
      errorCode: 0,
      firstOffset: 10,
      lastOffset: 10,
    });
    expect(log.epochEntries).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 3, startOffset: 10 },
    ]);
    expect(readAll(log).map(({ offset }) => offset)).toEqual([0, 1, 10]);
  });

  test("refuses what lies before its log end, and what is corrupt", () => {
    const log = createLog();
    log.appendAsFollower(batch(["a", "b"], { leaderEpoch: 0 }));
    expect(log.appendAsFollower(batch(["c"], { baseOffset: 1, leaderEpoch: 0 })).errorCode).toBe(
      ErrorCode.OFFSET_OUT_OF_RANGE,
    );
    const corrupt = batch(["c"], { baseOffset: 2, leaderEpoch: 0 });
    corrupt[corrupt.length - 1]! ^= 1;
    expect(log.appendAsFollower(corrupt).errorCode).toBe(ErrorCode.CORRUPT_MESSAGE);
    expect(log.logEndOffset).toBe(2);
  });

  test("an empty fetch appends nothing", () => {
    expect(createLog().appendAsFollower(new Uint8Array(0))).toMatchObject({ errorCode: 0, sizeBytes: 0 });
  });
});

test("a coordinator appends several batches with one write, control batches too", () => {
  const log = createLog();
  const runtime = simulate();
  const control = buildBatch(
    { control: true, records: [{ timestamp: 1, key: new Uint8Array([0, 0, 0, 2]), value: null }] },
    runtime,
  );
  const data = batch(["a", "b"]);
  const both = new Uint8Array(control.length + data.length);
  both.set(control);
  both.set(data, control.length);
  const info = log.appendAsLeader(both, { ...leader, origin: "coordinator" });
  expect(info).toMatchObject({ errorCode: 0, firstOffset: 0, lastOffset: 2, recordCount: 3 });
  expect(readAll(log).map(({ offset }) => offset)).toEqual([0, 1, 2]);
});

test("a Raft leader's batches are appended as they are, and must be of its epoch", () => {
  const log = createLog();
  const bytes = batch(["a"], { baseOffset: 0, leaderEpoch: 4 });
  expect(log.appendAsLeader(bytes, { ...leader, origin: "raft" })).toMatchObject({ errorCode: 0, firstOffset: 0 });
  const old = batch(["b"], { baseOffset: 1, leaderEpoch: 3 });
  expect(() => log.appendAsLeader(old, { ...leader, origin: "raft" })).toThrow(/epoch/);
  expect(decodeRecords(bytes, 0, simulate().compression)[0]!.offset).toBe(0);
});

test("a changed configuration counts from the next append on", () => {
  const log = createLog();
  log.updateConfig(logConfig({ "max.message.bytes": 10 }));
  expect(append(log, ["a"]).errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE);
});
