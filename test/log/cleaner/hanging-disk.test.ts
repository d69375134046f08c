import { expect, test } from "vitest";
import type { DiskWatchEvents } from "../../../src/disk-watch.ts";
import { LogManager } from "../../../src/log/log-manager.ts";
import type { FileSystem } from "../../../src/runtime.ts";
import { hangFlushes } from "../hanging-flushes.ts";
import { settled, simulate, TOPIC_ID } from "../log-fixture.ts";
import { StallingFiles } from "../stalling-files.ts";
import { compactedConfig, contents, workFiles } from "./cleaner-fixture.ts";
import { DEFAULT_CLEANER_CONFIG, fill, run, start } from "./running-cleaner.ts";

test("a log whose disk hangs while it is cleaned is given up with its directory, and the cleaner goes on with others", async () => {
  const runtime = simulate();
  const { manager, failed, log } = await start({ runtime, logDirs: ["/d1", "/d2"] });
  const [stuck, other] = [log("stuck"), log("other")];
  fill(stuck, 6);
  hangFlushes(runtime, manager.directoryOf(stuck));
  await run(runtime, 60_000);
  expect([stuck.rewriteLease.isTaken, stuck.cleanerOffset]).toEqual([true, undefined]);
  fill(other, 4);
  stuck.fail(new Error("Its file system has not answered for 60000 ms"));
  expect(failed).toEqual(["/d1"]);
  await run(runtime, 60_000);
  expect(contents(other)).toEqual(["3 k=3"]);
});

test("a directory that is given up while a log of it is cleaned is not asked for anything more", async () => {
  const { runtime, manager, failed, disk, log } = await startWatched();
  disk.hang();
  await run(runtime, 70_000);
  expect([failed, log.rewriteLease.isTaken, disk.held]).toEqual([["/d1"], false, []]);
  await settled(runtime, manager.shutdown(1));
});

test("what an aborted cleaning has left on a disk that does not answer is removed when it does", async () => {
  const { runtime, failed, disk, log } = await startWatched();
  for (let step = 0; step < 1_000 && workFiles(log, runtime).length === 0; step++) await run(runtime, 1_000);
  disk.hang();
  expect(disk.answers()).toBe(false);
  log.updateConfig(compactedConfig({ "cleanup.policy": "delete" }));
  expect([log.rewriteLease.isTaken, disk.held]).toEqual([false, []]);
  expect(workFiles(log, runtime)).not.toEqual([]);
  disk.goOn();
  await run(runtime, 10);
  expect([failed, workFiles(log, runtime)]).toEqual([[], []]);
  expect(contents(log).length).toBe(6);
});

/** Of two directories the first can hang, and a log in it is being cleaned, slowly. */
async function startWatched() {
  const runtime = simulate();
  let disk: StallingFiles | undefined;
  const files: FileSystem = Object.assign(Object.create(runtime.files), {
    watch: (_: string, events: DiskWatchEvents) => {
      disk = new StallingFiles(runtime.files, events);
      return disk;
    },
  });
  const failed: string[] = [];
  const loading = LogManager.load({
    runtime: { ...runtime, files },
    logDirs: ["/d1", "/d2"],
    configOf: () => compactedConfig(),
    cleaner: { ...DEFAULT_CLEANER_CONFIG, maxIoBytesPerSecond: 10 },
    isWatched: (path) => path === "/d1",
    stallTimeoutMs: 60_000,
    onDirectoryFailure: (path) => failed.push(path),
  });
  const manager = await settled(runtime, loading);
  const log = manager.getOrCreate("orders", 0, TOPIC_ID, "/d1");
  fill(log, 6);
  await run(runtime);
  expect(log.rewriteLease.isTaken).toBe(true);
  return { runtime, manager, failed, disk: disk!, log };
}
