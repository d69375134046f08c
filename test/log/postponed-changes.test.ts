import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDiskFiles } from "../../adapters/shared/files/disk-files.ts";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { LogManager } from "../../src/log/log-manager.ts";
import { HangingThreads } from "../adapters/hanging-threads.ts";
import { testDirectory } from "../test-directory.ts";
import { append, logConfig, readAll, settled, simulate, TOPIC_ID, values } from "./log-fixture.ts";

const OTHER_ID = "6L6g3nShT-eMCtK--X86sw";
const STORAGE_ERROR = 56;

let root: string;
let threads: HangingThreads;
let runtime: SimulatedRuntime;
let manager: LogManager;
let failed: string[];

beforeEach(async () => {
  root = testDirectory("stalled");
  threads = new HangingThreads();
  threads.lateCall = "nothing";
  failed = [];
  for (const name of ["d1", "d2"]) mkdirSync(join(root, name));
  manager = await load();
});
afterEach(() => {
  manager.kill();
});

/** Two directories, of which the first may hang. */
function load(): Promise<LogManager> {
  runtime = simulate();
  const files = createDiskFiles(() => undefined, undefined, undefined, threads);
  const options = {
    runtime: { ...runtime, files },
    logDirs: [join(root, "d1"), join(root, "d2")],
    configOf: () => logConfig({ "segment.bytes": 400, "file.delete.delay.ms": 1_000 }),
    isWatched: (path: string) => path.endsWith("d1"),
    stallTimeoutMs: 60_000,
    onDirectoryFailure: (path: string, error: Error) => void failed.push(`${path}: ${error.message}`),
  };
  return settled(runtime, LogManager.load(options));
}

const create = (partition: number, directory = "d1", topicId = TOPIC_ID) =>
  manager.getOrCreate("t", partition, topicId, join(root, directory));
const partitionsIn = (directory: string) =>
  readdirSync(join(root, directory))
    .filter((name) => name.startsWith("t-"))
    .map((name) => name.replace(/[0-9a-f]{32}/, "ID"));

test("a topic whose directory has stalled is deleted, and created again, at once; its files follow when the disk answers", async () => {
  const log = create(0);
  append(log, ["a"]);
  const other = create(1, "d2");
  threads.callsLeft = 0;
  expect(append(log, ["refused"])).toMatchObject({ errorCode: STORAGE_ERROR });
  manager.delete("t", 0);
  expect(manager.get("t", 0)).toBeUndefined();
  const again = create(0, "d1", OTHER_ID);
  expect(again.logEndOffset).toBe(0);
  expect(append(other, ["b"])).toMatchObject({ errorCode: 0 });
  expect(append(again, ["refused"])).toMatchObject({ errorCode: STORAGE_ERROR });
  expect(partitionsIn("d1")).toEqual(["t-0"]);

  threads.goOn();
  await settled(runtime, Promise.resolve());
  expect(append(again, ["c"])).toMatchObject({ errorCode: 0, firstOffset: 0 });
  expect(values(readAll(again))).toEqual(["c"]);
  expect(partitionsIn("d1")).toEqual(["t-0", "t-0.ID-delete"]);
  expect(failed).toEqual([]);
});

test("a log keeps its place when the disk that it leaves stalls in the moment of the change", async () => {
  const log = create(0);
  append(log, ["a"]);
  const future = manager.startMove(log, join(root, "d2"));
  append(future, ["a"]);
  threads.callsLeft = 0;
  expect(manager.moves.complete(log)).toBeUndefined();
  threads.goOn();
  await settled(runtime, Promise.resolve());
  expect(append(log, ["b"])).toMatchObject({ errorCode: 0 });
  expect(manager.get("t", 0)).toBe(log);
  append(future, ["b"]);
  expect(manager.moves.complete(log)).toBe(future);
  expect(partitionsIn("d2")).toEqual(["t-0"]);
  expect(values(readAll(future))).toEqual(["a", "b"]);
});

test("a directory in which something can't be made good is out of use", async () => {
  append(create(0), ["a"]);
  threads.callsLeft = 0;
  manager.delete("t", 0);
  rmSync(join(root, "d1", "t-0"), { recursive: true });
  threads.goOn();
  await settled(runtime, Promise.resolve());
  expect(failed).toEqual([expect.stringContaining("ENOENT")]);
  expect(manager.logDirs).toEqual([join(root, "d2")]);
});

test("a stall in the middle of a stop, wherever it begins, holds that up for 10 s; then the directory is not said to be clean", async () => {
  let isClean = false;
  for (let calls = 0; !isClean; calls++) {
    const logs = [0, 1].map((partition) => create(partition));
    for (const log of logs) append(log, ["a"]);
    const other = create(2, "d2");
    append(other, ["a"]);
    const ends = [...logs, other].map(({ logEndOffset }) => logEndOffset);
    await new Promise((resolve) => setTimeout(resolve, 3));
    threads.calls.length = 0;
    threads.callsLeft = calls;
    const stopped = manager.shutdown(1);
    let result: boolean | undefined;
    void stopped.then((is) => {
      result = is;
    });
    while (result === undefined && !threads.isHanging) {
      runtime.clock.runUntilIdle();
      await new Promise((resolve) => setImmediate(resolve));
    }
    isClean = result === true;
    await runtime.clock.advanceWithPromises(9_000);
    expect(result).toBe(isClean ? true : undefined);
    await runtime.clock.advanceWithPromises(3_000);
    expect(await settled(runtime, stopped)).toBe(isClean);
    const names = (directory: string) => readdirSync(join(root, directory));
    expect(names("d2")).toContain(".kafka_cleanshutdown");
    // All that it vouches for has been done when it is begun, and the disk may stall right then.
    const isBegun = threads.calls.slice(0, -1).includes(`create ${join(root, "d1", ".kafka_cleanshutdown")}`);
    expect(names("d1").includes(".kafka_cleanshutdown")).toBe(isClean || isBegun);
    threads.goOn();
    await new Promise((resolve) => setTimeout(resolve, 5));
    manager = await load();
    expect([0, 1, 2].map((partition) => manager.get("t", partition)!.logEndOffset)).toEqual(ends);
  }
});
