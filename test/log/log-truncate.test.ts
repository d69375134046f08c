import { describe, expect, test, vi } from "vitest";
import { ProducerState } from "../../src/log/producer-state.ts";
import { buildEndTransactionMarker } from "../../src/record/control-record.ts";
import { FailingFiles } from "./failing-files.ts";
import {
  append,
  batch,
  createLog,
  loadLog,
  logConfig,
  offsetForTimestamp,
  readAll,
  START_MS,
  settled,
  simulate,
  values,
} from "./log-fixture.ts";

const config = { "segment.bytes": 1_000, "index.interval.bytes": 200 };

function longLog(runtime = simulate()) {
  const log = createLog(runtime, config);
  for (let index = 0; index < 30; index++)
    append(log, [`${index}`.padEnd(80)], { timestamp: START_MS + index }, index >> 3);
  log.updateHighWatermark(30);
  return log;
}

test("truncation at every offset leaves a log that goes on there", () => {
  for (let offset = 0; offset < 30; offset++) {
    const log = longLog();
    expect(log.truncateTo(offset)).toBe(true);
    expect(log.logEndOffset).toBe(offset);
    expect(log.highWatermark).toBe(offset);
    expect(log.latestEpoch).toBe(offset === 0 ? -1 : (offset - 1) >> 3);
    expect(append(log, ["new"], {}, 9).firstOffset).toBe(offset);
    expect(values(readAll(log)).map((value) => value!.trim())).toEqual([
      ...Array.from({ length: offset }, (_, index) => `${index}`),
      "new",
    ]);
    expect(offsetForTimestamp(log, START_MS + 29)?.offset).toBeUndefined();
  }
});

test("a truncation that is cut short anywhere leaves a log without gaps", async () => {
  for (let done = 0; ; done++) {
    const runtime = simulate();
    const files = new FailingFiles(runtime.files);
    const options = { runtime: { ...runtime, files }, config: logConfig(config) };
    longLog(runtime).closeHandlers();
    const log = await loadLog(runtime, options);
    let renames = 0;
    files.fault = (call) => (call === "rename" && renames++ >= done ? "EIO" : undefined);
    try {
      log.truncateTo(2);
    } catch (error) {
      expect((error as Error).message).toContain("EIO");
    }
    log.closeHandlers();
    files.fault = () => undefined;
    const again = await loadLog(runtime, options);
    expect(readAll(again).map(({ offset }) => offset)).toEqual(
      Array.from({ length: again.logEndOffset }, (_, offset) => offset),
    );
    if (renames <= done) break;
  }
});

test("truncation inside a batch drops the whole batch, as in Kafka", () => {
  const log = createLog();
  append(log, ["a", "b"]);
  append(log, ["c", "d", "e"]);
  log.truncateTo(3);
  expect(log.logEndOffset).toBe(3);
  expect(log.read(2, 100, { upToOffset: 3 })).toMatchObject({ errorCode: 0, records: null });
  expect(append(log, ["f"]).firstOffset).toBe(3);
  expect(readAll(log).map(({ offset }) => offset)).toEqual([0, 1, 3]);
});

test("truncation at or beyond the end drops only epochs that have no records", () => {
  const log = longLog();
  log.assignEpochStartOffset(7, 30);
  expect(log.truncateTo(30)).toBe(false);
  expect(log.latestEpoch).toBe(3);
  expect(log.logEndOffset).toBe(30);
});

test("a truncated log has the same content after a restart, clean or not", async () => {
  for (const clean of [true, false]) {
    const runtime = simulate();
    const log = longLog(runtime);
    log.truncateTo(17);
    append(log, ["new"], {}, 5);
    if (clean) await settled(runtime, log.close());
    else log.closeHandlers();
    const again = await loadLog(runtime, { config: logConfig(config), hadCleanShutdown: clean, recoveryPoint: 0 });
    expect(again.logEndOffset).toBe(18);
    expect(values(readAll(again)).at(-1)).toBe("new");
    expect(again.epochEntries).toEqual(log.epochEntries);
  }
});

