import { afterAll, beforeAll, expect, test } from "vitest";
import { type Broker, startBroker } from "../../src/broker.ts";
import { ClusterClient } from "../../src/client/cluster-client.ts";
import { Consumer } from "../../src/client/consumer.ts";
import { Producer } from "../../src/client/producer.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import type { Connection, Listener } from "../../src/runtime.ts";
import { memoryRuntime } from "../command/running-command.ts";

/** Stands between client and broker, and can cut a connection when the broker has done its work and before it is told. */
class Cutter {
  answersToCut = 0;
  brokerPort = 0;
  listener: Listener | undefined;

  async listen(): Promise<number> {
    const { network } = memoryRuntime();
    this.listener = await network.listen({ host: "127.0.0.1", port: 0 }, {}, (client) => {
      const early: Uint8Array[] = [];
      let broker: Connection | undefined;
      const opening = network.connect(
        { host: "127.0.0.1", port: this.brokerPort },
        { timeoutMs: 5_000 },
        (connection) => {
          broker = connection;
          if (early.length > 0) connection.send(early.splice(0));
          return {
            received: (chunk) => {
              // An acknowledgement of Produce is small; what else is answered here is larger or comes first.
              if (this.answersToCut > 0) {
                this.answersToCut--;
                client.reset();
                connection.reset();
              } else client.send([chunk.slice()]);
            },
            drained() {},
            ended: () => client.end(),
            closed() {},
          };
        },
      );
      opening.catch(() => client.reset());
      return {
        received: (chunk) => void (broker === undefined ? early.push(chunk.slice()) : broker.send([chunk.slice()])),
        drained() {},
        ended: () => broker?.end(),
        closed: () => broker?.reset(),
      };
    });
    return this.listener.address.port;
  }
}

const cutter = new Cutter();
const runtime = memoryRuntime();
let broker: Broker;
let client: ClusterClient;

beforeAll(async () => {
  const port = await cutter.listen();
  const { config } = createConfig({
    given: [new Map([["advertised.listeners", `PLAINTEXT://127.0.0.1:${port}`]])],
    defaults: singleNodeSettings({ port: 0, logDirs: "/data" }),
  });
  broker = await startBroker(memoryRuntime(), config);
  cutter.brokerPort = [...broker.listeners.values()][0]!.port;
  const timeouts = { connectTimeoutMs: 5_000, requestTimeoutMs: 5_000, retryTimeoutMs: 10_000 };
  client = new ClusterClient(runtime, { ...timeouts, clientId: "test", bootstrap: [{ host: "127.0.0.1", port }] });
});

afterAll(async () => {
  client.close();
  await broker.close();
  await cutter.listener!.close();
});

const record = (text: string) => ({ timestamp: 1, key: null, value: new TextEncoder().encode(text) });

async function stored(topic: string): Promise<string[]> {
  const consumer = await Consumer.open(client, runtime.compression, {
    topic,
    start: { kind: "beginning" },
    maxWaitMs: 100,
    maxBytes: 1_000_000,
    readCommitted: false,
  });
  const ends = await consumer.endOffsets();
  const values: string[] = [];
  while (consumer.position(0) < ends.get(0)!) {
    for (const { records } of await consumer.poll()) {
      values.push(...records.map(({ value }) => new TextDecoder().decode(value!)));
    }
  }
  return values;
}

function openProducer(topic: string, acks: -1 | 1): Promise<Producer> {
  return Producer.open(client, runtime, { topic, acks, compression: "none", batchBytes: 200, requestTimeoutMs: 5_000 });
}

test("a batch whose acknowledgement is lost is sent again, and stored once and in order", async () => {
  const producer = await openProducer("lossy", -1);
  const sent = Array.from({ length: 100 }, (_, index) => `record ${index}`);
  for (const [index, text] of sent.entries()) {
    await producer.append(record(text));
    if (index % 20 === 10) cutter.answersToCut = 1;
  }
  await producer.flush();
  expect(producer.sentRecords).toBe(100);
  expect(await stored("lossy")).toEqual(sent);
});

test("without acknowledgements of all replicas there is no producer id, so a lost one is a failure and not a copy", async () => {
  const producer = await openProducer("unsure", 1);
  await producer.append(record("one"));
  await producer.flush();
  cutter.answersToCut = 1;
  await producer.append(record("two"));
  await expect(producer.flush()).rejects.toThrow();
  await expect(producer.append(record("three"))).rejects.toThrow();
  expect(await stored("unsure")).toEqual(["one", "two"]);
});
