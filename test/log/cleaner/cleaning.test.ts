import { describe, expect, test } from "vitest";
import { CompressionType } from "../../../src/record/compression/index.ts";
import * as RecordBatch from "../../../src/record/record-batch.ts";
import { batch, loadLog, offsetForTimestamp, readAll, START_MS, values } from "../log-fixture.ts";
import {
  batchesOf,
  clean,
  compactedConfig,
  compactedLog,
  contents,
  DELETE_RETENTION_MS,
  latestValues,
  pausing,
  put,
  startCleaning,
  workFiles,
} from "./cleaner-fixture.ts";

describe("values", () => {
  test("the latest of each key stays, at the offset it always had", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1", "b=1"]);
    put(log, ["a=2", "c=1"]);
    put(log, ["b=2"]);
    log.roll();
    put(log, ["a=3"]);
    const { nextDirtyOffset } = await clean(log, runtime);
    expect(nextDirtyOffset).toBe(5);
    expect(contents(log)).toEqual(["2 a=2", "3 c=1", "4 b=2", "5 a=3"]);
  });

  test("a batch keeps its base offset and its last offset, whatever it loses", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1", "b=1", "c=1"]);
    put(log, ["a=2", "c=2"]);
    log.roll();
    await clean(log, runtime);
    expect(contents(log)).toEqual(["1 b=1", "3 a=2", "4 c=2"]);
    expect(batchesOf(log).map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset])).toEqual([
      [0, 2],
      [3, 4],
    ]);
  });

  test("a batch that loses nothing stays as it is, byte for byte", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1", "b=1"], { compression: "zstd" });
    put(log, ["c=1"]);
    log.roll();
    const before = batchesOf(log).map(({ bytes }) => bytes);
    await clean(log, runtime);
    expect(batchesOf(log).map(({ bytes }) => bytes)).toEqual(before);
  });

  test("of a key that was written in the dirty part only what is below the active segment counts", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1"]);
    log.roll();
    put(log, ["a=2"]);
    await clean(log, runtime);
    expect(contents(log)).toEqual(["0 a=1", "1 a=2"]);
  });

  test("values cleaned before go when their key comes again", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1", "b=1"]);
    log.roll();
    const { nextDirtyOffset } = await clean(log, runtime);
    put(log, ["a=2"]);
    log.roll();
    await clean(log, runtime, { checkpoint: nextDirtyOffset });
    expect(contents(log)).toEqual(["1 b=1", "2 a=2"]);
  });

  test("records without a key go, and are counted", async () => {
    const { log, runtime } = compactedLog({ "cleanup.policy": "delete" });
    log.appendAsLeader(batch(["no key"]), { leaderEpoch: 0, nowMs: START_MS });
    put(log, ["a=1"]);
    log.roll();
    const { stats } = await clean(log, runtime);
    expect(contents(log)).toEqual(["1 a=1"]);
    expect(stats.invalidRecordsRead).toBe(1);
  });

  test("timestamps, headers and the time of the broker stay", async () => {
    const { log, runtime } = compactedLog({ "message.timestamp.type": "LogAppendTime" });
    put(log, ["a=1", "b=1"], { timestamp: START_MS - 5_000 });
    put(log, ["a=2"]);
    log.roll();
    await clean(log, runtime);
    const [first] = batchesOf(log);
    expect(RecordBatch.isLogAppendTime(first!.bytes, 0)).toBe(true);
    expect(first!.records.map(({ timestamp }) => timestamp)).toEqual([START_MS]);
    expect(RecordBatch.maxTimestamp(first!.bytes, 0)).toBe(START_MS);
  });

  test.each(["gzip", "snappy", "lz4", "zstd"] as const)("a %s batch stays one", async (compression) => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1", "b=1", "c=1"], { compression });
    put(log, ["b=2"]);
    log.roll();
    await clean(log, runtime);
    expect(contents(log)).toEqual(["0 a=1", "2 c=1", "3 b=2"]);
    expect(RecordBatch.compressionType(batchesOf(log)[0]!.bytes, 0)).toBe(CompressionType[compression]);
  });
});

