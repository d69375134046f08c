import { expect, test } from "vitest";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { Log } from "../../src/log/log.ts";
import { LogManager } from "../../src/log/log-manager.ts";
import { append, logConfig, readAll, settled, simulate, TOPIC_ID, values } from "./log-fixture.ts";

const NEW_TOPIC_ID = "AAAAAAAAAAAAAAAAAAAAAg";

function load(runtime: SimulatedRuntime): Promise<LogManager> {
  return settled(runtime, LogManager.load({ runtime, logDirs: ["/d1"], configOf: () => logConfig() }));
}

/** A log of 50 records, of which the first 40 are deleted, as the checkpoints say: then it is deleted, and its name is free. */
async function deletedLog(): Promise<{ runtime: SimulatedRuntime; manager: LogManager }> {
  const runtime = simulate();
  const manager = await load(runtime);
  const log = manager.getOrCreate("orders", 0, TOPIC_ID);
  for (let index = 0; index < 50; index++) append(log, [`old ${index}`]);
  log.updateHighWatermark(50);
  log.incrementLogStartOffset(40);
  await settled(runtime, log.flush());
  await settled(runtime, manager.checkpoint());
  manager.delete("orders", 0);
  return { runtime, manager };
}

function writeAnew(manager: LogManager): Log {
  const log = manager.getOrCreate("orders", 0, NEW_TOPIC_ID);
  append(log, ["new 0", "new 1"]);
  return log;
}

test("what is written to a topic that is created anew is acknowledged when the disk has forgotten its namesake", async () => {
  const { runtime, manager } = await deletedLog();
  const log = writeAnew(manager);
  // A kill now would leave checkpoints that say: it begins at offset 40.
  expect([log.logEndOffset, log.settledEndOffset]).toEqual([2, 0]);
  let settledOffset = 0;
  log.onOffsetsMoved = () => {
    settledOffset = log.settledEndOffset;
  };
  await settled(runtime, manager.checkpoint());
  expect(settledOffset).toBe(2);
  manager.kill();
  const again = await load(simulate(runtime.files));
  expect(values(readAll(again.get("orders", 0)!))).toEqual(["new 0", "new 1"]);
});

test("who holds a log back does so until the last one lets go", async () => {
  const { runtime, manager } = await deletedLog();
  const log = writeAnew(manager);
  const release = log.holdSettled();
  await settled(runtime, manager.checkpoint());
  expect(log.settledEndOffset).toBe(0);
  release();
  expect(log.settledEndOffset).toBe(2);
});

test("a log whose name nobody had has nothing to wait for", async () => {
  const { manager } = await deletedLog();
  const log = manager.getOrCreate("payments", 0, NEW_TOPIC_ID);
  append(log, ["a"]);
  expect(log.settledEndOffset).toBe(1);
});

test("nothing is told of a log that has been deleted again meanwhile", async () => {
  const { runtime, manager } = await deletedLog();
  const log = writeAnew(manager);
  log.onOffsetsMoved = () => {
    throw new Error("told of a log that is gone");
  };
  manager.delete("orders", 0);
  const next = writeAnew(manager);
  await settled(runtime, manager.checkpoint());
  expect(next.settledEndOffset).toBe(2);
});
