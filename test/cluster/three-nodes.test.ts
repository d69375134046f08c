import { expect, test } from "vitest";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../src/protocol/messages/create-topics.ts";
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "../../src/protocol/messages/incremental-alter-configs.ts";
import { MetadataRequest, MetadataResponse } from "../../src/protocol/messages/metadata.ts";
import { SimulatedCluster, type SimulatedNodeOptions } from "./simulated-cluster.ts";

const COMBINED: SimulatedNodeOptions = { roles: "broker,controller" };
const CONTROLLER: SimulatedNodeOptions = { roles: "controller" };
const BROKER: SimulatedNodeOptions = { roles: "broker" };

function topic(name: string) {
  return { name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] };
}

test("three nodes form a quorum, and any of them creates topics that all of them know", async () => {
  const cluster = await SimulatedCluster.create([COMBINED, COMBINED, COMBINED]);
  await cluster.start();
  for (const id of [1, 2, 3]) {
    const created = await cluster.ask(id, CreateTopicsRequest, CreateTopicsResponse, {
      topics: [topic(`of-${id}`)],
      timeoutMs: 5000,
      validateOnly: false,
    });
    expect(created.topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([[`of-${id}`, 0]]);
  }
  await cluster.advance(1000);
  for (const id of [1, 2, 3]) {
    const metadata = await cluster.ask(id, MetadataRequest, MetadataResponse, { topics: null });
    expect(metadata.topics.map(({ name }) => name).sort()).toEqual(["of-1", "of-2", "of-3"]);
    expect(metadata.brokers.map(({ nodeId }) => nodeId).sort()).toEqual([1, 2, 3]);
  }
  await cluster.stop();
});

test("brokers and controllers in processes of their own", async () => {
  const cluster = await SimulatedCluster.create([CONTROLLER, CONTROLLER, CONTROLLER, BROKER, BROKER]);
  await cluster.start();
  const created = await cluster.ask(5, CreateTopicsRequest, CreateTopicsResponse, {
    topics: [topic("t")],
    timeoutMs: 5000,
    validateOnly: false,
  });
  expect(created.topics[0]!.errorCode).toBe(0);
  await cluster.advance(1000);
  const metadata = await cluster.ask(4, MetadataRequest, MetadataResponse, { topics: null });
  expect(metadata.topics.map(({ name }) => name)).toEqual(["t"]);
  expect(metadata.brokers.map(({ nodeId }) => nodeId).sort()).toEqual([4, 5]);
  await cluster.stop();
});

test("each broker takes its own settings, whoever is the active controller, and no other broker's", async () => {
  const cluster = await SimulatedCluster.create([COMBINED, COMBINED, COMBINED]);
  await cluster.start();
  for (const id of [1, 2, 3]) {
    const configs = [{ name: "log.cleaner.threads", configOperation: 0, value: "2" }];
    const resources = [id, (id % 3) + 1].map((broker) => ({ resourceType: 4, resourceName: `${broker}`, configs }));
    const body = { resources, validateOnly: false };
    const { responses } = await cluster.ask(id, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, body);
    expect(responses.map(({ errorCode, errorMessage }) => [errorCode, errorMessage])).toEqual([
      [0, null],
      [42, `Unexpected broker id, expected ${id}, but received ${(id % 3) + 1}`],
    ]);
  }
  await cluster.stop();
});
