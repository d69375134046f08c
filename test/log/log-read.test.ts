import { describe, expect, test } from "vitest";
import type { LogConfig } from "../../src/log/log-config.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import {
  append,
  batch,
  createLog,
  decodeRange,
  maxTimestampOffset,
  offsetForTimestamp,
  readAll,
  readRange,
  START_MS,
  simulate,
  values,
} from "./log-fixture.ts";

const all = Number.MAX_SAFE_INTEGER;

/** Several segments, index entries in each: 40 batches of 3 records of 100 bytes. */
function longLog() {
  const log = createLog(simulate(), { "segment.bytes": 4_000, "index.interval.bytes": 500 });
  for (let index = 0; index < 40; index++) {
    const batchValues = [0, 1, 2].map((record) => `${index * 3 + record}`.padEnd(100));
    append(log, batchValues, { timestamp: START_MS + index * 10 });
  }
  return log;
}

test("the fixture has many segments with several index entries each", () => {
  const log = longLog();
  expect(log.segments.length).toBeGreaterThan(3);
  expect(log.segments[0]!.offsetIndex.entries).toBeGreaterThan(2);
});

test("a read from any offset starts with the batch that holds it", () => {
  const log = longLog();
  for (let offset = 0; offset < log.logEndOffset; offset++) {
    const { records, errorCode } = log.read(offset, 1 << 20, { upToOffset: all });
    expect(errorCode).toBe(0);
    expect(decodeRange(records!)[0]!.offset).toBe(offset - (offset % 3));
  }
  expect(values(readAll(log)).map(Number)).toEqual(Array.from({ length: 120 }, (_, index) => index));
});

test("a read shows nothing at or above the offset up to which it may show", () => {
  const log = longLog();
  for (const upToOffset of [3, 6, 60, 117, 120, all]) {
    for (let offset = 0; offset < Math.min(upToOffset, 120); offset += 3) {
      const { records } = log.read(offset, 1 << 20, { upToOffset });
      expect(decodeRange(records!).at(-1)!.offset).toBeLessThan(upToOffset);
    }
    expect(log.read(Math.min(upToOffset, 120), 1 << 20, { upToOffset }).records).toBeNull();
  }
});

