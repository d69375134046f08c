import { describe, expect, test } from "vitest";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { Log } from "../../src/log/log.ts";
import type { LogConfig } from "../../src/log/log-config.ts";
import { LogManager } from "../../src/log/log-manager.ts";
import { buildBatch } from "../../src/record/batch-builder.ts";
import { buildEndTransactionMarker } from "../../src/record/control-record.ts";
import { DEFAULT_CLEANER_CONFIG } from "./cleaner/running-cleaner.ts";
import {
  append,
  createLog,
  logConfig,
  readAll,
  readRange,
  START_MS,
  settled,
  simulate,
  TOPIC_ID,
} from "./log-fixture.ts";

const SEGMENT_BYTES = 1_000;
const directory = "/data/orders-0";

/** Segments of six batches each; batch `n` was written in the `n`th minute. */
function longLog(config: Partial<LogConfig>, runtime = simulate(), batches = 27): Log {
  const log = createLog(runtime, { "segment.bytes": SEGMENT_BYTES, "file.delete.delay.ms": 1_000, ...config });
  for (let index = 0; index < batches; index++) {
    append(log, [`${index}`.padEnd(80)], { timestamp: START_MS + index * 60_000 });
  }
  log.updateHighWatermark(log.logEndOffset);
  return log;
}

const minutes = (count: number): number => count * 60_000;
const bases = (log: Log): number[] => log.segments.map(({ baseOffset }) => baseOffset);
const names = (runtime: SimulatedRuntime): string[] => runtime.files.list(directory).map(({ name }) => name);

describe("retention by time", () => {
  test("deletes segments whose newest record is too old, from the oldest on", () => {
    const log = longLog({ "retention.ms": minutes(10) });
    expect(bases(log)).toEqual([0, 6, 12, 18, 24]);
    expect(log.deleteOldSegments(START_MS + minutes(21))).toBe(1);
    expect(bases(log)).toEqual([6, 12, 18, 24]);
    expect(log.logStartOffset).toBe(6);
    expect(log.deleteOldSegments(START_MS + minutes(21))).toBe(0);
    expect(log.deleteOldSegments(START_MS + minutes(22))).toBe(1);
    expect(readAll(log)[0]?.offset).toBe(12);
  });

  test("deletes the active segment too, after an empty one has taken its place", () => {
    const runtime = simulate();
    const log = longLog({ "retention.ms": minutes(10) }, runtime);
    expect(log.deleteOldSegments(START_MS + minutes(1_000))).toBe(5);
    expect(bases(log)).toEqual([27]);
    expect(log).toMatchObject({ logStartOffset: 27, logEndOffset: 27, sizeBytes: 0 });
    expect(log.deleteOldSegments(START_MS + minutes(1_000))).toBe(0);
    expect(append(log, ["new"]).firstOffset).toBe(27);
  });

  test("stops at the first segment that is young enough, even if later ones are not", () => {
    const log = createLog(simulate(), { "segment.bytes": 200, "retention.ms": minutes(10) });
    for (const minute of [5, 50, 5, 5]) append(log, ["x".repeat(80)], { timestamp: START_MS + minutes(minute) });
    log.updateHighWatermark(4);
    expect(log.deleteOldSegments(START_MS + minutes(20))).toBe(1);
    expect(log.logStartOffset).toBe(1);
  });

  test("goes by the time of the file when no record has a timestamp", () => {
    const runtime = simulate();
    const log = createLog(runtime, { "segment.bytes": 200, "retention.ms": minutes(10) });
    const writtenMs = runtime.clock.now();
    for (let index = 0; index < 3; index++) append(log, ["x".repeat(80)], { timestamp: -1 });
    log.updateHighWatermark(3);
    expect(log.deleteOldSegments(writtenMs + minutes(10))).toBe(0);
    expect(log.deleteOldSegments(writtenMs + minutes(10) + 1)).toBe(3);
  });

  test("keeps everything for ever with -1, and when the clock has gone back", () => {
    const log = longLog({ "retention.ms": -1 });
    expect(log.deleteOldSegments(START_MS + minutes(1e9))).toBe(0);
    log.updateConfig(logConfig({ "retention.ms": minutes(10) }));
    expect(log.deleteOldSegments(START_MS - minutes(1_000))).toBe(0);
    expect(log.deleteOldSegments(START_MS + minutes(21))).toBe(1);
  });
});

