import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { type Broker, startBroker } from "../../src/broker.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import type { FileSystem } from "../../src/runtime.ts";
import { HangingThreads } from "../adapters/hanging-threads.ts";
import { soon } from "../patience.ts";
import { testDirectory } from "../test-directory.ts";

let root: string;
let directories: string[];
let lines: string[];

beforeEach(() => {
  root = testDirectory("dead-at-start");
  directories = ["d1", "d2", "d3"].map((name) => join(root, name));
});

/** A node whose metadata log is in the first directory. */
function start(change: (files: FileSystem) => FileSystem = (files) => files, patienceMs = 5_000): Promise<Broker> {
  lines = [];
  const log = { write: (level: string, line: string) => void lines.push(`${level} ${line}`) };
  const runtime = createRuntime({ log, files: change(createRuntime().files) });
  const settings = singleNodeSettings({ port: 0, logDirs: directories.join(",") });
  const patience = new Map([["polylog.log.dir.stall.timeout.ms", `${patienceMs}`]]);
  return startBroker(runtime, createConfig({ given: [patience], defaults: settings }).config);
}

/** What would wait for the disk of one directory for ever is not to be asked for by the loop. */
function withDead(dead: string, watch: NonNullable<FileSystem["watch"]>): (files: FileSystem) => FileSystem {
  const check = (path: string): void => {
    if (path === dead || path.startsWith(`${dead}/`)) throw new Error(`the loop would hang for ${path}`);
  };
  return (files) => ({
    ...files,
    open(path, mode) {
      check(path);
      return files.open(path, mode);
    },
    stat(path) {
      check(path);
      return files.stat(path);
    },
    list(path) {
      check(path);
      return files.list(path);
    },
    makeDirectory(path) {
      check(path);
      files.makeDirectory(path);
    },
    watch: (path, events) => (path === dead ? watch : files.watch!)(path, events),
  });
}

function hangingThreads(): HangingThreads {
  const threads = new HangingThreads();
  threads.callsLeft = 0;
  threads.lateCall = "nothing";
  return threads;
}

test("a directory whose disk is dead at the start is out of use, and not touched; the others are not", async () => {
  await (await start(undefined, 30_000)).close();
  const dead = directories[1]!;
  const modifiedMs = statSync(dead).mtimeMs;
  const broker = await start(withDead(dead, hangingThreads().createFiles().watch!));
  expect(broker.logs!.logDirs).toEqual([directories[0], directories[2]]);
  expect(lines).toContain(
    `error Log directory ${dead} is out of use: The file system of ${dead} has not answered for 5000 ms`,
  );
  expect(await broker.close()).toBe(true);
  expect(statSync(dead).mtimeMs).toBe(modifiedMs);
  const again = await start(undefined, 30_000);
  expect(again.logs!.logDirs).toEqual(directories);
  await again.close();
});

test("so is one that answers, and on whose disk nothing ever is", async () => {
  await (await start(undefined, 30_000)).close();
  const dead = directories[2]!;
  const { watch } = createRuntime().files;
  const hanging: typeof watch = (path, events) => ({
    ...watch!(path, events),
    syncDirectory: () => new Promise(() => {}),
  });
  const broker = await start(withDead(dead, hanging));
  expect(broker.logs!.logDirs).toEqual(directories.slice(0, 2));
  expect(lines).toContain(`warn Log directory ${dead} does not answer: the start waits for it, 5000 ms at most`);
  await broker.close();
});

test("so is one that takes changes, and gives nothing that is not in memory", async () => {
  await (await start(undefined, 30_000)).close();
  const dead = directories[1]!;
  const threads = new HangingThreads();
  threads.isDead = true;
  threads.lateCall = "nothing";
  const { watch } = threads.createFiles();
  const answering: typeof watch = (path, events) => {
    const files = watch!(path, events);
    return {
      ...files,
      async syncDirectory() {
        threads.callsLeft = 0;
      },
    };
  };
  const broker = await start(withDead(dead, answering!));
  expect(broker.logs!.logDirs).toEqual([directories[0], directories[2]]);
  await broker.close();
});

test("a file that no start has a use for is not read: it may be of any size", async () => {
  await (await start(undefined, 30_000)).close();
  writeFileSync(join(directories[1]!, "backup.tar"), "a gigabyte");
  const opened: string[] = [];
  const broker = await start((files) => ({
    ...files,
    watch(path, events) {
      const watched = files.watch!(path, events);
      return {
        ...watched,
        open(name, mode) {
          opened.push(name);
          return watched.open(name, mode);
        },
      };
    },
  }));
  await broker.close();
  expect(opened).toContain(join(directories[1]!, "meta.properties"));
  expect(opened.filter((name) => name.endsWith("backup.tar"))).toEqual([]);
});

test("one that is slow is waited for, and that of the metadata log for as long as it takes", async () => {
  for (const slow of [directories[1]!, directories[0]!]) {
    const isMetadata = slow === directories[0];
    const threads = hangingThreads();
    const watch = threads.createFiles().watch!;
    const starting = start(
      (files) => ({ ...files, watch: (path, events) => (path === slow ? watch : files.watch!)(path, events) }),
      isMetadata ? 5_000 : 30_000,
    );
    await expect.poll(() => threads.isHanging, soon).toBe(true);
    if (isMetadata) await expect.poll(() => lines.join(), soon).toContain("the start waits for it");
    threads.goOn();
    const broker = await starting;
    expect(broker.logs!.logDirs).toEqual(directories);
    await broker.close();
  }
});