test("a read at the log end finds nothing, one beyond it or before the start is out of range", () => {
  const log = longLog();
  expect(log.read(120, 100, { upToOffset: all })).toMatchObject({ errorCode: 0, records: null });
  expect(log.read(121, 100, { upToOffset: all }).errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  log.updateHighWatermark(120);
  log.incrementLogStartOffset(10);
  expect(log.read(9, 100, { upToOffset: all }).errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  expect(log.read(10, 1000, { upToOffset: all }).errorCode).toBe(0);
});

test("maxBytes cuts anywhere, but minOneMessage lets the first batch through whole", () => {
  const log = longLog();
  expect(log.read(0, 10, { upToOffset: all }).records!.length).toBe(10);
  const first = log.read(0, 10, { upToOffset: all, minOneMessage: true }).records!;
  expect(RecordBatch.sizeInBytes(readRange(first), 0)).toBe(first.length);
  expect(log.read(0, 0, { upToOffset: all }).records).toBeNull();
  expect(values(readAll(log, 0, 1)).length).toBe(120);
});

test("a range stays readable when its log is closed, truncated away or deleted", () => {
  const log = longLog();
  const { records } = log.read(30, 600, { upToOffset: all });
  const before = readRange(records!);
  records!.file.retain();
  log.truncateTo(0);
  log.closeHandlers();
  expect(readRange(records!)).toEqual(before);
  records!.file.release();
});

describe("searches by time", () => {
  test("answer the first record that is at least so late, with its epoch", () => {
    const log = longLog();
    for (let index = 0; index < 40; index++) {
      const timestamp = START_MS + index * 10 + 1;
      expect(offsetForTimestamp(log, timestamp)).toEqual({ timestamp, offset: index * 3 + 1, leaderEpoch: 0 });
      expect(offsetForTimestamp(log, timestamp + 2)?.offset).toBe(index === 39 ? undefined : index * 3 + 3);
    }
    expect(offsetForTimestamp(log, 0)?.offset).toBe(0);
    expect(offsetForTimestamp(log, START_MS + 1_000_000)).toBeUndefined();
  });

  test("do not answer what lies before the log start", () => {
    const log = longLog();
    log.updateHighWatermark(120);
    log.incrementLogStartOffset(50);
    expect(offsetForTimestamp(log, 0)?.offset).toBe(50);
  });

  test("find the record in a compressed batch, also when time goes back", () => {
    const log = createLog();
    append(log, ["late"], { timestamp: START_MS + 500 });
    append(log, ["a", "b", "c"], { timestamp: START_MS, compression: "zstd" });
    append(log, ["d"], { timestamp: START_MS + 600 });
    expect(offsetForTimestamp(log, START_MS + 1)?.offset).toBe(0);
    expect(offsetForTimestamp(log, START_MS + 501)?.offset).toBe(4);
    expect(maxTimestampOffset(log)).toEqual({ timestamp: START_MS + 600, offset: 4, leaderEpoch: 0 });
  });

  test("know the record with the largest timestamp, inside its batch", () => {
    const log = longLog();
    expect(maxTimestampOffset(log)).toEqual({ timestamp: START_MS + 392, offset: 119, leaderEpoch: 0 });
    append(log, ["early"], { timestamp: START_MS - 100 });
    expect(maxTimestampOffset(log)?.offset).toBe(119);
    expect(maxTimestampOffset(createLog())).toBeUndefined();
  });
});

test("the first offset comes with its epoch", () => {
  const log = createLog();
  expect(log.earliestOffset()).toEqual({ timestamp: -1, offset: 0, leaderEpoch: -1 });
  append(log, ["a"], {}, 2);
  append(log, ["b"], {}, 3);
  expect(log.earliestOffset()).toEqual({ timestamp: -1, offset: 0, leaderEpoch: 2 });
});

describe("segments", () => {
  test("roll when the next batch does not fit", () => {
    const size = batch(["a".repeat(100)]).length;
    const log = createLog(simulate(), { "segment.bytes": size * 2 });
    for (let index = 0; index < 5; index++) append(log, ["a".repeat(100)]);
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2, 4]);
  });

  test("roll when the records' clock says that the segment is old enough", () => {
    const log = createLog(simulate(), { "segment.ms": 1_000 });
    append(log, ["a"], { timestamp: START_MS });
    append(log, ["b"], { timestamp: START_MS + 1_000 });
    expect(log.segments.length).toBe(1);
    append(log, ["c"], { timestamp: START_MS + 1_001 });
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2]);
  });

  test("of a compacted log roll when they have waited for the cleaner as long as they may (KIP-354)", () => {
    const baseOffsets = (over: Partial<LogConfig>) => {
      const log = createLog(simulate(), { "segment.ms": 10_000, "max.compaction.lag.ms": 1_000, ...over });
      for (const [baseOffset, age] of [0, 1_000, 1_001, 12_000].entries())
        log.appendAsFollower(batch(["a"], { baseOffset, leaderEpoch: 0, timestamp: START_MS + age }));
      return log.segments.map(({ baseOffset }) => baseOffset);
    };
    expect(baseOffsets({ "cleanup.policy": "compact" })).toEqual([0, 2, 3]);
    expect(baseOffsets({ "cleanup.policy": "compact,delete" })).toEqual([0, 2, 3]);
    expect(baseOffsets({ "cleanup.policy": "compact", "segment.ms": 500 })).toEqual([0, 1, 3]);
    expect(baseOffsets({ "cleanup.policy": "compact", "max.compaction.lag.ms": 0 })).toEqual([0, 3]);
    expect(baseOffsets({ "cleanup.policy": "delete" })).toEqual([0, 3]);
  });

  test("roll earlier by a jitter of their own", () => {
    const log = createLog(simulate(), { "segment.ms": 1_000, "segment.jitter.ms": 200 });
    for (let timestamp = START_MS; timestamp < START_MS + 20_000; timestamp += 10) append(log, ["a"], { timestamp });
    const ages = log.segments
      .slice(1)
      .map(({ baseOffset }, index) => (baseOffset - log.segments[index]!.baseOffset) * 10);
    for (const ageMs of ages) {
      expect(ageMs).toBeGreaterThan(800);
      expect(ageMs).toBeLessThanOrEqual(1_010);
    }
    expect(new Set(ages).size).toBeGreaterThan(5);
    // A change of the configuration, of whatever setting, draws no other one for the segment at hand.
    const later = createLog(simulate(), { "segment.ms": 1_000, "segment.jitter.ms": 200 });
    for (let timestamp = START_MS; timestamp < START_MS + 20_000; timestamp += 10) {
      append(later, ["a"], { timestamp });
      later.updateConfig(later.config);
    }
    expect(later.segments.map(({ baseOffset }) => baseOffset)).toEqual(
      log.segments.map(({ baseOffset }) => baseOffset),
    );
  });

  test("roll by the broker's clock when records have no timestamp", () => {
    const runtime = simulate();
    const log = createLog(runtime, { "segment.ms": 1_000 });
    const untimed = () => batch(["a"], { timestamp: -1 });
    const options = () => ({ leaderEpoch: 0, nowMs: runtime.clock.now() });
    log.appendAsLeader(untimed(), options());
    runtime.clock.advance(1_001);
    log.appendAsLeader(untimed(), options());
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 1]);
  });

  test("roll when an index is full", () => {
    const log = createLog(simulate(), { "segment.index.bytes": 40, "index.interval.bytes": 1 });
    for (let index = 0; index < 20; index++) append(log, ["a"], { timestamp: START_MS + index });
    expect(log.segments.length).toBeGreaterThan(3);
    expect(readAll(log).length).toBe(20);
  });

  test("roll when an offset is more than 2^31-1 from the base", () => {
    const log = createLog();
    log.appendAsFollower(batch(["a"], { leaderEpoch: 0 }));
    log.appendAsFollower(batch(["b"], { leaderEpoch: 0, baseOffset: 2 ** 31 - 1 }));
    expect(log.segments.length).toBe(1);
    log.appendAsFollower(batch(["c"], { leaderEpoch: 0, baseOffset: 2 ** 31 }));
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2 ** 31]);
    expect(readAll(log).map(({ offset }) => offset)).toEqual([0, 2 ** 31 - 1, 2 ** 31]);
  });

  test("roll between two batches that a follower gets in one piece, when they are that far apart", () => {
    const log = createLog();
    const far = batch(["b"], { leaderEpoch: 0, baseOffset: 2 ** 31 });
    const piece = Uint8Array.from([...batch(["a"], { leaderEpoch: 0 }), ...far, ...far.subarray(0, 20)]);
    expect(log.appendAsFollower(piece)).toMatchObject({
      errorCode: 0,
      firstOffset: 0,
      lastOffset: 2 ** 31,
      recordCount: 2,
    });
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2 ** 31]);
    expect(readAll(log).map(({ offset }) => offset)).toEqual([0, 2 ** 31]);
  });
});