describe("retention by size", () => {
  test("deletes whole segments as long as enough is left", () => {
    const log = longLog({ "retention.ms": -1, "retention.bytes": 2_000 });
    const before = log.sizeBytes;
    const [first, second] = log.segments.map(({ sizeBytes }) => sizeBytes) as [number, number];
    expect(before - first - second).toBeGreaterThanOrEqual(2_000);
    expect(log.deleteOldSegments(START_MS)).toBe(2);
    expect(log.sizeBytes).toBe(before - first - second);
    expect(log.deleteOldSegments(START_MS)).toBe(0);
  });

  test("of 0 bytes leaves an empty segment", () => {
    const log = longLog({ "retention.ms": -1, "retention.bytes": 0 });
    expect(log.deleteOldSegments(START_MS)).toBe(5);
    expect(log).toMatchObject({ sizeBytes: 0, logStartOffset: 27, logEndOffset: 27 });
  });
});

describe("what keeps a segment", () => {
  test("the high watermark, also when that is all that is left", () => {
    const log = longLog({ "retention.ms": 1 });
    for (const [highWatermark, expected] of [
      [0, []],
      [5, []],
      [6, [0]],
      [23, [6, 12]],
      [26, [18]],
    ] as const) {
      const before = bases(log);
      log.updateHighWatermark(highWatermark);
      expect(log.deleteOldSegments(START_MS + minutes(1_000))).toBe(expected.length);
      expect(before.slice(0, expected.length)).toEqual(expected);
    }
    expect(log.logStartOffset).toBe(24);
  });

  test("compaction without deletion, and no policy at all; the log start offset counts all the same", () => {
    for (const policy of ["compact", ""] as const) {
      const log = longLog({});
      log.updateConfig(logConfig({ "retention.ms": 1, "retention.bytes": 0, "cleanup.policy": policy }));
      expect(log.deleteOldSegments(START_MS + minutes(1_000))).toBe(0);
      log.incrementLogStartOffset(13);
      expect(log.deleteOldSegments(START_MS + minutes(1_000))).toBe(2);
      expect(bases(log)).toEqual([12, 18, 24]);
      log.incrementLogStartOffset(27);
      expect(log.deleteOldSegments(START_MS + minutes(1_000))).toBe(2);
      expect(bases(log)).toEqual([24]);
    }
    const both = longLog({});
    both.updateConfig(logConfig({ "retention.ms": 1, "cleanup.policy": "compact,delete" }));
    expect(both.deleteOldSegments(START_MS + minutes(1_000))).toBe(5);
  });
});

test("the files of a deleted segment are renamed at once and removed after file.delete.delay.ms", async () => {
  const runtime = simulate();
  const log = longLog({ "retention.ms": minutes(10) }, runtime);
  log.deleteOldSegments(START_MS + minutes(27));
  expect(
    names(runtime)
      .filter((name) => name.endsWith(".deleted"))
      .sort(),
  ).toEqual([
    "00000000000000000000.index.deleted",
    "00000000000000000000.log.deleted",
    "00000000000000000000.timeindex.deleted",
    "00000000000000000006.index.deleted",
    "00000000000000000006.log.deleted",
    "00000000000000000006.snapshot.deleted",
    "00000000000000000006.timeindex.deleted",
  ]);
  await runtime.clock.advanceWithPromises(1_000);
  expect(names(runtime).filter((name) => name.endsWith(".deleted"))).toEqual([]);
  expect(names(runtime)).toContain("00000000000000000012.snapshot");
});

