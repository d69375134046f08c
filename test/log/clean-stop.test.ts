import { expect, test } from "vitest";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { LogManager } from "../../src/log/log-manager.ts";
import type { File } from "../../src/runtime.ts";
import { append, logConfig, readAll, settled, simulate, TOPIC_ID } from "./log-fixture.ts";

const COUNT = 20;

async function load(runtime: SimulatedRuntime): Promise<LogManager> {
  return settled(runtime, LogManager.load({ runtime, logDirs: ["/d1"], configOf: () => logConfig() }));
}

/** Of a directory with logs of which one has records, after a while, in which all are there. */
async function running() {
  const runtime = simulate();
  const synced = watchSyncs(runtime);
  const manager = await load(runtime);
  for (let partition = 0; partition < COUNT; partition++) manager.getOrCreate("orders", partition, TOPIC_ID);
  append(manager.get("orders", 7)!, ["a", "b"]);
  await runtime.clock.advanceWithPromises(20_000);
  synced.length = 0;
  return { runtime, manager, synced };
}

/** What is brought to the disk from now on, by path. */
function watchSyncs({ files }: SimulatedRuntime): string[] {
  const synced: string[] = [];
  const { open, syncDirectory } = files;
  files.open = (path, mode): File => {
    const file = open.call(files, path, mode);
    const { sync } = file;
    file.sync = () => {
      synced.push(path);
      return sync.call(file);
    };
    return file;
  };
  files.syncDirectory = (path) => {
    synced.push(path);
    return syncDirectory.call(files, path);
  };
  return synced;
}

test("waits for the disk for logs that have changed, and once for the names of all directories", async () => {
  const { runtime, manager, synced } = await running();
  await settled(runtime, manager.shutdown(1));
  const ofLogs = synced.filter((path) => path.startsWith("/d1/orders-"));
  expect(new Set(ofLogs.map((path) => path.split("/")[2]))).toEqual(new Set(["orders-7"]));
  const names = ofLogs.map((path) => path.slice("/d1/orders-7".length)).sort();
  const ofSegment = [".log", ".timeindex"].map((suffix) => `/00000000000000000000${suffix}`);
  expect(names).toEqual(["", ...ofSegment, "/00000000000000000002.snapshot", "/partition.metadata"]);
  // Of the directory, and of the four files in it that were written.
  expect(synced.filter((path) => path === "/d1").length).toBeLessThan(6);
});

test("after a clean stop there is nothing to wait for, until something is written", async () => {
  const { runtime, manager } = await running();
  await settled(runtime, manager.shutdown(1));
  const again = await load(runtime);
  const synced = watchSyncs(runtime);
  append(again.get("orders", 9)!, ["c"]);
  await settled(runtime, again.shutdown(2));
  const ofLogs = synced.filter((path) => path.startsWith("/d1/orders-"));
  expect(new Set(ofLogs.map((path) => path.split("/")[2]))).toEqual(new Set(["orders-9"]));
});

test("in a power cut after a clean stop nothing is lost but logs that were blank, which are made anew", async () => {
  const { runtime, manager } = await running();
  await settled(runtime, runtime.files.syncDirectory("/"));
  await settled(runtime, manager.shutdown(1));
  runtime.files.crash();
  const again = await load(runtime);
  for (let partition = 0; partition < COUNT; partition++) {
    const log = again.getOrCreate("orders", partition, TOPIC_ID);
    expect(readAll(log).length).toBe(partition === 7 ? 2 : 0);
    append(log, ["d"]);
  }
  expect(runtime.log.lines.filter(({ level }) => level === "error")).toEqual([]);
});