test("a log truncated fully goes on at any offset", async () => {
  const runtime = simulate();
  const log = longLog(runtime);
  log.truncateFullyAndStartAt(1_000);
  expect(log).toMatchObject({
    logStartOffset: 1_000,
    logEndOffset: 1_000,
    highWatermark: 1_000,
    latestEpoch: -1,
    sizeBytes: 0,
  });
  log.appendAsFollower(batch(["a"], { baseOffset: 1_000, leaderEpoch: 6 }));
  expect(readAll(log).map(({ offset }) => offset)).toEqual([1_000]);
  await settled(runtime, log.close());
  const again = await loadLog(runtime, { config: logConfig(config), hadCleanShutdown: true });
  expect(again).toMatchObject({ logStartOffset: 1_000, logEndOffset: 1_001, latestEpoch: 6 });
});

test("a truncation below the first segment starts the log over at that offset", () => {
  const log = createLog();
  log.truncateFullyAndStartAt(100);
  append(log, ["a"]);
  expect(log.truncateTo(50)).toBe(true);
  expect(log).toMatchObject({ logStartOffset: 50, logEndOffset: 50 });
});

describe("leader epochs", () => {
  test("tell where each of them ends (KIP-279)", () => {
    const log = createLog();
    for (const [epoch, text] of [
      [2, "a"],
      [2, "b"],
      [5, "c"],
      [9, "d"],
    ] as const)
      append(log, [text], {}, epoch);
    expect(log.endOffsetForEpoch(-1)).toBeUndefined();
    expect(log.endOffsetForEpoch(0)).toEqual({ epoch: 0, offset: 0 });
    expect(log.endOffsetForEpoch(2)).toEqual({ epoch: 2, offset: 2 });
    expect(log.endOffsetForEpoch(4)).toEqual({ epoch: 2, offset: 2 });
    expect(log.endOffsetForEpoch(5)).toEqual({ epoch: 5, offset: 3 });
    expect(log.endOffsetForEpoch(9)).toEqual({ epoch: 9, offset: 4 });
    expect(log.endOffsetForEpoch(10)).toBeUndefined();
    expect([0, 1, 2, 3].map((offset) => log.epochForOffset(offset))).toEqual([2, 2, 5, 9]);
  });

  test("that contradict a new one go", () => {
    const log = createLog();
    log.assignEpochStartOffset(1, 0);
    log.assignEpochStartOffset(3, 10);
    log.assignEpochStartOffset(4, 20);
    log.assignEpochStartOffset(4, 25);
    expect(log.epochEntries.length).toBe(3);
    log.assignEpochStartOffset(5, 10);
    expect(log.epochEntries).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 5, startOffset: 10 },
    ]);
  });
});

/** One batch for each offset, of producers that retry, and of one that ends transactions. */
function logOfProducers(batches: number) {
  const runtime = simulate();
  const log = createLog(runtime);
  const sequences = [0, 0, 0];
  for (let index = 0; index < batches; index++) {
    const producerId = index % 3;
    if (producerId === 2 && index % 7 === 0) {
      const marker = { producerId, producerEpoch: 0, coordinatorEpoch: 0, commit: true, timestamp: START_MS };
      const options = { leaderEpoch: 0, nowMs: START_MS, origin: "coordinator" } as const;
      log.appendAsLeader(buildEndTransactionMarker(marker, runtime), options);
    } else {
      const baseSequence = sequences[producerId]!++;
      append(log, ["x"], { producerId, producerEpoch: 0, baseSequence, transactional: producerId === 2 });
    }
  }
  return log;
}

test("truncations of a large segment read no more than a few thousand batches, and know all of its producers", () => {
  const log = logOfProducers(24_000);
  const update = vi.spyOn(ProducerState.prototype, "update");
  for (const offset of [23_990, 20_500, 20_400, 5_000]) {
    update.mockClear();
    log.updateHighWatermark(offset - 20);
    log.truncateTo(offset);
    expect(update.mock.calls.length).toBeLessThanOrEqual(4_096);
    const expected = logOfProducers(offset);
    for (const each of [log, expected]) each.updateHighWatermark(offset - 2);
    expect([...log.producers.entries]).toEqual([...expected.producers.entries]);
    expect(log.lastStableOffset).toBe(expected.lastStableOffset);
  }
  update.mockRestore();
});
