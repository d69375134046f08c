import { describe, expect, test } from "vitest";
import { append, createLog, loadLog, logConfig, readAll, START_MS, settled, simulate } from "./log-fixture.ts";

const config = { "segment.bytes": 1_000, "index.interval.bytes": 200, "file.delete.delay.ms": 1_000 };

function longLog(runtime = simulate()) {
  const log = createLog(runtime, config);
  for (let index = 0; index < 30; index++) append(log, [`${index}`.padEnd(80)], { timestamp: START_MS + index });
  log.updateHighWatermark(30);
  return log;
}

/** Holds the promise of a call back until it is opened; `reached` resolves when the call is made. */
function gate() {
  const opened = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const wait = (): Promise<void> => {
    reached.resolve();
    return opened.promise;
  };
  return { wait, reached: reached.promise, open: () => opened.resolve() };
}

const indexes = (runtime = simulate()) =>
  runtime.files
    .list("/data/orders-0")
    .map(({ name }) => name)
    .filter((name) => name.endsWith("index"));

describe("a flush", () => {
  test("passes by the segments that are truncated away while it waits", async () => {
    const runtime = simulate();
    const log = longLog(runtime);
    const { wait, reached, open } = gate();
    log.segments[0]!.file.sync = wait;
    const flushed = log.flush();
    await reached;
    log.truncateTo(1);
    open();
    await settled(runtime, flushed);
    expect(log.failure).toBeUndefined();
    expect(indexes(runtime).length).toBe(2);
    await runtime.clock.advanceWithPromises(1_000);
    expect(indexes(runtime).length).toBe(2);
  });

  test("passes by the segments that are deleted from the start while it waits", async () => {
    const runtime = simulate();
    const log = longLog(runtime);
    const { wait, reached, open } = gate();
    log.segments[0]!.file.sync = wait;
    const flushed = log.flush();
    await reached;
    log.incrementLogStartOffset(29);
    expect(log.deleteSegmentsBelowLogStart()).toBeGreaterThan(1);
    open();
    await settled(runtime, flushed);
    expect(log.failure).toBeUndefined();
    expect(indexes(runtime).length).toBe(2 * log.segments.length);
  });

  test("opens nothing again when the log is closed while it waits", async () => {
    const runtime = simulate();
    const log = longLog(runtime);
    const { wait, reached, open } = gate();
    log.segments[0]!.file.sync = wait;
    const flushed = log.flush();
    await reached;
    log.closeHandlers();
    const opened: string[] = [];
    const { open: openFile } = runtime.files;
    runtime.files.open = (path, mode) => {
      opened.push(path);
      return openFile.call(runtime.files, path, mode);
    };
    open();
    await settled(runtime, flushed);
    expect(opened.filter((path) => /\.(log|index|timeindex)$/.test(path))).toEqual([]);
  });

  test("vouches only for what was there before a truncation under way, not for what was appended after it", async () => {
    const runtime = simulate();
    const log = longLog(runtime);
    const { wait, reached, open } = gate();
    log.segments.at(-1)!.file.sync = wait;
    const flushed = log.flush();
    await reached;
    log.truncateTo(10);
    // Too little for a new segment, which would ask for a flush of its own.
    append(log, ["other"], {}, 1);
    open();
    await settled(runtime, flushed);
    // Inside of the segment that was cut: that one has to be recovered.
    expect(log.recoveryPoint).toBe(9);
    await settled(runtime, log.flush());
    expect(log.recoveryPoint).toBe(11);
  });

  test("brings the last entry of the time index of a full segment to the disk", async () => {
    const runtime = simulate();
    const log = createLog(runtime, config);
    await runtime.files.syncDirectory("/");
    append(log, ["a"]);
    await settled(runtime, log.flush());
    log.roll();
    await settled(runtime, log.flush());
    log.closeHandlers();
    runtime.files.crash();
    const again = await loadLog(runtime, { config: logConfig(config), recoveryPoint: 1 });
    expect(again.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 1]);
    expect(again.segments[0]!.timeIndex.lastEntry()).toEqual({ timestamp: START_MS, offset: 0 });
  });
});

