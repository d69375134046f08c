import { mkdirSync, readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { Log } from "../../src/log/log.ts";
import { LogManager } from "../../src/log/log-manager.ts";
import { TimestampLookup } from "../../src/log/timestamp-lookup.ts";
import { HangingThreads } from "../adapters/hanging-threads.ts";
import { testDirectory } from "../test-directory.ts";
import { checkIndexes } from "./index-checks.ts";
import { append, logConfig, readAll, START_MS, settled, simulate, TOPIC_ID, values } from "./log-fixture.ts";

const STORAGE_ERROR = 56;
const VALUES = Array.from({ length: 60 }, (_, index) => `${index}`.padEnd(40, "."));

let root: string;
let threads: HangingThreads;
let runtime: SimulatedRuntime;
let manager: LogManager;
let failed: string[];

beforeEach(async () => {
  root = testDirectory("dead");
  failed = [];
  mkdirSync(join(root, "d1"));
  await load();
  const log = manager.getOrCreate("t", 0, TOPIC_ID, join(root, "d1"));
  for (const value of VALUES) append(log, [value]);
});
afterEach(() => {
  threads.goOn();
  manager.kill();
});

/** Nothing of the disk is in memory then. */
async function load(): Promise<Log | undefined> {
  threads = new HangingThreads();
  threads.isDead = true;
  threads.lateCall = "nothing";
  runtime = simulate();
  const files = threads.createFiles();
  manager = await settled(
    runtime,
    LogManager.load({
      runtime: { ...runtime, files },
      logDirs: [join(root, "d1")],
      configOf: () => logConfig({ "segment.bytes": 1_000, "index.interval.bytes": 100, "retention.ms": 1_000 }),
      isWatched: () => true,
      stallTimeoutMs: 60_000,
      onDirectoryFailure: (path, error) => void failed.push(`${path}: ${error.message}`),
    }),
  );
  return manager.get("t", 0);
}

async function restart(): Promise<Log> {
  await settled(runtime, manager.shutdown(1));
  const log = (await load())!;
  log.updateHighWatermark(log.logEndOffset);
  return log;
}

const readFrom = (log: Log, offset: number) =>
  log.read(offset, 1, { upToOffset: log.logEndOffset, minOneMessage: true });

test("what is only on a disk that is dead is refused, whoever asks for it, until the disk answers; nothing is out of use", async () => {
  const log = await restart();
  threads.callsLeft = 0;
  expect(readFrom(log, 0)).toMatchObject({ errorCode: STORAGE_ERROR, records: null });
  expect(log.isStalled).toBe(true);
  const lookup = new TimestampLookup(runtime);
  const found: unknown[] = [];
  lookup.find(log, START_MS, (match, error) => found.push(match, (error as { code?: unknown }).code));
  lookup.findMax(log, (match, error) => found.push(match, (error as { code?: unknown }).code));
  expect(found).toEqual([undefined, "EAGAIN", undefined, "EAGAIN"]);
  expect(append(log, ["refused"])).toMatchObject({ errorCode: STORAGE_ERROR });
  expect(log.deleteOldSegments(START_MS + 1e9)).toBe(0);
  expect(() => log.truncateTo(3)).toThrow("EAGAIN");
  expect(() => log.truncateFullyAndStartAt(100)).toThrow("EAGAIN");
  expect([log.sizeBytes, log.logEndOffset, log.failure, failed]).toEqual([0, VALUES.length, undefined, []]);

  threads.goOn();
  expect(values(readAll(log))).toEqual(VALUES);
  expect(append(log, ["taken"])).toMatchObject({ errorCode: 0, firstOffset: VALUES.length });
  log.truncateTo(30);
  expect(values(readAll(log))).toEqual(VALUES.slice(0, 30));
});

test("an append that comes upon a dead disk when it has to read first is refused, and changes nothing", async () => {
  const log = await restart();
  threads.callsLeft = 1;
  expect(append(log, ["refused"])).toMatchObject({ errorCode: STORAGE_ERROR });
  threads.goOn();
  expect(append(log, ["taken"])).toMatchObject({ errorCode: 0, firstOffset: VALUES.length });
  expect(values(readAll(log))).toEqual([...VALUES, "taken"]);
  expect([log.failure, failed]).toEqual([undefined, []]);
});

test("an index is built anew from the start when the disk has died on the way", async () => {
  await settled(runtime, manager.shutdown(1));
  const directory = join(root, "d1", "t-0");
  const [index] = readdirSync(directory).filter((name) => name.endsWith(".index"));
  truncateSync(join(directory, index!), statSync(join(directory, index!)).size - 1);
  let reached = 0;
  for (let calls = 0; reached === 0 && calls < 200; calls += 3) {
    const log = (await load())!;
    log.updateHighWatermark(log.logEndOffset);
    threads.callsLeft = calls;
    if (readFrom(log, 5).errorCode === 0) reached = calls;
    threads.goOn();
    expect(readFrom(log, 5).errorCode).toBe(0);
    expect(values(readAll(log))).toEqual(VALUES);
    checkIndexes(log);
    expect([log.failure, failed]).toEqual([undefined, []]);
    manager.kill();
    truncateSync(join(directory, index!), statSync(join(directory, index!)).size - 1);
  }
  expect(reached).toBeGreaterThan(3);
});
