import { expect, test } from "vitest";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { Log } from "../../src/log/log.ts";
import { LogManager } from "../../src/log/log-manager.ts";
import { hangFlushes } from "./hanging-flushes.ts";
import { append, logConfig, logOptions, readAll, settled, simulate, TOPIC_ID, values } from "./log-fixture.ts";
import { StallingFiles } from "./stalling-files.ts";

const STORAGE_ERROR = 56;
const config = logConfig({ "segment.bytes": 400 });

function stallingLog(runtime = simulate()) {
  const files = new StallingFiles(runtime.files);
  const failures: Error[] = [];
  const options = logOptions(runtime, { config, onFailure: (error) => failures.push(error) });
  const log = Log.create({ ...options, runtime: { ...runtime, files } });
  append(log, ["a"]);
  return { runtime, files, failures, log, options };
}

test("an append that the disk does not take in time is refused, and what comes of it later is cut off", async () => {
  const { runtime, files, failures, log, options } = stallingLog();
  files.hang();
  expect(append(log, ["never acknowledged ".repeat(10)])).toMatchObject({ errorCode: STORAGE_ERROR });
  expect(append(log, ["b"])).toMatchObject({
    errorCode: STORAGE_ERROR,
    errorMessage: expect.stringContaining("/data"),
  });
  expect(files.held).toEqual([]);
  expect(log.logEndOffset).toBe(1);

  files.goOn();
  expect(append(log, ["c"])).toMatchObject({ errorCode: 0, firstOffset: 1 });
  expect(values(readAll(log))).toEqual(["a", "c"]);
  expect(runtime.files.stat(`${log.directory}/00000000000000000000.log`)?.sizeBytes).toBe(log.sizeBytes);
  expect(failures).toEqual([]);
  log.closeHandlers();
  const again = await settled(runtime, Log.load(options));
  expect(values(readAll(again))).toEqual(["a", "c"]);
});

test("what a write that was given up has left behind is cut off before a clean stop, too", async () => {
  const { runtime, files, log, options } = stallingLog();
  files.hang();
  append(log, ["never acknowledged"]);
  files.goOn();
  const { sizeBytes } = log;
  await settled(runtime, log.close());
  expect(runtime.files.stat(`${log.directory}/00000000000000000000.log`)?.sizeBytes).toBe(sizeBytes);
  const again = await settled(runtime, Log.load({ ...options, hadCleanShutdown: true }));
  expect(values(readAll(again))).toEqual(["a"]);
  expect(append(again, ["b"])).toMatchObject({ firstOffset: 1 });
});

test("no segment is begun on a disk that does not answer: the append is refused, and nothing has failed", () => {
  const { files, failures, log } = stallingLog();
  while (log.sizeBytes < 300) append(log, ["filling"]);
  const before = log.logEndOffset;
  files.hang();
  expect(append(log, ["for the next segment ".repeat(8)])).toMatchObject({ errorCode: STORAGE_ERROR });
  expect(log.segments).toHaveLength(1);
  expect(files.held).toEqual([]);
  files.goOn();
  expect(append(log, ["for the next segment ".repeat(8)])).toMatchObject({ firstOffset: before });
  expect(log.segments).toHaveLength(2);
  expect(failures).toEqual([]);
});

test("what was written last can be read while the disk does not answer; what is only on the disk is refused", () => {
  const { files, log } = stallingLog();
  while (log.segments.length < 2) append(log, ["filling"]);
  files.hang();
  append(log, ["refused"]);
  const read = (offset: number, isPatient = false) =>
    log.read(offset, 1000, { upToOffset: log.logEndOffset, isPatient }).errorCode;
  expect(read(log.logEndOffset)).toBe(0);
  expect(read(log.logEndOffset - 1)).toBe(0);
  expect(read(0)).toBe(STORAGE_ERROR);
  expect(read(0, true)).toBe(0);
  files.goOn();
  expect(read(0)).toBe(0);
});

test("a flush that comes upon a stall waits for its end", async () => {
  const { runtime, files, failures, log } = stallingLog();
  files.hang();
  let isFlushed = false;
  const flushed = log.flush().then(() => {
    isFlushed = true;
  });
  await runtime.clock.advanceWithPromises(5_000);
  expect(isFlushed).toBe(false);
  files.goOn();
  await settled(runtime, flushed);
  expect(log.recoveryPoint).toBe(1);
  expect([failures, files.held]).toEqual([[], []]);
});

