import { expect, onTestFinished, test } from "vitest";
import { startBroker } from "../../src/broker.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import type { Connection, ConnectionHandler, Network } from "../../src/runtime.ts";
import { frame, produceBody, requestBytes, WireConnection } from "../clients/wire/connection.ts";
import { memoryRuntime } from "../command/running-command.ts";
import { singleRecordBatch } from "./single-record-batch.ts";

// Between a request that can be answered and its answer there is no timer and no later turn of the loop.

test.each([1, -1])(
  "Produce with acks=%i is answered within the call that brings it, and so is who waits for it",
  async (acks) => {
    const { port, watch } = await startWatchedBroker();
    const producer = await connect(port);
    await producer.createReadyTopic("t");
    const consumer = await connect(port);
    const fetched = consumer.fetch("t", 0, 0, 1 << 20, 60_000);
    // By then it has been received, and waits.
    for (let n = 0; n < 5; n++) await producer.listOffset("t", 0, -1);
    watch.sent = [];
    expect(await producer.produce("t", 0, singleRecordBatch("one"), acks)).toMatchObject({ errorCode: 0 });
    expect(await fetched).toMatchObject({ highWatermark: 1 });
    const isReceiving = true;
    expect(watch.sent).toHaveLength(2);
    expect(watch.sent).toContainEqual({ port: producer.localPort, isReceiving });
    expect(watch.sent).toContainEqual({ port: consumer.localPort, isReceiving });
  },
);

test("the answers of what is read at once leave at once", async () => {
  const { port, watch } = await startWatchedBroker();
  const producer = await connect(port);
  await producer.createReadyTopic("t");
  watch.sent = [];
  watch.receivedCount = 0;
  const request = frame(requestBytes(0, 7, 1, produceBody("t", 0, singleRecordBatch("one"))));
  producer.send(Buffer.concat(Array.from({ length: 40 }, () => request)));
  for (let answer = 0; answer < 40; answer++) await producer.nextFrame();
  expect(watch.sent.length).toBeLessThanOrEqual(watch.receivedCount);
  expect(watch.receivedCount).toBeLessThan(10);
});

interface Watch {
  sent: { readonly port: number; readonly isReceiving: boolean }[];
  receivedCount: number;
}

/** A broker of whose connections is written down what leaves when. */
async function startWatchedBroker() {
  const watch: Watch = { sent: [], receivedCount: 0 };
  const runtime = memoryRuntime();
  const network: Network = {
    ...runtime.network,
    listen: (address, options, accept) => runtime.network.listen(address, options, watched(accept, watch)),
  };
  const { config } = createConfig({ given: [], defaults: singleNodeSettings({ port: 0, logDirs: "/data" }) });
  const broker = await startBroker({ ...runtime, network }, config);
  onTestFinished(async () => void (await broker.close()));
  const { port } = broker.listeners.values().next().value!;
  return { port, watch };
}

function watched(
  accept: (connection: Connection) => ConnectionHandler,
  watch: Watch,
): (connection: Connection) => ConnectionHandler {
  let isReceiving = false;
  return (connection) => {
    const handler = accept({
      local: connection.local,
      remote: connection.remote,
      send(parts) {
        watch.sent.push({ port: connection.remote.port, isReceiving });
        return connection.send(parts);
      },
      queuedBytes: () => connection.queuedBytes(),
      pause: () => connection.pause(),
      resume: () => connection.resume(),
      end: () => connection.end(),
      reset: () => connection.reset(),
    });
    return {
      received(chunk) {
        watch.receivedCount++;
        isReceiving = true;
        try {
          handler.received(chunk);
        } finally {
          isReceiving = false;
        }
      },
      drained: () => handler.drained(),
      ended: () => handler.ended(),
      closed: (error) => handler.closed(error),
    };
  };
}

async function connect(port: number): Promise<WireConnection> {
  const connection = await WireConnection.open("127.0.0.1", port);
  onTestFinished(() => connection.close());
  return connection;
}
