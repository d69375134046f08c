import { expect, test } from "vitest";
import { createSimulatedRuntime, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { DeferredDirectory } from "../../src/log/deferred-directory.ts";
import { LogDirectory } from "../../src/log/log-directory.ts";
import { textBytes } from "../conformance/subject.ts";
import { append, logConfig, settled } from "./log-fixture.ts";

const path = "/data/topic-0";

function directory(): { runtime: SimulatedRuntime; deferred: DeferredDirectory; names: () => string[] } {
  const runtime = createSimulatedRuntime({ seed: 1 });
  runtime.files.makeDirectory("/data");
  const deferred = new DeferredDirectory(runtime.files, path);
  const names = (): string[] => {
    if (runtime.files.stat(path) === undefined) return [];
    return runtime.files.list(path).map(({ name }) => name);
  };
  return { runtime, deferred, names };
}

function writeSmallFile(files: DeferredDirectory, name: string, text: string): void {
  const file = files.open(`${path}/${name}.tmp`, "create");
  file.truncate(0);
  file.write(textBytes(text), 0);
  file.close();
  files.rename(`${path}/${name}.tmp`, `${path}/${name}`);
}

function textOf(runtime: SimulatedRuntime, name: string): string {
  const file = runtime.files.open(`${path}/${name}`, "read");
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  file.close();
  return new TextDecoder().decode(bytes);
}

test("new files are not there until somebody comes back to one of them, and then all of them are", () => {
  const { runtime, deferred, names } = directory();
  deferred.makeDirectory(path);
  const index = deferred.open(`${path}/0.index`, "create");
  index.truncate(1_000);
  index.close();
  deferred.open(`${path}/0.log`, "create").close();
  writeSmallFile(deferred, "partition.metadata", "version: 0");
  expect(deferred.stat(`${path}/leader-epoch-checkpoint`)).toBeUndefined();
  expect(deferred.list(path).map(({ name }) => name)).toEqual(["0.index", "0.log", "partition.metadata"]);
  expect([names(), deferred.isDeferred]).toEqual([[], true]);

  const log = deferred.open(`${path}/0.log`, "write");
  log.write(textBytes("a batch"), 0);
  log.close();
  expect(names().sort()).toEqual(["0.index", "0.log", "partition.metadata"]);
  expect(runtime.files.stat(`${path}/0.index`)!.sizeBytes).toBe(1_000);
  expect([textOf(runtime, "0.log"), textOf(runtime, "partition.metadata")]).toEqual(["a batch", "version: 0"]);
});

for (const [what, comesBack] of Object.entries<(files: DeferredDirectory) => unknown>({
  "reads one": (files) => files.open(`${path}/0.log`, "read").close(),
  "asks about one": (files) => files.stat(`${path}/0.log`),
  "renames the directory": (files) => files.rename(path, "/data/topic-0.x-delete"),
  "makes one read-only": (files) => files.setReadOnly(`${path}/0.log`),
})) {
  test(`whoever ${what} finds it`, () => {
    const { runtime, deferred } = directory();
    deferred.open(`${path}/0.log`, "create").close();
    comesBack(deferred);
    expect(deferred.isDeferred).toBe(false);
    expect(runtime.files.list("/data").length).toBe(1);
  });
}

test("a file that is open while the directory is created goes on as the one on the disk", () => {
  const { runtime, deferred } = directory();
  const file = deferred.open(`${path}/snapshot`, "create");
  file.write(textBytes("first "), 0);
  deferred.create();
  file.write(textBytes("second"), 6);
  expect(file.size()).toBe(12);
  file.close();
  expect(textOf(runtime, "snapshot")).toBe("first second");
});

test("a file that becomes large is created by that", () => {
  const { runtime, deferred } = directory();
  const file = deferred.open(`${path}/snapshot`, "create");
  file.write(new Uint8Array(10_000).fill(1), 0);
  expect(deferred.isDeferred).toBe(false);
  const bytes = new Uint8Array(10_000);
  expect(file.read(bytes, 0)).toBe(10_000);
  file.close();
  expect(runtime.files.stat(`${path}/snapshot`)!.sizeBytes).toBe(10_000);
});

test("what was promised to be on the disk is there when the directory has been synced", async () => {
  const { runtime, deferred } = directory();
  const file = deferred.open(`${path}/leader-epoch-checkpoint.tmp`, "create");
  file.write(textBytes("0\n1\n0 0\n"), 0);
  await file.sync();
  file.close();
  deferred.rename(`${path}/leader-epoch-checkpoint.tmp`, `${path}/leader-epoch-checkpoint`);
  await deferred.syncDirectory(path);
  expect(deferred.isDeferred).toBe(true);
  deferred.create();
  await settled(runtime, deferred.syncDirectory(path));
  for (const parent of ["/data", "/"]) await settled(runtime, runtime.files.syncDirectory(parent));
  runtime.files.crash();
  expect(textOf(runtime, "leader-epoch-checkpoint")).toBe("0\n1\n0 0\n");
});

test("and it is there, too, when it got its name after the directory had been created", async () => {
  const { runtime, deferred } = directory();
  const file = deferred.open(`${path}/leader-epoch-checkpoint.tmp`, "create");
  file.write(textBytes("0\n1\n0 0\n"), 0);
  await file.sync();
  deferred.create();
  file.close();
  deferred.rename(`${path}/leader-epoch-checkpoint.tmp`, `${path}/leader-epoch-checkpoint`);
  await settled(runtime, deferred.syncDirectory(path));
  for (const parent of ["/data", "/"]) await settled(runtime, runtime.files.syncDirectory(parent));
  runtime.files.crash();
  expect(textOf(runtime, "leader-epoch-checkpoint")).toBe("0\n1\n0 0\n");
});

test("and it is there after the directory has got another name", async () => {
  const { runtime, deferred } = directory();
  const file = deferred.open(`${path}/leader-epoch-checkpoint`, "create");
  file.write(textBytes("0\n1\n0 0\n"), 0);
  await file.sync();
  file.close();
  deferred.rename(path, "/data/topic-0.a-future");
  deferred.rename("/data/topic-0.a-future", "/data/topic-1");
  await settled(runtime, deferred.syncDirectory("/data/topic-1"));
  for (const parent of ["/data", "/"]) await settled(runtime, runtime.files.syncDirectory(parent));
  runtime.files.crash();
  const kept = runtime.files.open("/data/topic-1/leader-epoch-checkpoint", "read");
  const bytes = new Uint8Array(kept.size());
  kept.read(bytes, 0);
  expect(new TextDecoder().decode(bytes)).toBe("0\n1\n0 0\n");
});

test("an error while the directory is created is told to whoever came back, and the next one tries again", () => {
  const { runtime, deferred, names } = directory();
  deferred.open(`${path}/0.log`, "create").close();
  const { makeDirectory } = runtime.files;
  runtime.files.makeDirectory = () => {
    throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
  };
  expect(() => deferred.open(`${path}/0.log`, "write")).toThrow("ENOSPC");
  runtime.files.makeDirectory = makeDirectory;
  deferred.open(`${path}/0.log`, "write").close();
  expect(names()).toEqual(["0.log"]);
});

test("of what was created before the error nothing stays open", () => {
  const { runtime, deferred, names } = directory();
  const first = deferred.open(`${path}/0.log`, "create");
  writeSmallFile(deferred, "partition.metadata", "version: 0");
  first.write(textBytes("a batch"), 0);
  const open = countOpen(runtime);
  const { rename } = runtime.files;
  runtime.files.rename = () => {
    throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
  };
  expect(() => deferred.create()).toThrow("ENOSPC");
  expect(open()).toBe(0);
  runtime.files.rename = rename;
  deferred.create();
  expect(names().sort()).toEqual(["0.log", "partition.metadata"]);
  expect(open()).toBe(1);
  first.close();
  expect([open(), textOf(runtime, "0.log")]).toEqual([0, "a batch"]);
});

test("the directories of new logs come into being by themselves, and at once for the one that is written to", async () => {
  const runtime = createSimulatedRuntime({ seed: 1 });
  const logs = new LogDirectory({
    runtime,
    path: "/data",
    producerIdExpirationMs: () => 1_000,
    onFailure: (_, error) => {
      throw error;
    },
  });
  await settled(
    runtime,
    logs.load(
      () => logConfig(),
      () => {},
    ),
  );
  const there = (): number => runtime.files.list("/data").filter(({ kind }) => kind === "directory").length;
  const all = Array.from({ length: 50 }, (_, index) => logs.create("t", index, "AAAAAAAAAAAAAAAAAAAAAg", logConfig()));
  expect(there()).toBe(0);
  append(all[49]!, ["first"]);
  expect(there()).toBe(1);
  expect(runtime.files.list("/data/t-49").map(({ name }) => name)).toContain("partition.metadata");
  runtime.clock.advance(2_000);
  expect(there()).toBe(50);
  logs.kill();
});

/** How many of the files that are opened from now on are open. */
function countOpen({ files }: SimulatedRuntime): () => number {
  const { open } = files;
  let count = 0;
  files.open = (path, mode) => {
    const file = open.call(files, path, mode);
    const close = file.close.bind(file);
    count++;
    file.close = () => {
      count--;
      close();
    };
    return file;
  };
  return () => count;
}