describe("flush.messages", () => {
  test("leaves records unsettled until they are on the disk, and all behind them", async () => {
    const runtime = simulate();
    const log = createLog(runtime, { "flush.messages": 3 });
    const settledAt: number[] = [];
    log.onOffsetsMoved = () => settledAt.push(log.settledEndOffset);
    append(log, ["a"]);
    append(log, ["b"]);
    expect(log.settledEndOffset).toBe(2);
    const { wait, reached, open } = gate();
    const sync = log.segments[0]!.file.sync;
    log.segments[0]!.file.sync = wait;
    append(log, ["c", "d"]);
    expect(log.settledEndOffset).toBe(2);
    await reached;
    append(log, ["e"]);
    expect([log.settledEndOffset, log.logEndOffset]).toEqual([2, 5]);
    log.segments[0]!.file.sync = sync;
    open();
    await settled(runtime, log.flush());
    expect(settledAt[0]).toBe(5);
    expect(log.recoveryPoint).toBeGreaterThanOrEqual(4);
  });

  test("of 1, with appends while a flush is under way, settles them by the next one", async () => {
    const runtime = simulate();
    const log = createLog(runtime, { "flush.messages": 1 });
    const settledAt: number[] = [];
    log.onOffsetsMoved = () => settledAt.push(log.settledEndOffset);
    const { wait, reached, open } = gate();
    const sync = log.segments[0]!.file.sync;
    log.segments[0]!.file.sync = wait;
    append(log, ["a"]);
    await reached;
    for (const value of ["b", "c"]) append(log, [value]);
    log.segments[0]!.file.sync = sync;
    open();
    await settled(runtime, log.flush());
    await settled(runtime, log.flush());
    expect(settledAt.slice(0, 2)).toEqual([1, 3]);
    expect(log.recoveryPoint).toBe(3);
  });

  test("does not wait for records that were truncated meanwhile", async () => {
    const runtime = simulate();
    const log = createLog(runtime, { "flush.messages": 1 });
    append(log, ["a"]);
    await settled(runtime, log.flush());
    append(log, ["b", "c"]);
    log.truncateTo(1);
    expect(log.settledEndOffset).toBe(1);
    await settled(runtime, log.flush());
    expect(log.settledEndOffset).toBe(1);
  });

  test("lets what comes in the place of truncated records wait for a flush of its own", async () => {
    const runtime = simulate();
    const log = createLog(runtime, { "flush.messages": 1 });
    append(log, ["a"]);
    await settled(runtime, log.flush());
    const { wait, reached, open } = gate();
    const { sync } = log.segments[0]!.file;
    log.segments[0]!.file.sync = wait;
    append(log, ["b"]);
    await reached;
    log.truncateTo(0);
    append(log, ["c", "d"]);
    expect([log.settledEndOffset, log.logEndOffset]).toEqual([0, 2]);
    log.segments[0]!.file.sync = sync;
    open();
    await settled(runtime, log.flush());
    await settled(runtime, log.flush());
    expect(log.settledEndOffset).toBe(2);
  });
});

test("flush.ms flushes what is older, whenever somebody looks", async () => {
  const runtime = simulate();
  const log = createLog(runtime, { "flush.ms": 5_000 });
  runtime.clock.advance(10_000);
  expect(log.flushIfDue()).toBeUndefined();
  append(log, ["a"]);
  await settled(runtime, log.flushIfDue()!);
  expect(log.recoveryPoint).toBe(1);
  append(log, ["b"]);
  runtime.clock.advance(4_999);
  expect(log.flushIfDue()).toBeUndefined();
  runtime.clock.advance(1);
  await settled(runtime, log.flushIfDue()!);
  expect(log.recoveryPoint).toBe(2);
});

test("a clean stop brings the trimmed indexes to the disk, also when all batches are there already", async () => {
  const runtime = simulate();
  const log = createLog(runtime, config);
  await runtime.files.syncDirectory("/");
  append(log, ["a"]);
  await settled(runtime, log.flush());
  await settled(runtime, log.close());
  runtime.files.crash();
  const sizeOf = (name: string) => runtime.files.stat(`/data/orders-0/00000000000000000000.${name}`)?.sizeBytes;
  expect([sizeOf("index"), sizeOf("timeindex")]).toEqual([0, 12]);
  const again = await loadLog(runtime, { config: logConfig(config), hadCleanShutdown: true });
  expect(readAll(again).length).toBe(1);
});
