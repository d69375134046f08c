import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createCallThreads } from "#workers";
import { type LongCall, LongCalls } from "../../adapters/shared/disk-watch/long-calls.ts";
import { type PatientThread, UntoldFailure } from "../../adapters/shared/disk-watch/patient-thread.ts";
import { createDiskFiles } from "../../adapters/shared/files/disk-files.ts";
import { soon } from "../patience.ts";
import { testDirectory } from "../test-directory.ts";
import { RecordedWatch } from "./recorded-watch.ts";

describe("calls that take long", () => {
  const OF_RUNTIME = 2;
  let threads: CountedThreads;
  let calls: LongCalls;
  /** Those that have begun, and where. */
  let begun: string[];
  let endOf: Map<string, (error?: Error) => void>;

  beforeEach(() => {
    threads = new CountedThreads();
    calls = new LongCalls(OF_RUNTIME, threads);
    begun = [];
    endOf = new Map();
  });
  afterEach(() => calls.endIdle());

  function run(disk: object, name: string): Promise<void> {
    const begin = (where: string) => {
      begun.push(`${name} ${where}`);
      return new Promise<void>((resolve, reject) => {
        endOf.set(name, (error) => (error === undefined ? resolve() : reject(error)));
      });
    };
    return calls.run(disk, { byRuntime: () => begin("runtime"), byThread: () => begin("ours") });
  }

  test("are the runtime's, as many at a time as it has threads for; who has none under way is first", async () => {
    const [one, two] = [{}, {}];
    const ended = [run(one, "a"), run(one, "b"), run(one, "c"), run(two, "d")];
    expect(begun).toEqual(["a runtime", "b runtime"]);
    for (const name of ["a", "d", "b", "c"]) {
      await vi.waitFor(() => endOf.get(name)!(), soon);
    }
    await Promise.all(ended);
    expect(begun).toEqual(["a runtime", "b runtime", "d runtime", "c runtime"]);
    expect(threads.started).toBe(0);
  });

  test("of disks that hang take the runtime's, and one of ours each; who does not hang has one of ours, again and again", async () => {
    const hanging = Array.from({ length: 5 }, () => ({}));
    for (const [index, disk] of hanging.entries()) for (const name of ["a", "b"]) void run(disk, `${name}${index}`);
    // One has both of the runtime's.
    await vi.waitFor(() => expect(begun).toHaveLength(hanging.length + 1), soon);
    const disk = {};
    for (const name of ["x", "y"]) {
      const ended = run(disk, name);
      await vi.waitFor(() => endOf.get(name)!(), soon);
      await ended;
    }
    expect(begun.slice(-2)).toEqual(["x ours", "y ours"]);
    expect(begun).toHaveLength(hanging.length + 3);
    expect(threads.started).toBe(hanging.length);
  });

  test("that fail in a thread of ours without a reason are made again by the runtime", async () => {
    const disks = [{}, {}, {}];
    const ended = disks.map((disk, index) => run(disk, `${index}`));
    await vi.waitFor(() => expect(begun).toContain("2 ours"), soon);
    endOf.get("2")!(new UntoldFailure());
    await vi.waitFor(() => expect(begun).toContain("2 runtime"), soon);
    for (const end of endOf.values()) end();
    await Promise.all(ended);
    const failed = run(disks[0]!, "failed");
    endOf.get("failed")!(new Error("EIO"));
    await expect(failed).rejects.toThrow("EIO");
  });

  test("wait for the runtime's where no others are to be had", async () => {
    threads.areThere = false;
    const ended = [{}, {}, {}].map((disk, index) => run(disk, `${index}`));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(begun).toEqual(["0 runtime", "1 runtime"]);
    for (const name of ["0", "1"]) endOf.get(name)!();
    await vi.waitFor(() => endOf.get("2")!(), soon);
    await Promise.all(ended);
  });
});

test("any number of disks may hang: what is asked of another one is done, whatever it is", async () => {
  const root = testDirectory("long-calls");
  const threads = createCallThreads(undefined, 2);
  const files = createDiskFiles(() => undefined, undefined, undefined, threads).watch!(root, new RecordedWatch());
  const fifos = Array.from({ length: 3 }, (_, index) => join(root, `fifo${index}`));
  expect(spawnSync("mkfifo", fifos).status).toBe(0);
  await files.watched!.ready;
  const hanging = fifos.map((path) => threads.run({}, openOf(path)));
  try {
    const file = files.open(join(root, "file"), "create");
    const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => index % 251);
    const read = new Uint8Array(bytes.length + 1);
    await Promise.all([file.writeLater(bytes, 0), files.syncDirectory(root)]);
    expect(await file.readLater(read, 0)).toBe(bytes.length);
    expect(Buffer.compare(read.subarray(0, bytes.length), bytes)).toBe(0);
    await file.sync();
    await files.removeLater!(join(root, "file"));
    expect(files.stat(join(root, "file"))).toBeUndefined();
    await expect(files.syncDirectory(join(root, "missing"))).rejects.toThrow("ENOENT");
    file.close();
  } finally {
    // Who writes is what they wait for.
    const writers = fifos.map((path) => openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
    await Promise.all(hanging);
    for (const writer of writers) closeSync(writer);
    files.watched!.close();
  }
}, 60_000);

/** A call that waits in the kernel. */
function openOf(path: string): LongCall<void> {
  return {
    byRuntime: async () => (await open(path)).close(),
    byThread: (thread) => thread.callByName({ call: "syncDirectory", path }).catch(() => {}),
  };
}

class CountedThreads {
  started = 0;
  areThere = true;
  areWanted = () => true;

  async start(): Promise<PatientThread | undefined> {
    if (!this.areThere) return undefined;
    this.started++;
    return { isDead: false } as PatientThread;
  }

  end(): void {}
}
