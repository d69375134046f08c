import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ClientConnection } from "../../src/client/client-connection.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../src/protocol/messages/create-topics.ts";
import { DescribeConfigsRequest, DescribeConfigsResponse } from "../../src/protocol/messages/describe-configs.ts";
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

test("how many connections a broker accepts changes while it runs", async () => {
  const cluster = await SimulatedCluster.create([COMBINED]);
  await cluster.start();
  const alter = (...configs: { name: string; configOperation: number; value: string | null }[]) =>
    cluster.ask(1, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, {
      resources: [{ resourceType: 4, resourceName: "", configs }],
      validateOnly: false,
    });
  const { responses } = await alter({ name: "max.connections.per.ip", configOperation: 0, value: "1" });
  expect(responses[0]).toMatchObject({ errorCode: 0, errorMessage: null });
  const [address] = cluster.addresses;
  const limits = { clientId: "test", connectTimeoutMs: 1000, requestTimeoutMs: 1000 };
  // The broker's connection to itself, by which it has looked whether clients would reach it.
  await cluster.advance(5_000);
  const connection = await cluster.settled(ClientConnection.open(cluster.clientRuntime(), address!, limits));
  await expect(cluster.ask(1, MetadataRequest, MetadataResponse, { topics: null })).rejects.toThrow();
  connection.close();
  await cluster.advance(10);
  await alter({ name: "max.connections.per.ip", configOperation: 1, value: null });
  expect(cluster.logOf(1).filter((line) => line.startsWith("info Refusing a connection"))).toHaveLength(1);
  await cluster.stop();
});

/** What Apache Kafka 4.4.0 shows of these, too: in effect is what the broker was started with, first of the synonyms what is stored. */
test("a setting that a controller has stored, and a running broker does not take on, is named and not shown as in effect", async () => {
  const cluster = await SimulatedCluster.create([CONTROLLER, BROKER]);
  await cluster.start();
  const set = async (name: string, value: string, toController: boolean) => {
    const resources = [{ resourceType: 4, resourceName: "2", configs: [{ name, configOperation: 0, value }] }];
    const body = { resources, validateOnly: false };
    const { responses } = await cluster.ask(
      toController ? 1 : 2,
      IncrementalAlterConfigsRequest,
      IncrementalAlterConfigsResponse,
      body,
      { toController },
    );
    await cluster.advance(1000);
    return responses[0]!.errorCode;
  };
  const show = async (key: string) => {
    const resources = [{ resourceType: 4, resourceName: "2", configurationKeys: [key] }];
    const body = { resources, includeSynonyms: true };
    const { results } = await cluster.ask(2, DescribeConfigsRequest, DescribeConfigsResponse, body);
    const { value, configSource, synonyms } = results[0]!.configs[0]!;
    return [value, configSource, synonyms[0]!.value];
  };
  const started = cluster.node(2).bootstrapServers;
  const reporter = "org.apache.kafka.common.metrics.JmxReporter";
  expect(await set("listeners", "nonsense", false)).toBe(ErrorCode.INVALID_REQUEST);
  expect(await set("listeners", "nonsense", true)).toBe(0);
  expect(await set("metric.reporters", "no.such.Class", true)).toBe(0);
  expect(await show("listeners")).toEqual([`PLAINTEXT://${started}`, 2, "nonsense"]);
  expect(await show("metric.reporters")).toEqual([reporter, 2, "no.such.Class"]);
  expect(cluster.logOf(2).filter((line) => line.includes("has no effect"))).toEqual([
    `warn listeners is set to nonsense for this broker, and has no effect: it keeps what it was started with, PLAINTEXT://${started}`,
    `warn metric.reporters is set to no.such.Class for this broker, and has no effect: it keeps what it was started with, ${reporter}`,
  ]);
  await cluster.stop();
});

describe("the limits on the connections of a running broker", () => {
  let cluster: SimulatedCluster;
  let clients: ClientConnection[];

  beforeEach(async () => {
    cluster = await SimulatedCluster.create([COMBINED]);
    await cluster.start();
    clients = [await open(), await open(), await open()];
  });

  afterEach(() => cluster.stop());

  test("close some as they are lowered, and refuse others by that of their listener", async () => {
    await set("max.connections", "1");
    await cluster.advance(10);
    expect(clients.map(({ isOpen }) => isOpen)).toEqual([true, false, false]);
    await set("max.connections", "10");
    await open();
    await set("listener.name.plaintext.max.connections", "2");
    await expect(open()).rejects.toThrow();
    expect(cluster.logOf(1).at(-1)).toMatch(/Refusing .*: max.connections=2 are open on listener PLAINTEXT/);
  });

  test("hold for a host by its name; those of one that is not to be found change nothing", async () => {
    await set("max.connections.per.ip.overrides", "localhost:4");
    await open();
    await expect(open()).rejects.toThrow();
    await set("max.connections.per.ip.overrides", "nobody.example:9");
    await cluster.advance(10);
    expect(cluster.logOf(1).at(-1)).toMatch(/hosts stay as they are: .* the host nobody.example, .*: ENOTFOUND$/);
    await expect(open()).rejects.toThrow();
  });

  function open(): Promise<ClientConnection> {
    const limits = { clientId: "test", connectTimeoutMs: 1000, requestTimeoutMs: 1000 };
    return cluster.settled(ClientConnection.open(cluster.clientRuntime(), cluster.addresses[0]!, limits));
  }

  async function set(name: string, value: string): Promise<void> {
    const configs = [{ name, configOperation: 0, value }];
    const { responses } = await cluster.settled(
      clients[0]!.request(IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, {
        resources: [{ resourceType: 4, resourceName: "", configs }],
        validateOnly: false,
      }),
    );
    expect(responses[0]).toMatchObject({ errorCode: 0 });
  }
});

test("a controller's answer that cannot be encoded fails the request, and neither the controller nor its connections", async () => {
  const cluster = await SimulatedCluster.create([CONTROLLER, BROKER]);
  await cluster.start();
  const create = async (...names: string[]) => {
    const body = { topics: names.map(topic), timeoutMs: 5000, validateOnly: false };
    const { topics } = await cluster.ask(2, CreateTopicsRequest, CreateTopicsResponse, body, { version: 4 });
    return topics.map(({ errorCode }) => errorCode);
  };
  // The message names the topic, and is too long for its field then.
  const tooLong = "x".repeat(0x7fff);
  expect(await create(tooLong)).toEqual([ErrorCode.UNKNOWN_SERVER_ERROR]);
  // Answered in another turn: when the records of the other topic are committed.
  expect(await create("t", tooLong)).toEqual([ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.UNKNOWN_SERVER_ERROR]);
  expect(await create("t")).toEqual([ErrorCode.TOPIC_ALREADY_EXISTS]);
  expect(cluster.logOf(1).filter((line) => line.includes("Closing the connection"))).toEqual([]);
  await cluster.stop();
});