describe("the log start offset", () => {
  test("rises to the high watermark at most, and drops epochs that lie wholly below it", () => {
    const log = createLog();
    append(log, ["a", "b"], {}, 1);
    append(log, ["c", "d"], {}, 2);
    expect(() => log.incrementLogStartOffset(1)).toThrow(RangeError);
    log.updateHighWatermark(4);
    expect(log.incrementLogStartOffset(3)).toBe(true);
    expect(log.incrementLogStartOffset(2)).toBe(false);
    expect(log.epochEntries).toEqual([{ epoch: 2, startOffset: 3 }]);
    expect(log.earliestOffset()).toMatchObject({ offset: 3, leaderEpoch: 2 });
  });

  test("lets go of the segments below it, whose files are removed after a while", () => {
    const runtime = simulate();
    const log = createLog(runtime, { "segment.bytes": 500, "file.delete.delay.ms": 1_000 });
    for (let index = 0; index < 10; index++) append(log, ["a".repeat(300)]);
    log.updateHighWatermark(10);
    log.incrementLogStartOffset(5);
    expect(log.deleteSegmentsBelowLogStart()).toBe(5);
    const names = () => runtime.files.list("/data/orders-0").map(({ name }) => name);
    expect(names()).toContain("00000000000000000004.log.deleted");
    runtime.clock.advance(1_000);
    expect(names().filter((name) => name.endsWith(".deleted"))).toEqual([]);
    expect(readAll(log).map(({ offset }) => offset)).toEqual([5, 6, 7, 8, 9]);
  });
});

test("the high watermark stays within the log", () => {
  const log = createLog();
  append(log, ["a", "b"]);
  expect(log.updateHighWatermark(5)).toBe(2);
  expect(log.updateHighWatermark(1)).toBe(1);
  expect(log.highWatermark).toBe(1);
});