test("an answer that is being sent reads on in a segment that is deleted and removed under it", async () => {
  const runtime = simulate();
  const log = longLog({ "retention.ms": minutes(10) }, runtime);
  const { records } = log.read(0, 1 << 20, { upToOffset: 27 });
  const expected = readRange(records!);
  records!.file.retain();
  log.deleteOldSegments(START_MS + minutes(1_000));
  await runtime.clock.advanceWithPromises(1_000);
  expect(readRange(records!)).toEqual(expected);
  records!.file.release();
  expect(() => readRange(records!)).toThrow();
});

test("a file that can't be removed puts the log out of use, and nothing else", async () => {
  const runtime = simulate();
  const log = longLog({ "retention.ms": minutes(10) }, runtime);
  log.deleteOldSegments(START_MS + minutes(21));
  runtime.files.remove = () => {
    throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
  };
  await runtime.clock.advanceWithPromises(1_000);
  expect(log.failure?.message).toBe("EIO: i/o error");
});

test("an open transaction whose records are deleted holds readers back no lower than the log start", () => {
  const runtime = simulate();
  const log = createLog(runtime, { "segment.bytes": 300 });
  append(log, ["x".repeat(80)], { producerId: 7, producerEpoch: 0, baseSequence: 0, transactional: true });
  for (let index = 0; index < 5; index++) append(log, ["x".repeat(80)]);
  log.updateHighWatermark(6);
  expect(log.lastStableOffset).toBe(0);
  log.incrementLogStartOffset(4);
  expect(log.lastStableOffset).toBe(4);
  const marker = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, commit: true, timestamp: START_MS };
  log.appendAsLeader(buildEndTransactionMarker(marker, runtime), {
    leaderEpoch: 0,
    nowMs: START_MS,
    origin: "coordinator",
  });
  log.updateHighWatermark(7);
  expect(log.lastStableOffset).toBe(7);
});