describe("tombstones", () => {
  test("one stays until delete.retention.ms after its first cleaning, its key's values go at once", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1", "b=1"]);
    put(log, ["a"]);
    put(log, ["c=1"]);
    log.roll();
    await clean(log, runtime);
    expect(contents(log)).toEqual(["1 b=1", "2 a", "3 c=1"]);
    const [, second] = batchesOf(log);
    expect(RecordBatch.hasDeleteHorizon(second!.bytes, 0)).toBe(true);
    expect(RecordBatch.baseTimestamp(second!.bytes, 0)).toBe(runtime.clock.now() + DELETE_RETENTION_MS);

    runtime.clock.advance(DELETE_RETENTION_MS - 1);
    await clean(log, runtime);
    expect(contents(log)).toEqual(["1 b=1", "2 a", "3 c=1"]);

    runtime.clock.advance(1);
    await clean(log, runtime);
    expect(contents(log)).toEqual(["1 b=1", "3 c=1"]);
  });

  test("a later cleaning leaves the horizon where it is", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a", "b=1"]);
    log.roll();
    await clean(log, runtime);
    const horizon = RecordBatch.baseTimestamp(batchesOf(log)[0]!.bytes, 0);
    runtime.clock.advance(1_000);
    put(log, ["b=2"]);
    log.roll();
    await clean(log, runtime);
    expect(contents(log)).toEqual(["0 a", "2 b=2"]);
    expect(RecordBatch.baseTimestamp(batchesOf(log)[0]!.bytes, 0)).toBe(horizon);
  });

  test("the records of a batch keep their timestamps when it gets a horizon", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a", "b=1"], { timestamp: START_MS - 70_000 });
    log.roll();
    await clean(log, runtime);
    const [first] = batchesOf(log);
    expect(first!.records.map(({ timestamp }) => timestamp)).toEqual([START_MS - 70_000, START_MS - 69_999]);
    expect(RecordBatch.maxTimestamp(first!.bytes, 0)).toBe(START_MS - 69_999);
  });

  test("a value written after the delete stays when the tombstone goes", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1"]);
    put(log, ["a"]);
    put(log, ["a=2"]);
    log.roll();
    await clean(log, runtime);
    expect(contents(log)).toEqual(["2 a=2"]);
  });
});

