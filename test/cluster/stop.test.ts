import { expect, test } from "vitest";
import { SimulatedCluster, type SimulatedNodeOptions } from "./simulated-cluster.ts";

const COMBINED: SimulatedNodeOptions = { roles: "broker,controller" };
const CONTROLLER: SimulatedNodeOptions = { roles: "controller" };
const BROKER: SimulatedNodeOptions = { roles: "broker" };

async function stopDurationMs(cluster: SimulatedCluster, ...ids: number[]): Promise<number> {
  let isDone = false;
  const stopping = Promise.all(ids.map((id) => cluster.node(id).close())).then(() => {
    isDone = true;
  });
  const startMs = cluster.clock.elapsed();
  while (!isDone) await cluster.advance(50);
  await stopping;
  return cluster.clock.elapsed() - startMs;
}

test("nodes that stop together do not wait for each other", async () => {
  for (let lead = 0; lead < 5; lead++) {
    const cluster = await SimulatedCluster.create([COMBINED, COMBINED, COMBINED]);
    await cluster.start();
    await cluster.advance(100 * lead);
    expect(await stopDurationMs(cluster, 1, 2, 3)).toBeLessThan(4_000);
    for (const id of [1, 2, 3]) expect(cluster.logOf(id)).toContain(`info Broker ${id} has stopped`);
  }
});

test("the last of three stops at once, too", async () => {
  const cluster = await SimulatedCluster.create([COMBINED, COMBINED, COMBINED]);
  await cluster.start();
  for (const id of [1, 2, 3]) expect(await stopDurationMs(cluster, id)).toBeLessThan(2_000);
});

test("brokers whose controllers have stopped before them stop at once", async () => {
  const cluster = await SimulatedCluster.create([CONTROLLER, CONTROLLER, CONTROLLER, BROKER, BROKER]);
  await cluster.start();
  expect(await stopDurationMs(cluster, 1, 2, 3)).toBeLessThan(2_000);
  expect(await stopDurationMs(cluster, 4, 5)).toBeLessThan(2_000);
});

test("without fast failover, a broker waits for its controllers for some seconds", async () => {
  const settings = { "polylog.fast.failover": "false" };
  const cluster = await SimulatedCluster.create([CONTROLLER, { ...BROKER, settings }]);
  await cluster.start();
  await cluster.stop(1);
  expect(await stopDurationMs(cluster, 2)).toBeGreaterThan(4_000);
});