describe("the broker's logs", () => {
  function manage(runtime: SimulatedRuntime, config: Partial<LogConfig>) {
    return settled(
      runtime,
      LogManager.load({
        runtime,
        logDirs: ["/d1"],
        // The records are younger than the time that the fixture appends them at.
        configOf: () => logConfig({ "message.timestamp.after.max.ms": Number.MAX_SAFE_INTEGER, ...config }),
        initialDelayMs: 30_000,
        retentionCheckIntervalMs: 300_000,
        logStartOffsetCheckpointIntervalMs: 60_000,
        cleaner: { ...DEFAULT_CLEANER_CONFIG, dedupeBufferBytes: 1024 * 1024 },
      }),
    );
  }

  function checkpoint(runtime: SimulatedRuntime): string {
    const file = runtime.files.open("/d1/log-start-offset-checkpoint", "read");
    const text = new TextDecoder().decode(readRange({ file, position: 0, length: file.size() }));
    file.close();
    return text;
  }

  /** How many files each turn of the loop takes out of a log. */
  function countRenames({ files, clock }: SimulatedRuntime): readonly number[] {
    const counts = [0];
    const { rename } = files;
    files.rename = (from, to) => {
      if (to.endsWith(".deleted")) counts[counts.length - 1]!++;
      rename.call(files, from, to);
    };
    const { defer } = clock;
    clock.defer = (task) =>
      defer.call(clock, () => {
        counts.push(0);
        task();
      });
    return counts;
  }

  test("are looked at 30 s after the start and every log.retention.check.interval.ms", async () => {
    const runtime = simulate();
    const manager = await manage(runtime, { "segment.bytes": 200, "retention.ms": minutes(1) });
    const log = manager.getOrCreate("orders", 0, TOPIC_ID);
    const nowMs = runtime.clock.now();
    for (let index = 0; index < 4; index++) append(log, ["x".repeat(80)], { timestamp: nowMs - minutes(4 - index) });
    log.updateHighWatermark(4);
    await runtime.clock.advanceWithPromises(29_999);
    expect(log.logStartOffset).toBe(0);
    await runtime.clock.advanceWithPromises(1);
    expect(log.logStartOffset).toBe(4);
    append(log, ["y".repeat(80)], { timestamp: nowMs - minutes(10) });
    log.updateHighWatermark(5);
    await runtime.clock.advanceWithPromises(299_000);
    expect(log.logStartOffset).toBe(4);
    await runtime.clock.advanceWithPromises(1_000);
    expect(log.logStartOffset).toBe(5);
    manager.kill();
  });

  test("keep what DeleteRecords has deleted deleted after a kill, once it is in the checkpoint", async () => {
    const runtime = simulate();
    const manager = await manage(runtime, {});
    const log = manager.getOrCreate("orders", 0, TOPIC_ID);
    append(log, ["a", "b", "c"], { timestamp: runtime.clock.now() });
    log.updateHighWatermark(3);
    log.incrementLogStartOffset(2);
    await runtime.clock.advanceWithPromises(90_000);
    expect(checkpoint(runtime)).toBe("0\n1\norders 0 2\n");
    manager.kill();
    const again = await manage(runtime, {});
    expect(again.get("orders", 0)!.logStartOffset).toBe(2);
    again.kill();
  });

  test.each([
    ["delete", "of one partition", 1, 200],
    ["delete", "of many partitions", 100, 5],
    ["compact,delete", "of one partition", 1, 200],
    ["compact,delete", "of many partitions", 100, 5],
  ] as const)("are told by the policy %s to delete many segments %s, and do so in slices", async (...row) => {
    const [policy, , partitions, segments] = row;
    const runtime = simulate();
    const manager = await manage(runtime, {
      "cleanup.policy": policy,
      "segment.bytes": 200,
      "retention.ms": minutes(1),
      "file.delete.delay.ms": minutes(60),
      "min.compaction.lag.ms": Number.MAX_SAFE_INTEGER,
    });
    const nowMs = runtime.clock.now();
    const records = [{ timestamp: nowMs - minutes(10), key: new Uint8Array(1), value: new Uint8Array(80) }];
    const bytes = buildBatch({ records }, runtime);
    for (let partition = 0; partition < partitions; partition++) {
      const log = manager.getOrCreate("orders", partition, TOPIC_ID);
      for (let index = 0; index < segments; index++) log.appendAsLeader(bytes.slice(), { leaderEpoch: 0, nowMs });
      log.updateHighWatermark(segments);
    }
    const renamesOfTurns = countRenames(runtime);
    await runtime.clock.advanceWithPromises(1);
    for (let second = 0; second < 60; second++) await runtime.clock.advanceWithPromises(1_000);
    for (const log of manager.logs()) expect(log).toMatchObject({ logStartOffset: segments, sizeBytes: 0 });
    expect(Math.max(...renamesOfTurns)).toBeLessThanOrEqual(16 * 4);
    manager.kill();
  });

  test("thousands of them, with nothing to delete, are looked at in slices and without the disk", async () => {
    const runtime = simulate();
    const manager = await manage(runtime, { "segment.index.bytes": 120 });
    for (let partition = 0; partition < 2_000; partition++) manager.getOrCreate("orders", partition, TOPIC_ID);
    for (const log of manager.logs()) {
      append(log, ["x"], { timestamp: runtime.clock.now() });
      log.updateHighWatermark(1);
    }
    await runtime.clock.advanceWithPromises(1);
    const touched: string[] = [];
    for (const call of ["open", "stat", "list"] as const) {
      const original = runtime.files[call] as (...args: never[]) => unknown;
      runtime.files[call] = ((path: string, ...more: never[]) => {
        if (path.includes("orders-")) touched.push(path);
        return original.call(runtime.files, path as never, ...more);
      }) as never;
    }
    let turns = 0;
    const { defer } = runtime.clock;
    runtime.clock.defer = (task) => {
      turns++;
      defer.call(runtime.clock, task);
    };
    await runtime.clock.advanceWithPromises(30_000);
    for (let turn = 0; turn < 40; turn++) await runtime.clock.advanceWithPromises(1);
    expect(turns).toBeGreaterThanOrEqual(Math.floor(2_000 / 128));
    expect(touched).toEqual([]);
    manager.kill();
  });
});
