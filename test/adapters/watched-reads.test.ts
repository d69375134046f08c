import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import type { FileSystem } from "../../src/runtime.ts";
import { testDirectory } from "../test-directory.ts";
import { HangingThreads } from "./hanging-threads.ts";
import { RecordedWatch } from "./recorded-watch.ts";

const PAGE_BYTES = 4096;

let directory: string;
let threads: HangingThreads;
let files: FileSystem;
let events: string[];
let watcher: RecordedWatch;

beforeEach(() => {
  directory = testDirectory("watched-reads");
  watcher = new RecordedWatch();
  ({ events } = watcher);
  threads = new HangingThreads();
  threads.isDead = true;
  threads.lateCall = "nothing";
  files = threads.createFiles().watch!(directory, watcher);
  writeFileSync(join(directory, "file"), new Uint8Array(4 * PAGE_BYTES).fill(7));
});
afterEach(() => {
  threads.goOn();
  files.watched!.close();
});

const pathOf = (name: string) => join(directory, name);
const read = (file: { read(target: Uint8Array, position: number): number }, position: number) =>
  file.read(new Uint8Array(8), position);

test("what is in memory is read while the disk is dead; the rest is refused until it answers, and so is any name", async () => {
  files.watched!.limitReads();
  const file = files.open(pathOf("file"), "write");
  expect(read(file, 0)).toBe(8);
  threads.callsLeft = 0;
  expect(() => read(file, 2 * PAGE_BYTES)).toThrow(/EAGAIN: the file system of .* does not answer, read '.*file'/);
  expect([files.watched!.isStalled, events]).toEqual([true, ["stalled"]]);
  expect(read(file, PAGE_BYTES - 8)).toBe(8);
  expect(() => files.stat(pathOf("file"))).toThrow("EAGAIN");
  expect(() => files.list(directory)).toThrow("EAGAIN");
  expect(() => files.open(pathOf("file"), "read")).toThrow("EAGAIN");
  expect(() => file.write(Uint8Array.of(1), 0, true)).toThrow("ETIMEDOUT");

  threads.goOn();
  await files.watched!.answered();
  expect(events).toEqual(["stalled", "answered"]);
  expect(read(file, 2 * PAGE_BYTES)).toBe(8);
  expect(files.list(directory)).toEqual([{ name: "file", kind: "file" }]);
  file.close();
});

test("a file that the disk does not find in time takes changes, in their order, and shows nothing before it is opened", async () => {
  files.watched!.limitReads();
  threads.callsLeft = 0;
  const file = files.open(pathOf("file"), "create");
  file.truncate(PAGE_BYTES);
  file.write(Uint8Array.of(1, 2, 3), PAGE_BYTES);
  expect(() => read(file, 0)).toThrow("EAGAIN");
  expect(() => file.size()).toThrow("EAGAIN");
  threads.goOn();
  await files.watched!.answered();
  const found = new Uint8Array(PAGE_BYTES + 10);
  expect([file.size(), file.read(found, 0)]).toEqual([PAGE_BYTES + 3, PAGE_BYTES + 3]);
  expect([...found.subarray(PAGE_BYTES - 1, PAGE_BYTES + 3)]).toEqual([7, 1, 2, 3]);
  file.close();
});

test("a directory that is renamed before the disk has found it is brought to the disk by its new name", async () => {
  files.makeDirectory(pathOf("old"));
  files.watched!.limitReads();
  threads.callsLeft = 0;
  const synced = files.syncDirectory(pathOf("old"));
  files.rename(pathOf("old"), pathOf("new"));
  threads.goOn();
  await synced;
  expect(files.stat(pathOf("new"))?.kind).toBe("directory");
});

test("a start waits for what it reads", () => {
  threads.callsLeft = 0;
  const file = files.open(pathOf("file"), "read");
  expect([read(file, 0), files.stat(pathOf("file"))?.sizeBytes]).toEqual([8, 4 * PAGE_BYTES]);
  expect(events).toEqual([]);
  file.close();
});

test("a disk that has taken too long for one read has stalled until that ends, whoever waits for another call of it", async () => {
  files.watched!.limitReads();
  const file = files.open(pathOf("file"), "write");
  threads.callsLeft = 0;
  expect(() => file.write(Uint8Array.of(1), 0, true)).toThrow("ETIMEDOUT");
  expect(() => read(file, 0)).toThrow("EAGAIN");
  expect(() => read(file, 0)).toThrow("EAGAIN");
  expect(events).toEqual(["stalled"]);
  threads.goOn();
  await files.watched!.answered();
  expect(events).toEqual(["stalled", "answered"]);
  expect(read(file, 0)).toBe(8);
  file.close();
});

test("the runtime's own calls read the same bytes: from memory, by threads, at the end of the file and behind it", async () => {
  const own = createRuntime().files.watch!(directory, watcher);
  await own.watched!.ready;
  own.watched!.limitReads();
  const bytes = Uint8Array.from({ length: 300_001 }, (_, index) => index % 251);
  writeFileSync(pathOf("bytes"), bytes);
  const file = own.open(pathOf("bytes"), "read");
  for (const [length, position] of [
    [8, 0],
    [8_192, 4_095],
    [40_000, 250_000],
    [300_001, 0],
    [100, 299_950],
    [1, 300_001],
    [9, 1_000_000],
  ] as const) {
    const target = new Uint8Array(length);
    const expected = bytes.subarray(position, position + length);
    expect(file.read(target, position)).toBe(expected.length);
    expect(Buffer.compare(target.subarray(0, expected.length), expected)).toBe(0);
  }
  expect(own.stat(pathOf("bytes"))?.sizeBytes).toBe(bytes.length);
  const missing = expect.objectContaining({ code: "ENOENT" });
  expect(own.stat(pathOf("none"))).toBeUndefined();
  expect(() => own.open(pathOf("none"), "read")).toThrow(missing);
  expect(() => own.list(pathOf("none"))).toThrow(missing);
  expect(events).toEqual([]);
  file.close();
  own.watched!.close();
});
