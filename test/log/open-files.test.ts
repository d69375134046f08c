import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { ForwardedFile } from "../../adapters/simulator/forwarded-file.ts";
import { createMemoryFiles, SeededRandom } from "../../adapters/simulator/index.ts";
import { Log, type LogRuntime } from "../../src/log/log.ts";
import { OpenFiles } from "../../src/log/open-files.ts";
import type { File, FileRange, FileSystem, OpenMode } from "../../src/runtime.ts";
import { testDirectory } from "../test-directory.ts";
import { append, batch, decodeRange, logConfig, readRange, START_MS, simulate, TOPIC_ID } from "./log-fixture.ts";

const LIMIT = 4;
const SEGMENTS = 20;
const config = logConfig({ "segment.bytes": 2_000, "index.interval.bytes": 200, "file.delete.delay.ms": 0 });
const valueAt = (offset: number) => `${offset}`.padEnd(80, ".");
const { clock } = createRuntime();

/** Flushes in the background have ended, too: they open files. */
async function settle(log: Log): Promise<void> {
  await log.flush();
  await new Promise<void>((resolve) => clock.defer(resolve));
}

/** Counts the files that are open, those that are closed and still retained among them. */
class CountedFiles {
  open = 0;
  opens = 0;

  of(files: FileSystem): FileSystem {
    const open = (path: string, mode: OpenMode) => new CountedFile(files.open(path, mode), this);
    return new Proxy(files, { get: (target, name) => (name === "open" ? open : Reflect.get(target, name)) });
  }
}

class CountedFile extends ForwardedFile {
  readonly #count: CountedFiles;
  #retained = 0;
  #isClosed = false;

  constructor(file: File, count: CountedFiles) {
    super(file);
    this.#count = count;
    count.open++;
    count.opens++;
  }

