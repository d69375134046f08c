import { describe, expect, test } from "vitest";
import { append, createLog, loadLog, logConfig, readAll, START_MS, settled, simulate, values } from "./log-fixture.ts";

const to = "/data/orders-0.0123456789abcdef0123456789abcdef-future";
const from = "/data/orders-0";
const config = { "segment.bytes": 600, "index.interval.bytes": 100, "file.delete.delay.ms": 1_000 };

const producer = (baseSequence: number) => ({ producerId: 7, producerEpoch: 0, baseSequence });

describe("a log whose directory is renamed while it is in use", () => {
  test("goes on under the new name, over rolls, flushes and a restart", async () => {
    const runtime = simulate();
    const log = createLog(runtime, config);
    let sequence = 0;
    const appendSome = (count: number, epoch: number) => {
      for (let index = 0; index < count; index++) {
        append(log, [`${sequence}`.padEnd(50)], { timestamp: START_MS + sequence, ...producer(sequence++) }, epoch);
      }
    };
    appendSome(20, 1);
    const waiting = log.flush(); // Renamed while it waits for the disk.
    log.renameDirectory(to);
    expect([log.directory, log.isFuture]).toEqual([to, true]);
    expect(values(readAll(log)).length).toBe(20);
    appendSome(20, 2);
    await settled(runtime, waiting);
    await settled(runtime, log.flush());
    expect(log.recoveryPoint).toBe(40);
    log.renameDirectory(from);
    expect(log.isFuture).toBe(false);
    log.roll();
    appendSome(5, 3);
    await settled(runtime, log.close());
    expect(runtime.files.list("/data").map(({ name }) => name)).toEqual(["orders-0"]);

    const again = await loadLog(runtime, { config: logConfig(config), hadCleanShutdown: true });
    expect(values(readAll(again)).map(Number)).toEqual(Array.from({ length: 45 }, (_, index) => index));
    expect(again.epochEntries).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 2, startOffset: 20 },
      { epoch: 3, startOffset: 40 },
    ]);
    expect(again.producers.get(7)!.lastSequence).toBe(44);
  });

  test("is flushed again where the disk comes to it under the old name, which is gone", async () => {
    const runtime = simulate();
    const log = createLog(runtime, config);
    append(log, ["one"]);
    const { syncDirectory } = runtime.files;
    const asked: string[] = [];
    runtime.files.syncDirectory = async (path) => {
      asked.push(path);
      // It is opened when a thread has time for it.
      await new Promise<void>((resolve) => runtime.clock.schedule(5, resolve));
      return syncDirectory.call(runtime.files, path);
    };
    const flushed = log.flush();
    await settled(runtime, Promise.resolve());
    log.renameDirectory(to);
    await runtime.clock.advanceWithPromises(20);
    await settled(runtime, flushed);
    expect(asked.slice(0, 2)).toContain(from);
    expect([log.failure, log.recoveryPoint]).toEqual([undefined, 1]);
    append(log, ["two"]);
    expect(values(readAll(log))).toEqual(["one", "two"]);
  });

  test("removes what waited for its removal", async () => {
    const runtime = simulate();
    const log = createLog(runtime, config);
    for (let index = 0; index < 30; index++) append(log, ["x".repeat(80)]);
    log.updateHighWatermark(30);
    log.incrementLogStartOffset(20);
    log.deleteSegmentsBelowLogStart();
    const deleted = () => runtime.files.list(to).filter(({ name }) => name.endsWith(".deleted")).length;
    log.renameDirectory(to);
    expect(deleted()).toBeGreaterThan(0);
    runtime.clock.advance(2_000);
    expect(deleted()).toBe(0);
  });

  test("survives a power cut after a flush", async () => {
    const runtime = simulate();
    const log = createLog(runtime, config);
    append(log, ["one"]);
    await settled(runtime, runtime.files.syncDirectory("/"));
    await settled(runtime, log.flush());
    log.renameDirectory(to);
    append(log, ["two"]);
    await settled(runtime, log.flush());
    log.closeHandlers();
    runtime.files.crash();
    const after = simulate(runtime.files);
    const again = await loadLog(after, { directory: to, recoveryPoint: 2 });
    expect(values(readAll(again))).toEqual(["one", "two"]);
  });
});
