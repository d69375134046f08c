import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { createRuntime } from "#adapter";
import { CallThreads } from "../../adapters/shared/disk-watch/call-threads.ts";
import { BY_NAME, SharedCall, WRITE } from "../../adapters/shared/disk-watch/shared-call.ts";
import { createDiskFiles } from "../../adapters/shared/files/disk-files.ts";
import type { StartThread } from "../../adapters/shared/workers/job-thread.ts";
import type { DiskWatch } from "../../src/disk-watch.ts";
import { soon } from "../patience.ts";
import { testDirectory } from "../test-directory.ts";
import { HangingThreads } from "./hanging-threads.ts";
import { RecordedWatch } from "./recorded-watch.ts";

let directory: string;
let events: string[];
let watcher: RecordedWatch;

beforeEach(() => {
  directory = testDirectory("disk-watch");
  watcher = new RecordedWatch();
  ({ events } = watcher);
});

test("what is written to a watched disk is there, however large, and an error is the system's", async () => {
  const files = createRuntime().files.watch!(directory, watcher);
  await files.watched!.ready;
  const file = files.open(join(directory, "file"), "create");
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => index % 251);
  file.write(bytes, 5);
  file.write(Uint8Array.of(1, 2, 3), 0);
  expect(file.size()).toBe(3_000_005);
  const read = new Uint8Array(3_000_000);
  expect(file.read(read, 5)).toBe(read.length);
  expect(Buffer.compare(read, bytes)).toBe(0);
  await file.sync();
  file.truncate(4);
  expect(file.size()).toBe(4);
  const readOnly = files.open(join(directory, "file"), "read");
  expect(() => readOnly.write(bytes, 0)).toThrow(/bad file descriptor/i);
  for (const opened of [file, readOnly]) opened.close();
  files.watched!.close();
});

test("what a thread could not do is not tried again: it brings the system's error along", async () => {
  const files = createRuntime().files.watch!(directory, watcher);
  await files.watched!.ready;
  const [file, missing] = ["file", "missing"].map((name) => join(directory, name));
  files.open(file!, "create").close();
  const errorOf = (action: () => void): Partial<NodeJS.ErrnoException> => {
    try {
      action();
    } catch (error) {
      const { code, message, path, syscall } = error as NodeJS.ErrnoException;
      return { code, message, path, syscall };
    }
    return {};
  };
  expect(errorOf(() => files.rename(missing!, file!))).toEqual({
    ...{ code: "ENOENT", path: missing, syscall: "rename" },
    message: expect.stringMatching(/^ENOENT: no such file or directory, rename '.*missing' -> '.*file'/),
  });
  expect(errorOf(() => files.makeDirectory(join(file!, "in")))).toMatchObject({ code: "ENOTDIR", syscall: "mkdir" });
  const full = files.open("/dev/full", "write");
  const written = errorOf(() => full.write(new Uint8Array(10_000), 0));
  expect(written).toMatchObject({ code: "ENOSPC", syscall: "write" });
  expect(written.message).toMatch(/^ENOSPC: no space left on device, write/);
  full.close();
  files.watched!.close();
});

test("the loop does not make a call that has failed in a thread, unless that can't tell why", async () => {
  const told = Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
  const threads = new HangingThreads();
  const failing = { result: -1, error: told as Error | undefined, callByName: () => true, write: () => true };
  Object.defineProperty(threads, "ready", { value: failing });
  const watched = createDiskFiles(() => undefined, undefined, undefined, threads).watch!(directory, watcher);
  const file = createDiskFiles(() => undefined).open(join(directory, "file"), "create");
  const written = watched.open(join(directory, "file"), "write");
  const made = join(directory, "made");
  expect(() => watched.makeDirectory(made)).toThrow(told);
  expect(() => written.write(Uint8Array.of(1), 0, true)).toThrow(told);
  expect([watched.stat(made), file.size(), watched.watched!.isStalled]).toEqual([undefined, 0, false]);
  failing.error = undefined;
  watched.makeDirectory(made);
  written.write(Uint8Array.of(1), 0, true);
  expect([watched.stat(made)?.kind, file.size()]).toEqual(["directory", 1]);
  for (const opened of [file, written]) opened.close();
});

test("a disk that does not answer is stalled until it does, and who has begun nothing is refused at once", async () => {
  const threads = new IdleThreads();
  const files = createDiskFiles(() => undefined, undefined, undefined, new CallThreads(threads.start, 4));
  const watched = files.watch!(directory, watcher);
  const disk = watched.watched!;
  const path = join(directory, "file");
  files.open(path, "create").close();
  await disk.ready;
  const file = watched.open(path, "write");
  const startMs = performance.now();
  expect(() => file.write(Uint8Array.of(1), 0, true)).toThrow(`the file system of ${directory} does not answer`);
  expect(performance.now() - startMs).toBeGreaterThan(490);
  expect([disk.isStalled, events]).toEqual([true, ["stalled"]]);
  expect(() => file.write(Uint8Array.of(1), 0, true)).toThrow("ETIMEDOUT");
  expect(disk.answers()).toBe(false);
  expect(threads.calls.map(({ given }) => given.operation)).toEqual([WRITE, 0]);
  file.close();

  const [call] = threads.calls;
  expect(call!.given).toMatchObject({ operation: WRITE, length: 1, position: 0 });
  call!.end(1, 1);
  await disk.answered();
  expect([disk.isStalled, events]).toEqual([false, ["stalled", "answered"]]);
  disk.close();
});