  override read(target: Uint8Array, position: number): number {
    if (this.#isClosed && this.#retained === 0) throw new Error(`read of ${this.path}, which is closed`);
    return this.file.read(target, position);
  }

  override close(): void {
    if (!this.#isClosed && this.#retained === 0) this.#count.open--;
    this.#isClosed = true;
    this.file.close();
  }

  override retain(): void {
    this.file.retain();
    this.#retained++;
  }

  override release(): void {
    this.file.release();
    this.#retained--;
    if (this.#isClosed && this.#retained === 0) this.#count.open--;
  }
}

/** A log of many segments, on the disk of this machine or in memory, that may keep few files open. */
function limitedLog(files: FileSystem, directory: string, limit = LIMIT) {
  const counted = new CountedFiles();
  const openFiles = new OpenFiles(limit, clock);
  const runtime: LogRuntime = { ...createRuntime(), files: counted.of(files), clock, openFiles };
  const options = { runtime, directory, config, topic: "orders", partition: 0, topicId: TOPIC_ID };
  const log = Log.create(options);
  while (log.segments.length < SEGMENTS) append(log, [valueAt(log.logEndOffset)]);
  return { log, openFiles, counted, options };
}

function onDisk(): { files: FileSystem; directory: string } {
  const directory = testDirectory("open-files");
  return { files: createRuntime().files, directory: join(directory, "orders-0") };
}

function inMemory(): { files: FileSystem; directory: string } {
  const files = createMemoryFiles();
  files.makeDirectory("/data");
  return { files, directory: "/data/orders-0" };
}

function rangeAt(log: Log, offset: number, maxBytes = 1): FileRange {
  const { records } = log.read(offset, maxBytes, { upToOffset: log.logEndOffset, minOneMessage: true });
  expect(records, `offset ${offset}`).not.toBeNull();
  return records!;
}

function firstValue(range: FileRange): string {
  return new TextDecoder().decode(decodeRange(range)[0]!.value!);
}

describe.each([
  ["on the disk", onDisk],
  ["in memory", inMemory],
])("files of segments %s", (_, place) => {
  test("stay open up to the limit, whatever is read and written, and every byte is there", async () => {
    const { files, directory } = place();
    const { log, openFiles, counted, options } = limitedLog(files, directory);
    const random = new SeededRandom(11);
    for (let step = 0; step < 400; step++) {
      if (step % 4 === 0) append(log, [valueAt(log.logEndOffset)]);
      const offset = random.integer(log.logEndOffset);
      expect(firstValue(rangeAt(log, offset))).toBe(valueAt(offset));
      if (step % 50 === 0) {
        log.truncateTo(log.logEndOffset - 1 - random.integer(30));
        await log.flush();
      }
      await settle(log);
      expect(openFiles.size).toBeLessThanOrEqual(LIMIT);
      expect(counted.open).toBeLessThanOrEqual(LIMIT);
    }
    expect(counted.opens).toBeGreaterThan(400);
    await log.close();
    expect(counted.open).toBe(0);
    const again = await Log.load({ ...options, hadCleanShutdown: true });
    expect(again.logEndOffset).toBe(log.logEndOffset);
    for (let offset = 0; offset < again.logEndOffset; offset++)
      expect(firstValue(rangeAt(again, offset))).toBe(valueAt(offset));
    again.closeHandlers();
    expect(counted.open).toBe(0);
  });

  test("are readable by whoever retains them, even when their segments are deleted", async () => {
    const { files, directory } = place();
    const { log, counted } = limitedLog(files, directory);
    const ranges = log.segments.map(({ baseOffset }) => rangeAt(log, baseOffset, 1_000));
    const before = ranges.map((range) => readRange(range));
    for (const { file } of ranges) file.retain();
    await settle(log);
    log.updateHighWatermark(log.logEndOffset);
    log.incrementLogStartOffset(log.logEndOffset);
    expect(log.deleteSegmentsBelowLogStart()).toBeGreaterThanOrEqual(SEGMENTS - 1);
    await settle(log);
    for (const [index, range] of ranges.entries()) {
      expect(readRange(range)).toEqual(before[index]);
      range.file.release();
    }
    expect(counted.open).toBeLessThanOrEqual(LIMIT);
    log.closeHandlers();
    expect(counted.open).toBe(0);
  });

  test("are readable until the turn is over, however many it reads from", async () => {
    const { files, directory } = place();
    const { log, openFiles, counted } = limitedLog(files, directory);
    const ranges = log.segments.slice(0, -1).map(({ baseOffset }) => [baseOffset, rangeAt(log, baseOffset)] as const);
    // Those of indexes have given way.
    expect(counted.open).toBeLessThanOrEqual(SEGMENTS + LIMIT);
    for (const [offset, range] of ranges) expect(firstValue(range)).toBe(valueAt(offset));
    await settle(log);
    expect(openFiles.size).toBe(LIMIT);
    expect(counted.open).toBe(LIMIT);
    log.closeHandlers();
  });

  test("are closed and opened again while two logs are recovered side by side", async () => {
    const { files, directory } = place();
    const { log, options } = limitedLog(files, directory, 1);
    const other = { ...options, directory: directory.replace("orders-0", "orders-1"), partition: 1 };
    // Recovery pauses after each megabyte.
    const large = Log.create({ ...other, config: logConfig({ "segment.index.bytes": 8 * 1024 }) });
    const value = "x".repeat(100_000);
    for (let index = 0; index < 40; index++)
      append(large, [value], { timestamp: START_MS + index, producerId: 7, producerEpoch: 0, baseSequence: index });
    log.closeHandlers();
    large.closeHandlers();
    const loaded = await Promise.all([Log.load(options), Log.load({ ...other, config: large.config })]);
    expect(loaded.map(({ logEndOffset }) => logEndOffset)).toEqual([log.logEndOffset, 40]);
    expect(firstValue(rangeAt(loaded[1]!, 39))).toBe(value);
    for (const each of loaded) each.closeHandlers();
  });
});

test("a file in use stays open, however many others come and go", async () => {
  const { files, directory } = inMemory();
  const { log, options } = limitedLog(files, directory, 40);
  await log.close();
  const opened: string[] = [];
  const openFiles = new OpenFiles(6, clock);
  const runtime = { ...options.runtime, files: noting(files, opened), openFiles };
  const again = await Log.load({ ...options, runtime, config: logConfig(), hadCleanShutdown: true });
  const active = again.segments.at(-1)!.path;
  for (let turn = 0; turn < 100; turn++) {
    append(again, [valueAt(again.logEndOffset)]);
    rangeAt(again, turn);
    await settle(again);
  }
  expect(opened.length).toBeGreaterThan(20);
  // The first look at all of them may take any for the oldest.
  expect(opened.filter((path) => path === active).length).toBeLessThanOrEqual(2);
  again.closeHandlers();
});

function noting(files: FileSystem, opened: string[]): FileSystem {
  const open = (path: string, mode: OpenMode) => {
    opened.push(path);
    return files.open(path, mode);
  };
  return new Proxy(files, { get: (target, name) => (name === "open" ? open : Reflect.get(target, name)) });
}

test("a simulated computer keeps to the limit in the next turn", () => {
  const runtime = simulate();
  const openFiles = new OpenFiles(2, runtime.clock);
  const log = Log.create({
    runtime: { ...runtime, openFiles },
    directory: "/data/orders-0",
    config,
    topic: "orders",
    partition: 0,
  });
  while (log.segments.length < 5)
    log.appendAsFollower(batch([valueAt(log.logEndOffset)], { baseOffset: log.logEndOffset }));
  expect(openFiles.size).toBeGreaterThan(2);
  runtime.clock.runUntilIdle();
  expect(openFiles.size).toBe(2);
});
