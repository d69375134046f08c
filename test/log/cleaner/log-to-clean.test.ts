import { describe, expect, test } from "vitest";
import {
  chooseDirtiest,
  dirtyRatio,
  isDue,
  isOverrunByRetention,
  measureLog,
  offsetsToClean,
} from "../../../src/log/cleaner/log-to-clean.ts";
import type { Log } from "../../../src/log/log.ts";
import { START_MS } from "../log-fixture.ts";
import { compactedConfig, compactedLog, endTransaction, put } from "./cleaner-fixture.ts";

/** Segments of one record each, ten milliseconds apart, and an empty active one. */
function logOf(segments: number, config: Parameters<typeof compactedConfig>[0] = {}): Log {
  const { log } = compactedLog(config);
  for (let segment = 0; segment < segments; segment++) {
    put(log, [`k=${segment}`], { timestamp: START_MS + 10 * segment });
    log.roll();
  }
  return log;
}

const measured = (log: Log, checkpoint?: number, nowMs = START_MS) =>
  measureLog(log, offsetsToClean(log, checkpoint, nowMs), nowMs);

describe("the dirty part", () => {
  test("begins at the checkpoint, without one at the log start, and ends at the active segment", () => {
    const log = logOf(4);
    put(log, ["k=active"]);
    expect(offsetsToClean(log, undefined, START_MS)).toMatchObject({ firstDirtyOffset: 0, firstUncleanableOffset: 4 });
    expect(offsetsToClean(log, 2, START_MS)).toMatchObject({ firstDirtyOffset: 2, firstUncleanableOffset: 4 });
  });

  test.each([
    [9, "it lies above the log end offset 5"],
    [1, "it lies below the log start offset 2"],
  ])("begins at the log start when the checkpoint is %i, which cannot be", (checkpoint, reason) => {
    const log = logOf(5);
    log.incrementLogStartOffset(2);
    expect(offsetsToClean(log, checkpoint, START_MS)).toMatchObject({ firstDirtyOffset: 2, invalidCheckpoint: reason });
  });

  test("is overrun by retention only in a log that is deleted from", () => {
    const log = logOf(3);
    log.incrementLogStartOffset(2);
    expect(isOverrunByRetention(log, 1)).toBe(false);
    log.updateConfig(compactedConfig({ "cleanup.policy": "compact,delete" }));
    expect(isOverrunByRetention(log, 1)).toBe(true);
    expect(isOverrunByRetention(log, 2)).toBe(false);
  });

  test("ends at the segment of the last stable offset", () => {
    const log = logOf(2);
    put(log, ["k=2", "k=3"], { producerId: 1, producerEpoch: 0, baseSequence: 0 });
    put(log, ["k=4"], { producerId: 1, producerEpoch: 0, baseSequence: 2, transactional: true });
    log.roll();
    put(log, ["k=5"]);
    log.roll();
    expect(measured(log).firstUncleanableOffset).toBe(2);
    endTransaction(log, 1, true);
    expect(measured(log).firstUncleanableOffset).toBe(6);
  });

  test("ends at the high watermark", () => {
    const log = logOf(3);
    log.updateHighWatermark(1);
    expect(measured(log).firstUncleanableOffset).toBe(1);
  });

  test("ends before a segment with a record younger than min.compaction.lag.ms, and all behind it", () => {
    const log = logOf(5, { "min.compaction.lag.ms": 1_000 });
    expect(measured(log, undefined, START_MS + 1_020).firstUncleanableOffset).toBe(3);
    expect(measured(log, undefined, START_MS + 999).firstUncleanableOffset).toBe(0);
    expect(measured(log, undefined, START_MS + 5_000).firstUncleanableOffset).toBe(5);
  });

  test("of records without a timestamp is as old as its file", () => {
    const { log, runtime } = compactedLog({ "min.compaction.lag.ms": 1_000 });
    put(log, ["k=1"], { timestamp: -1 });
    const writtenMs = runtime.clock.now();
    log.roll();
    expect(measured(log, undefined, writtenMs + 999).firstUncleanableOffset).toBe(0);
    expect(measured(log, undefined, writtenMs + 1_000).firstUncleanableOffset).toBe(1);
  });
});

describe("the dirtiest log", () => {
  test("is due above min.cleanable.dirty.ratio, not at it", () => {
    const log = logOf(4);
    expect(dirtyRatio(measured(log, 1))).toBe(0.75);
    expect(isDue(measured(log, 1))).toBe(true);
    expect(dirtyRatio(measured(log, 2))).toBe(0.5);
    expect(isDue(measured(log, 2))).toBe(false);
    expect(isDue(measured(log, 4))).toBe(false);
  });

  test("is due when its first dirty record is older than max.compaction.lag.ms", () => {
    const log = logOf(4, { "max.compaction.lag.ms": 60_000 });
    expect(measured(log, 3, START_MS + 60_030).compactionDelayMs).toBe(0);
    expect(isDue(measured(log, 3, START_MS + 60_030))).toBe(false);
    expect(measured(log, 3, START_MS + 60_032).compactionDelayMs).toBe(2);
    expect(isDue(measured(log, 3, START_MS + 60_032))).toBe(true);
    expect(isDue(measured(log, 4, START_MS + 99_000))).toBe(false);
  });

  test("is the one with the largest dirty part, the first of equals", () => {
    const [half, clean, most, alike] = [
      measured(logOf(4), 1),
      measured(logOf(4), 4),
      measured(logOf(9), 1),
      measured(logOf(9), 1),
    ];
    expect(chooseDirtiest([half, clean, most, alike])).toBe(most);
    expect(chooseDirtiest([clean])).toBeUndefined();
    expect(chooseDirtiest([])).toBeUndefined();
  });

  test("is not an empty one, even when everything may be cleaned at once", () => {
    const { log } = compactedLog({ "min.cleanable.dirty.ratio": 0 });
    expect(dirtyRatio(measured(log))).toBe(0);
    expect(isDue(measured(log))).toBe(false);
  });
});
