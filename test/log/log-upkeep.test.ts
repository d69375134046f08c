import { expect, test } from "vitest";
import { readFile } from "../../src/log/atomic-file.ts";
import { LogManager } from "../../src/log/log-manager.ts";
import { hangFlushes } from "./hanging-flushes.ts";
import { append, logConfig, settled, simulate, TOPIC_ID } from "./log-fixture.ts";

const MINUTE_MS = 60_000;

test("a disk that never finishes a flush keeps no other directory from its checkpoints and its retention", async () => {
  const runtime = simulate();
  const config = logConfig({ "segment.bytes": 200, "retention.bytes": 400 });
  const options = { runtime, logDirs: ["/d1", "/d2"], configOf: () => config };
  const manager = await settled(runtime, LogManager.load(options));
  const [stalled, other] = ["/d1", "/d2"].map((path, index) => manager.getOrCreate("t", index, TOPIC_ID, path));
  append(stalled!, ["a"]);
  hangFlushes(runtime, "/d1");
  await runtime.clock.advanceWithPromises(10 * MINUTE_MS);
  for (let value = 0; value < 20; value++) append(other!, [`${value}`]);
  other!.updateHighWatermark(20);
  await runtime.clock.advanceWithPromises(10 * MINUTE_MS);
  const checkpoint = new TextDecoder().decode(readFile(runtime.files, "/d2/replication-offset-checkpoint"));
  expect(checkpoint).toBe("0\n1\nt 1 20\n");
  expect(other!.sizeBytes).toBeLessThanOrEqual(600);
  manager.kill();
});

test("a directory that is still busy with a task is not asked for it again", async () => {
  const runtime = simulate();
  const manager = await settled(
    runtime,
    LogManager.load({ runtime, logDirs: ["/d1"], configOf: () => logConfig(), flushSchedulerIntervalMs: 1_000 }),
  );
  const log = manager.getOrCreate("t", 0, TOPIC_ID);
  log.updateConfig(logConfig({ "flush.ms": 1 }));
  let flushes = 0;
  log.flushIfDue = () => {
    flushes++;
    return new Promise(() => {});
  };
  await runtime.clock.advanceWithPromises(2 * MINUTE_MS);
  expect(flushes).toBe(1);
  manager.kill();
});

test("what is wrong with one log is told, and keeps no other from its retention", async () => {
  const runtime = simulate();
  const config = logConfig({ "segment.bytes": 200, "retention.bytes": 400 });
  const failed: string[] = [];
  const manager = await settled(
    runtime,
    LogManager.load({
      ...{ runtime, logDirs: ["/d1"], configOf: () => config },
      onDirectoryFailure: (directory) => failed.push(directory),
    }),
  );
  const [broken, other] = [0, 1].map((partition) => manager.getOrCreate("t", partition, TOPIC_ID));
  broken!.deleteOldSegments = () => {
    throw new Error("offset 5 does not follow 7");
  };
  for (let value = 0; value < 20; value++) append(other!, [`${value}`]);
  other!.updateHighWatermark(20);
  await runtime.clock.advanceWithPromises(10 * MINUTE_MS);
  expect(other!.sizeBytes).toBeLessThanOrEqual(600);
  expect([failed, manager.logDirs]).toEqual([[], ["/d1"]]);
  const lines = runtime.log.lines.filter(({ level }) => level === "warn").map(({ line }) => line);
  expect(lines[0]).toBe("/d1/t-0 could not be looked after: Error: offset 5 does not follow 7");
  manager.kill();
});

test("logs that take long to look at, as the disk has to be asked, let others have their turn in between", async () => {
  const runtime = simulate();
  const { clock } = runtime;
  const options = { runtime, logDirs: ["/d1"], configOf: () => logConfig() };
  const manager = await settled(runtime, LogManager.load(options));
  let waitedMs = 0;
  let turns = 0;
  const [elapsed, defer] = [clock.elapsed.bind(clock), clock.defer.bind(clock)];
  clock.elapsed = () => elapsed() + waitedMs;
  clock.defer = (task) => {
    turns++;
    defer(task);
  };
  const turnOf: number[] = [];
  for (let partition = 0; partition < 5; partition++) {
    manager.getOrCreate("t", partition, TOPIC_ID).deleteOldSegments = () => {
      turnOf.push(turns);
      waitedMs += 10;
      return 0;
    };
  }
  await clock.advanceWithPromises(MINUTE_MS);
  expect(turnOf).toHaveLength(5);
  expect(new Set(turnOf).size).toBe(5);
  manager.kill();
});
