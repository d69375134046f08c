import { afterEach, beforeEach, expect, test } from "vitest";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../src/protocol/messages/create-topics.ts";
import { Committer } from "./committer.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";

const GROUPS = ["a", "b", "c", "d", "e", "f"];

let cluster: SimulatedCluster;
let committers: Committer[];

beforeEach(async () => {
  const settings = { "offsets.topic.num.partitions": "6" };
  const roles = ["controller", "broker", "broker", "broker"] as const;
  cluster = await SimulatedCluster.create(roles.map((role) => ({ roles: role, settings })));
  await cluster.start();
  const topic = { name: "t", numPartitions: 1, replicationFactor: 3, assignments: [], configs: [] };
  const body = { topics: [topic], timeoutMs: 5_000, validateOnly: false };
  await cluster.ask(2, CreateTopicsRequest, CreateTopicsResponse, body);
  committers = GROUPS.map((group) => new Committer(cluster, group, "t"));
  for (const committer of committers) committer.start();
  await cluster.advance(3_000);
});

afterEach(() => cluster.stop());

test("groups are spread over the brokers, and the offsets topic is replicated", async () => {
  const coordinators = new Set<number>();
  for (const committer of committers) coordinators.add(await committer.coordinatorId());
  expect(coordinators.size).toBeGreaterThan(1);
  for (const committer of committers) await committer.stop();
});

test("a coordinator that is killed takes no commit with it: another broker goes on, with all of them", async () => {
  const killed = await committers[0]!.coordinatorId();
  cluster.kill(killed);
  await cluster.advance(5_000);
  for (const committer of committers) {
    expect(committer.longestPauseMs).toBeLessThan(2_000);
    await committer.stop();
    expect(await committer.coordinatorId()).not.toBe(killed);
    expect(await committer.committed()).toBe(committer.acknowledged);
  }
});

test("coordinators that are stopped hand their groups over, and take them back", async () => {
  for (const id of [2, 3, 4]) {
    await cluster.stop(id);
    await cluster.advance(1_000);
    await cluster.start(id);
    await cluster.advance(2_000);
  }
  for (const committer of committers) {
    await committer.stop();
    expect(await committer.committed()).toBe(committer.acknowledged);
    expect(committer.acknowledged).toBeGreaterThan(100);
  }
});

test("all brokers are killed at once: commits are there when they are back", async () => {
  for (const id of [2, 3, 4]) cluster.kill(id);
  await cluster.advance(1_000);
  await cluster.start(2, 3, 4);
  await cluster.advance(3_000);
  for (const committer of committers) {
    await committer.stop();
    expect(await committer.committed()).toBe(committer.acknowledged);
  }
});
