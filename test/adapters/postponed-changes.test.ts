import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { createDiskFiles } from "../../adapters/shared/files/disk-files.ts";
import type { FileSystem } from "../../src/runtime.ts";
import { testDirectory } from "../test-directory.ts";
import { HangingThreads, type LateCall } from "./hanging-threads.ts";
import { RecordedWatch } from "./recorded-watch.ts";

const LATE_CALLS: readonly LateCall[] = ["nothing", "half", "all"];

let directory: string;
let events: string[];
let threads: HangingThreads;
let files: FileSystem;

beforeEach(() => {
  directory = testDirectory("postponed");
  const watcher = new RecordedWatch();
  ({ events } = watcher);
  threads = new HangingThreads();
  files = createDiskFiles(() => undefined, undefined, undefined, threads).watch!(directory, watcher);
});

const path = (name: string) => join(directory, name);
const bytes = (text: string) => new TextEncoder().encode(text);

function write(name: string, text: string, position = 0): void {
  const file = files.open(path(name), "create");
  file.write(bytes(text), position);
  file.close();
}

/** Undefined when there is no such file. */
function read(name: string, from: FileSystem = files): string | undefined {
  const stat = from.stat(path(name));
  if (stat === undefined) return undefined;
  const file = from.open(path(name), "read");
  try {
    const target = new Uint8Array(100).fill(1);
    const text = new TextDecoder().decode(target.subarray(0, file.read(target, 0)));
    expect([file.size(), stat.sizeBytes]).toEqual([text.length, text.length]);
    return text;
  } finally {
    file.close();
  }
}

/** What a log may do in the middle of something, and what the files are to be like. */
const STEPS: readonly (readonly [string, () => void, Readonly<Record<string, string | undefined>>])[] = [
  ["overwrites", () => write("a", "XY", 1), { a: "aXYa" }],
  ["extends", () => write("a", "XY", 6), { a: "aaaa\0\0XY" }],
  [
    "cuts and goes on",
    () => {
      const file = files.open(path("a"), "write");
      file.truncate(2);
      file.write(bytes("new"), 3);
      file.truncate(5);
      file.close();
    },
    { a: "aa\0ne" },
  ],
  [
    "takes a file's name away and begins another one under it",
    () => {
      files.rename(path("a"), path("a.deleted"));
      expect(files.stat(path("a"))).toBeUndefined();
      write("a", "new");
      files.remove(path("b"));
    },
    { a: "new", "a.deleted": "aaaa", b: undefined },
  ],
  [
    "replaces a file by another one",
    () => {
      write("a.tmp", "new");
      files.rename(path("a.tmp"), path("a"));
    },
    { a: "new", "a.tmp": undefined },
  ],
  [
    "renames twice, and writes under the last name",
    () => {
      files.rename(path("a"), path("a.swap"));
      files.rename(path("a.swap"), path("c"));
      write("c", "new", 2);
      expect(read("c")).toBe("aanew");
    },
    { a: undefined, "a.swap": undefined, c: "aanew" },
  ],
  [
    "renames a directory with a file in it that is open",
    () => {
      const file = files.open(path("d/in"), "write");
      file.write(bytes("new"), 1);
      files.rename(path("d"), path("e"));
      file.truncate(3);
      file.close();
      expect(() => files.open(path("d/in"), "read")).toThrow("ENOENT");
      expect(read("e/in")).toBe("ine");
    },
    { "d/in": undefined, "e/in": "ine" },
  ],
  [
    "makes a directory and files in it",
    () => {
      files.makeDirectory(path("f"));
      expect(files.stat(path("f"))?.kind).toBe("directory");
      const exclusive = files.open(path("f/x"), "exclusive");
      expect(() => files.open(path("f/x"), "exclusive")).toThrow("EEXIST");
      exclusive.write(bytes("new"), 0);
      exclusive.close();
      files.setReadOnly(path("f/x"));
      files.setModified(path("f/x"), 5_000);
    },
    { "f/x": "new" },
  ],
];

test.each(STEPS)(
  "who %s goes on when the disk stalls in the midst of it, wherever that is",
  async (_, step, expected) => {
    for (const lateCall of LATE_CALLS) {
      for (let calls = 0; calls < 12; calls++) {
        rmSync(directory, { recursive: true });
        threads.goOn();
        files.makeDirectory(path("d"));
        write("a", "aaaa");
        write("b", "bbbb");
        write("d/in", "in");
        await new Promise((resolve) => setTimeout(resolve, 3));
        events.length = 0;
        Object.assign(threads, { callsLeft: calls, lateCall });
        step();
        const found = () => Object.fromEntries(Object.keys(expected).map((name) => [name, read(name)]));
        expect(found()).toEqual(expected);
        for (let rounds = 0; threads.isHanging && rounds < 20; rounds++) threads.goOn(rounds);
        expect([threads.isHanging, files.watched!.isStalled]).toEqual([false, false]);
        expect(found()).toEqual(expected);
        const plain = createDiskFiles(() => undefined);
        for (const [name, text] of Object.entries(expected)) expect(read(name, plain)).toBe(text);
        expect(events).toEqual(events.length === 0 ? [] : ["stalled", "answered"]);
      }
    }
  },
);

test("a directory is removed file by file, none of which takes long", () => {
  files.makeDirectory(path("d/e"));
  for (const name of ["d/a", "d/b", "d/e/c"]) write(name, "a");
  write("kept", "a");
  symlinkSync(directory, path("d/link"));
  threads.calls.length = 0;
  files.remove(path("d"));
  expect(threads.calls).toHaveLength(6);
  expect([files.stat(path("d")), read("kept")]).toEqual([undefined, "a"]);
});

test("a flush waits for what was postponed, of a file and of a directory", async () => {
  threads.callsLeft = 0;
  write("a", "a");
  const file = files.open(path("a"), "write");
  const done: string[] = [];
  const flushes = [
    file.sync().then(() => done.push("file")),
    files.syncDirectory(directory).then(() => done.push("names")),
  ];
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(done).toEqual([]);
  threads.goOn();
  await Promise.all(flushes);
  expect(done.sort()).toEqual(["file", "names"]);
  file.close();
});

test("what can't be made good is told, with what the system says, and ends what was postponed", () => {
  threads.callsLeft = 0;
  write("a", "a");
  files.rename(path("missing"), path("b"));
  files.rename(path("a"), path("c"));
  threads.goOn();
  expect(events).toEqual(["stalled", expect.stringContaining("failed: ENOENT"), "answered"]);
  expect([read("a"), read("c")]).toEqual(["a", undefined]);
});
