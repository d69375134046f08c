import { expect, test } from "vitest";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { LogManager } from "../../src/log/log-manager.ts";
import { append, logConfig, readAll, settled, simulate, TOPIC_ID, values } from "./log-fixture.ts";

const otherId = "AAAAAAAAAAAAAAAAAAAAAg";

function load(runtime: SimulatedRuntime): Promise<LogManager> {
  const configOf = () => logConfig({ "segment.bytes": 300 });
  return settled(runtime, LogManager.load({ runtime, logDirs: ["/d1"], configOf }));
}

/** The same computer after the power was off. */
function cutPower(runtime: SimulatedRuntime): SimulatedRuntime {
  runtime.files.crash();
  return simulate(runtime.files);
}

function text(runtime: SimulatedRuntime, path: string): string {
  const file = runtime.files.open(path, "read");
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  file.close();
  return new TextDecoder().decode(bytes);
}

async function formatted(): Promise<SimulatedRuntime> {
  const runtime = simulate();
  runtime.files.makeDirectory("/d1");
  await runtime.files.syncDirectory("/");
  return runtime;
}

test("a broker that has started was not stopped cleanly, whatever the power does", async () => {
  const runtime = await formatted();
  const manager = await load(runtime);
  await settled(runtime, manager.shutdown(7));
  const second = await load(runtime);
  expect(second.previousBrokerEpoch).toBe(7);
  second.kill();
  const third = await load(cutPower(runtime));
  expect(third.previousBrokerEpoch).toBe(-1);
  third.kill();
});

test("what comes after a truncation is never taken for what was there before it", async () => {
  const runtime = await formatted();
  const manager = await load(runtime);
  const log = manager.getOrCreate("orders", 0, TOPIC_ID);
  for (let index = 0; index < 20; index++) append(log, [`old ${index}`.padEnd(80)]);
  await settled(runtime, log.flush());
  await settled(runtime, manager.checkpoint());
  expect(text(runtime, "/d1/recovery-point-offset-checkpoint")).toBe("0\n1\norders 0 20\n");
  log.truncateTo(4);
  await settled(runtime, log.truncationWritten);
  expect(text(runtime, "/d1/recovery-point-offset-checkpoint")).toBe("0\n1\norders 0 4\n");
  for (let index = 4; index < 30; index++) append(log, [`new ${index}`.padEnd(80)], {}, 1);
  // The disk has kept the names of the new segments, and of their content nothing that is right.
  for (const segment of log.segments.slice(-3)) segment.file.write(new Uint8Array([0xff]), 90);
  manager.kill();
  const again = (await load(runtime)).get("orders", 0)!;
  expect(again.logEndOffset).toBe(log.segments.at(-3)!.baseOffset);
});

test("a topic that is deleted and created again starts at 0, whatever was written down of the old one", async () => {
  const runtime = await formatted();
  const manager = await load(runtime);
  const old = manager.getOrCreate("orders", 0, TOPIC_ID);
  for (let index = 0; index < 20; index++) append(old, ["x".repeat(80)]);
  old.updateHighWatermark(20);
  old.incrementLogStartOffset(17);
  await settled(runtime, old.flush());
  await settled(runtime, manager.checkpoint());
  manager.delete("orders", 0);
  append(manager.getOrCreate("orders", 0, otherId), ["new"]);
  for (let turn = 0; turn < 5; turn++) await settled(runtime, new Promise((resolve) => setImmediate(resolve)));
  manager.kill();
  const log = (await load(runtime)).get("orders", 0)!;
  expect(log).toMatchObject({ logStartOffset: 0, logEndOffset: 1, topicId: otherId });
  expect(values(readAll(log))).toEqual(["new"]);
});

test("a partition.metadata that is torn or gone is written again for the topic that the metadata knows", async () => {
  for (const torn of ["", "version: 0\ntop", `version: 0\ntopic_id: ${TOPIC_ID.slice(0, 4)}\0\0`, undefined]) {
    const runtime = await formatted();
    const manager = await load(runtime);
    append(manager.getOrCreate("orders", 0, TOPIC_ID), ["a"]);
    manager.kill();
    const path = "/d1/orders-0/partition.metadata";
    runtime.files.remove(path);
    if (torn !== undefined) {
      const file = runtime.files.open(path, "create");
      file.write(new TextEncoder().encode(torn), 0);
      file.close();
    }
    const again = await load(runtime);
    const log = again.getOrCreate("orders", 0, TOPIC_ID);
    expect(values(readAll(log))).toEqual(["a"]);
    expect(text(runtime, path)).toBe(`version: 0\ntopic_id: ${TOPIC_ID}`);
    again.kill();
  }
});