/** Two directories, of which the first can hang. */
async function twoDirectories(runtime: SimulatedRuntime) {
  const lines: string[] = [];
  let disk: StallingFiles | undefined;
  const files = Object.assign(Object.create(runtime.files), {
    watch: (_: string, events: ConstructorParameters<typeof StallingFiles>[1]) => {
      disk = new StallingFiles(runtime.files, events);
      return disk;
    },
  }) as typeof runtime.files;
  const failed: string[] = [];
  const log = { ...runtime.log, write: (_: string, line: string) => void lines.push(line) };
  const options = {
    runtime: { ...runtime, files, log },
    logDirs: ["/d1", "/d2"],
    configOf: () => config,
    isWatched: (path: string) => path === "/d1",
    stallTimeoutMs: 60_000,
    onDirectoryFailure: (path: string) => void failed.push(path),
  };
  const manager = await settled(runtime, LogManager.load(options));
  const stalled = manager.getOrCreate("t", 0, TOPIC_ID, "/d1");
  const other = manager.getOrCreate("t", 1, TOPIC_ID, "/d2");
  for (const created of [stalled, other]) append(created, ["a"]);
  return { manager, options, lines, failed, stalled, other, disk: disk! };
}

test("while one directory does not answer nothing that is done from time to time asks it, or fails; then it goes on", async () => {
  const runtime = simulate();
  const { manager, lines, failed, stalled, other, disk } = await twoDirectories(runtime);
  disk.hang();
  manager.getOrCreate("t", 2, TOPIC_ID, "/d1");
  await runtime.clock.advanceWithPromises(50_000);
  expect(append(stalled, ["refused"])).toMatchObject({ errorCode: STORAGE_ERROR });
  expect(append(other, ["b"])).toMatchObject({ errorCode: 0 });
  expect([disk.held, failed]).toEqual([[], []]);
  expect(["/d1", "/d2"].map((path) => manager.isStalled(path))).toEqual([true, false]);
  expect(lines).toContainEqual(expect.stringContaining("/d1 does not answer"));
  disk.goOn();
  expect(lines).toContainEqual(expect.stringContaining("/d1 answers again"));
  expect(append(stalled, ["b"])).toMatchObject({ errorCode: 0 });
  await runtime.clock.advanceWithPromises(100_000);
  expect(failed).toEqual([]);
  await settled(runtime, manager.shutdown(1));
});

test("a directory that does not answer for the time it is given is out of use", async () => {
  const runtime = simulate();
  const { manager, failed, stalled, other, disk } = await twoDirectories(runtime);
  disk.hang();
  append(stalled, ["refused"]);
  await runtime.clock.advanceWithPromises(60_000);
  expect(failed).toEqual(["/d1"]);
  expect(manager.logDirs).toEqual(["/d2"]);
  expect(append(other, ["b"])).toMatchObject({ errorCode: 0 });
  expect(disk.held).toEqual([]);
  await settled(runtime, manager.shutdown(1));
});

test("a stop waits for a directory that does not answer, says so, and leaves it in the end as a kill does", async () => {
  const runtime = simulate();
  const { manager, options, lines, disk } = await twoDirectories(runtime);
  disk.hang();
  const stopped = manager.shutdown(1);
  await runtime.clock.advanceWithPromises(1_000);
  expect(lines).toContainEqual("Stopping waits for log directory /d1, which does not answer");
  await runtime.clock.advanceWithPromises(10_000);
  expect(await stopped).toBe(false);
  expect(disk.held).toEqual([]);
  disk.goOn();
  await runtime.clock.advanceWithPromises(1);
  const again = await settled(runtime, LogManager.load(options));
  for (const partition of [0, 1]) expect(values(readAll(again.get("t", partition)!))).toEqual(["a"]);
});

test("a disk that answers and never finishes a flush holds up a stop for a minute", async () => {
  const runtime = simulate();
  const { manager, lines } = await twoDirectories(runtime);
  hangFlushes(runtime, "/d1");
  let isClean: boolean | undefined;
  void manager.shutdown(1).then((result) => {
    isClean = result;
  });
  await runtime.clock.advanceWithPromises(59_000);
  expect(isClean).toBeUndefined();
  await runtime.clock.advanceWithPromises(1_000);
  expect(isClean).toBe(false);
  expect(lines).toContainEqual(expect.stringMatching(/^Log directory \/d1 does not answer: it is left as by a kill/));
  expect(runtime.files.stat("/d2/.kafka_cleanshutdown")).toBeDefined();
});
