import { afterEach, expect, test } from "vitest";
import { type Broker, startBroker } from "../../src/broker.ts";
import { BrokerError } from "../../src/client/client-error.ts";
import { ClusterClient } from "../../src/client/cluster-client.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import type { Address } from "../../src/runtime.ts";
import { memoryRuntime } from "../command/running-command.ts";

const runtime = memoryRuntime();
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(): Promise<Address> {
  const { config } = createConfig({ given: [], defaults: singleNodeSettings({ port: 0, logDirs: "/data" }) });
  const broker: Broker = await startBroker(memoryRuntime(), config);
  closers.push(() => broker.close());
  return { host: "127.0.0.1", port: [...broker.listeners.values()][0]!.port };
}

function clientOf(...bootstrap: Address[]): ClusterClient {
  const timeouts = { connectTimeoutMs: 5_000, requestTimeoutMs: 5_000, retryTimeoutMs: 5_000 };
  const client = new ClusterClient(runtime, { ...timeouts, clientId: "test", bootstrap });
  closers.push(() => client.close());
  return client;
}

test("when what one broker tells leads nowhere, another is asked: the first may be cut off from the controllers", async () => {
  const addresses = [await start(), await start()];
  // Two that know of nothing in common, as after a while on the two sides of a cut.
  const ids = await Promise.all(addresses.map(async (address) => (await clientOf(address).topic("t", true)).id));
  expect(new Set(ids).size).toBe(2);

  const client = clientOf(...addresses);
  expect((await client.topic("t")).id).toBe(ids[0]);
  const useful = await client.retry(async () => {
    const { id } = await client.topic("t");
    if (id === ids[0]) throw new BrokerError(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    return id;
  });
  expect(useful).toBe(ids[1]);
});