describe("what a log needs to be opened again", () => {
  test("the batch that ends at the high watermark stays, be it empty", async () => {
    const { log, runtime } = compactedLog({ "cleanup.policy": "delete" });
    put(log, ["a=1"]);
    log.appendAsLeader(batch(["no key"]), { leaderEpoch: 0, nowMs: START_MS });
    log.updateHighWatermark(log.logEndOffset);
    log.roll();
    await clean(log, runtime);
    expect(contents(log)).toEqual(["0 a=1", "1 -"]);
  });

  test("a producer's last batch stays, be it empty, so that the next one is accepted after a restart", async () => {
    const { log, runtime } = compactedLog();
    const producer = { producerId: 7, producerEpoch: 0 };
    put(log, ["a=1", "b=1"], { ...producer, baseSequence: 0 });
    put(log, ["c=1", "d=1"], { ...producer, baseSequence: 2, compression: "gzip" });
    put(log, ["a=2", "b=2", "c=2", "d=2"]);
    log.roll();
    await clean(log, runtime);
    expect(contents(log)).toEqual(["3 -", "4 a=2", "5 b=2", "6 c=2", "7 d=2"]);
    const [empty] = batchesOf(log);
    expect(empty!.bytes.length).toBe(RecordBatch.RECORD_BATCH_OVERHEAD);
    expect(RecordBatch.compressionType(empty!.bytes, 0)).toBe(CompressionType.none);
    expect(RecordBatch.lastSequence(empty!.bytes, 0)).toBe(3);

    log.closeHandlers();
    for (const { name } of runtime.files.list(log.directory)) {
      if (name.endsWith(".snapshot")) runtime.files.remove(`${log.directory}/${name}`);
    }
    const again = await loadLog(runtime, { config: compactedConfig(), hadCleanShutdown: false });
    again.updateHighWatermark(again.logEndOffset);
    const repeated = put(again, ["c=1", "d=1"], { ...producer, baseSequence: 2 });
    expect(repeated).toMatchObject({ duplicate: true, firstOffset: 2 });
    expect(put(again, ["e=1"], { ...producer, baseSequence: 4 })).toMatchObject({ duplicate: false, firstOffset: 8 });
  });

  test("an older batch of the producer goes when it is empty", async () => {
    const { log, runtime } = compactedLog();
    const producer = { producerId: 7, producerEpoch: 0 };
    put(log, ["a=1"], { ...producer, baseSequence: 0 });
    put(log, ["a=2"], { ...producer, baseSequence: 1 });
    log.roll();
    await clean(log, runtime);
    expect(contents(log)).toEqual(["1 a=2"]);
  });

  test("the log reads the same after a stop and after a kill", async () => {
    const { log, runtime } = compactedLog({ "segment.bytes": 400, "index.interval.bytes": 100 });
    for (let round = 0; round < 40; round++) put(log, [`k${round % 7}=${round}`, `only-${round}=x`]);
    log.roll();
    await clean(log, runtime);
    const expected = values(readAll(log));
    const ends = [log.logStartOffset, log.logEndOffset];
    log.closeHandlers();
    for (const hadCleanShutdown of [true, false]) {
      const again = await loadLog(runtime, { config: compactedConfig(), hadCleanShutdown, recoveryPoint: 0 });
      expect(values(readAll(again))).toEqual(expected);
      expect([again.logStartOffset, again.logEndOffset]).toEqual(ends);
      again.closeHandlers();
    }
  });
});

describe("segments", () => {
  test("small neighbours become one, and its indexes find everything", async () => {
    const { log, runtime } = compactedLog({ "segment.bytes": 2_000, "index.interval.bytes": 200 });
    for (let round = 0; round < 100; round++) put(log, [`k${round % 30}=${round}`]);
    const before = log.segments.length;
    log.roll();
    await clean(log, runtime);
    await clean(log, runtime);
    expect(log.segments.length).toBeLessThan(before);
    for (const segment of log.segments) expect(segment.sizeBytes).toBeLessThanOrEqual(2_000);
    for (let offset = 0; offset < log.logEndOffset; offset++) {
      expect(readAll(log, offset)[0]?.offset ?? log.logEndOffset).toBe(Math.max(offset, 70));
    }
    expect(offsetForTimestamp(log, START_MS)?.offset).toBe(70);
  });

  test("a segment that has lost everything is passed by", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1"]);
    log.roll();
    put(log, ["b=1"]);
    log.roll();
    put(log, ["a=2", "b=2"]);
    log.roll();
    await clean(log, runtime, {});
    expect(log.segments.map(({ baseOffset, sizeBytes }) => [baseOffset, sizeBytes > 0])).toEqual([
      [0, true],
      [4, false],
    ]);
    expect(values(readAll(log, 0))).toEqual(["2", "2"]);
  });

  test("the new segment is as old as the last of those it replaces", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1"]);
    log.roll();
    runtime.clock.advance(60_000);
    put(log, ["a=2"]);
    const modifiedMs = runtime.clock.now();
    log.roll();
    runtime.clock.advance(60_000);
    await clean(log, runtime);
    expect(log.segments[0]!.modifiedMs).toBe(modifiedMs);
  });

  test("the old files go after file.delete.delay.ms, and producer snapshots stay with the segments there are", async () => {
    const { log, runtime } = compactedLog({ "file.delete.delay.ms": 1_000 });
    for (const value of [1, 2, 3]) {
      put(log, [`a=${value}`], { producerId: 7, producerEpoch: 0, baseSequence: value - 1 });
      log.roll();
    }
    await clean(log, runtime);
    const names = () => runtime.files.list(log.directory).map(({ name }) => name);
    expect(names()).toContain("00000000000000000000.log.deleted");
    runtime.clock.advance(1_000);
    expect(names().filter((name) => /\.(deleted|cleaned|swap)$/.test(name))).toEqual([]);
    expect(names().filter((name) => name.endsWith(".snapshot"))).toEqual(["00000000000000000003.snapshot"]);
  });
});