test("who waits for a disk is told when it answers, also if nobody watches it any more", async () => {
  const threads = new IdleThreads();
  const files = createDiskFiles(() => undefined, undefined, undefined, new CallThreads(threads.start, 4));
  const disk = files.watch!(directory, watcher).watched!;
  await disk.ready;
  expect(disk.answers()).toBe(false);
  const answered = disk.answered();
  disk.close();
  threads.calls[0]!.end(1, 0);
  await answered;
  expect([disk.answers(), events]).toEqual([true, ["stalled"]]);
});

test("one that stalls again keeps the loop waiting for a shorter time, and who else watches it hardly any", async () => {
  const threads = new IdleThreads();
  const files = createDiskFiles(() => undefined, undefined, undefined, new CallThreads(threads.start, 4));
  const [disk, other] = [files.watch!(directory, watcher).watched!, files.watch!(directory, watcher).watched!];
  await disk.ready;
  expect([patienceWith(disk), patienceWith(other)]).toEqual([500, 50]);
  for (const call of threads.calls) call.end(1, 0);
  await Promise.all([disk.answered(), other.answered()]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(patienceWith(disk)).toBe(250);
  disk.close();
  other.close();
});

test("while one disk does not answer, others that do not either keep the loop waiting for a fraction of the time, however many", async () => {
  const threads = new IdleThreads();
  const files = createDiskFiles(() => undefined, undefined, undefined, new CallThreads(threads.start, 4));
  const disks = Array.from({ length: 10 }, (_, index) => files.watch!(`${directory}/${index}`, watcher).watched!);
  await Promise.all(disks.map(({ ready }) => ready));
  // There are two threads; who comes next waits for another one, and the loop does not.
  expect(disks.map(patienceWith)).toEqual([500, 100, ...new Array(8).fill(0)]);
  expect(disks.every(({ isStalled }) => isStalled)).toBe(true);
  await vi.waitFor(() => expect(disks.slice(2).some(({ isStalled }) => isStalled)).toBe(false), soon);
  expect(disks.slice(0, 2).every(({ isStalled }) => isStalled)).toBe(true);
  for (const disk of disks) disk.close();
});

test("what is to be changed while no thread is there is changed when one is", async () => {
  const threads = new IdleThreads();
  const files = createDiskFiles(() => undefined, undefined, undefined, new CallThreads(threads.start, 4));
  const [one, two, watched] = [1, 2, 3].map(() => files.watch!(directory, watcher));
  await Promise.all([one, two, watched].map((each) => each!.watched!.ready));
  for (const hanging of [one, two]) expect(hanging!.watched!.answers()).toBe(false);
  watched!.makeDirectory(join(directory, "made"));
  expect(watched!.watched!.isStalled).toBe(true);
  expect(files.stat(join(directory, "made"))).toBeUndefined();
  await vi.waitFor(() => expect(threads.calls.at(-1)!.given.operation).toBe(BY_NAME), soon);
  for (const each of [one, two, watched]) each!.watched!.close();
});

test("where no thread can be had, that is told once, and the loop calls for itself", async () => {
  const start: StartThread = () => {
    throw new Error("no threads here");
  };
  const files = createDiskFiles(() => undefined, undefined, undefined, new CallThreads(start, 4));
  const watched = files.watch!(directory, watcher);
  await watched.watched!.ready;
  const file = watched.open(join(directory, "file"), "create");
  file.write(Uint8Array.of(1, 2, 3), 0, true);
  expect(file.size()).toBe(3);
  expect([watched.watched!.answers(), watched.watched!.isStalled]).toEqual([true, false]);
  expect(events).toEqual(["unwatched: no threads here"]);
  file.close();
  watched.watched!.close();
});

/** How long the loop offers to wait for it; it waits longer where a busy machine is late to wake it. */
function patienceWith(disk: DiskWatch): number {
  const waits = vi.spyOn(Atomics, "wait");
  expect(disk.answers()).toBe(false);
  const offeredMs = waits.mock.calls.reduce((sum, [, , , limitMs]) => sum + limitMs!, 0);
  waits.mockRestore();
  return offeredMs;
}

/** Threads that take calls and make none, until they are told what has come of one. */
class IdleThreads {
  readonly calls: SharedCall[] = [];
  readonly start: StartThread = (events) => {
    queueMicrotask(() => events.answered({ kind: "ready" }));
    return {
      post: (request) => {
        if ("calls" in request) this.calls.push(new SharedCall(request.calls));
      },
      hold: () => {},
      end: () => {},
    };
  };
}