describe("keys that do not fit into the buffer", () => {
  test("as much of the log is cleaned as fits, and the rest later", async () => {
    const { log, runtime } = compactedLog({ "segment.bytes": 1_000 });
    for (let round = 0; round < 3; round++) for (let key = 0; key < 50; key++) put(log, [`key-${key}=${round}`]);
    log.roll();
    const limits = { mapBytes: 24 * 20, loadFactor: 0.9 };
    const first = await clean(log, runtime, { limits });
    expect(first.nextDirtyOffset).toBe(18);
    expect(first.stats.bufferUtilization).toBe(0.9);
    let checkpoint = first.nextDirtyOffset;
    for (let pass = 1; checkpoint < log.logEndOffset; pass++) {
      expect(pass).toBeLessThan(20);
      checkpoint = (await clean(log, runtime, { limits, checkpoint })).nextDirtyOffset;
    }
    expect(values(readAll(log))).toEqual(Array.from({ length: 50 }, () => "2"));
  });
});

describe("a damaged log", () => {
  test("is left as it is, and told of", async () => {
    const { log, runtime } = compactedLog();
    put(log, ["a=1", "b=1"]);
    put(log, ["a=2"]);
    log.roll();
    const place = new Uint8Array(1);
    log.segments[0]!.file.read(place, 70);
    log.segments[0]!.file.write(new Uint8Array([~place[0]!]), 70);
    await expect(clean(log, runtime)).rejects.toThrow(/position 0 of .*0\.log has a problem: checksum mismatch/);
    expect(workFiles(log, runtime)).toEqual([]);
    log.segments[0]!.file.write(place, 70);
    expect(contents(log)).toEqual(["0 a=1", "1 b=1", "2 a=2"]);
  });
});

describe("a log that is used while it is cleaned", () => {
  test("takes and shows records in every pause, and none of them is lost", async () => {
    const { log, runtime } = compactedLog({ "segment.bytes": 500 });
    for (let round = 0; round < 60; round++) put(log, [`k${round % 5}=${round}`]);
    let pauses = 0;
    const pace = pausing(() => {
      const value = 1000 + pauses++;
      put(log, [`new=${value}`]);
      expect(values(readAll(log)).at(-1)).toBe(String(value));
      expect(values(readAll(log))).toContain("59");
    });
    await clean(log, runtime, { pace });
    expect(pauses).toBeGreaterThan(50);
    const { new: newest, ...others } = latestValues(log);
    expect(newest).toBe(String(999 + pauses));
    expect(others).toEqual({ k0: "55", k1: "56", k2: "57", k3: "58", k4: "59" });
    expect(values(readAll(log)).filter((value) => Number(value) < 1000).length).toBeLessThan(20);
  });

  test("is whole, and holds no work in progress, when the cleaning is aborted in any pause", async () => {
    for (let stop = 1; ; stop++) {
      const { log, runtime } = compactedLog({ "segment.bytes": 300 });
      for (let round = 0; round < 20; round++) put(log, [`k${round % 5}=${round}`]);
      let pauses = 0;
      const cleaning = startCleaning(log, runtime, {
        pace: pausing(() => {
          if (++pauses === stop) cleaning.abort();
        }),
      });
      const outcome = await cleaning.run().catch((error: Error) => error.name);
      expect(latestValues(log)).toEqual({ k0: "15", k1: "16", k2: "17", k3: "18", k4: "19" });
      expect(workFiles(log, runtime)).toEqual([]);
      if (outcome !== "CleaningAbortedError") {
        expect(stop).toBeGreaterThan(20);
        break;
      }
    }
  });
});
