import { startBroker } from "polylog";
import { expect, test, vi } from "vitest";
import { brokerApis, controllerApis } from "../../src/api/index.ts";
import { WireConnection } from "../clients/wire/connection.ts";
import { soon } from "../patience.ts";
import { singleRecordBatch } from "./single-record-batch.ts";

const LATEST = -1;

test("of all requests, only those to produce overlap", () => {
  const pipelined = [...brokerApis, ...controllerApis].filter((api) => api.pipelined);
  expect(pipelined.map(({ request }: { request: { name: string } }) => request.name)).toEqual(["ProduceRequest"]);
});

test("a fetch behind a fetch finds what is there when the first one has been answered", async () => {
  await using broker = await startBroker({ port: 0 });
  const producer = await WireConnection.open(broker.host, broker.port);
  await producer.createReadyTopic("t", 2);
  const consumer = await WireConnection.open(broker.host, broker.port);
  const first = consumer.fetch("t", 0, 0, 1 << 20, 10_000);
  const second = consumer.fetch("t", 1, 0, 1 << 20, 0);
  await bothReceived(producer);
  await producer.produce("t", 1, singleRecordBatch("one"));
  await producer.produce("t", 0, singleRecordBatch("one"));
  expect(await first).toMatchObject({ highWatermark: 1 });
  expect(await second).toMatchObject({ highWatermark: 1 });
  consumer.close();
  producer.close();
});

test("a commit behind a fetch is made when that has been answered", async () => {
  await using broker = await startBroker({ port: 0 });
  const other = await openWithGroups(broker);
  const consumer = await WireConnection.open(broker.host, broker.port);
  const fetched = consumer.fetch("t", 0, 0, 1 << 20, 10_000);
  const committed = consumer.commitOffset("group", "t", 0, 7);
  await bothReceived(other);
  expect(await other.committedOffset("group", "t", 0)).toMatchObject({ offset: -1 });
  await other.produce("t", 0, singleRecordBatch("one"));
  expect(await fetched).toMatchObject({ highWatermark: 1 });
  expect(await committed).toBe(0);
  expect(await other.committedOffset("group", "t", 0)).toMatchObject({ offset: 7 });
  consumer.close();
  other.close();
});

// Kafka Streams takes the older of the two for news: with a lag of -1 it never goes on.
test("offsets that are asked for behind a fetch are those of when it has been answered", async () => {
  await using broker = await startBroker({ port: 0 });
  const producer = await WireConnection.open(broker.host, broker.port);
  await producer.createReadyTopic("t");
  const consumer = await WireConnection.open(broker.host, broker.port);
  const fetched = consumer.fetch("t", 0, 0, 1 << 20, 10_000);
  const listed = consumer.listOffset("t", 0, LATEST);
  await bothReceived(producer);
  await producer.produce("t", 0, singleRecordBatch("one"));
  expect(await fetched).toMatchObject({ highWatermark: 1 });
  expect(await listed).toMatchObject({ offset: 1 });
  consumer.close();
  producer.close();
});

test("the group that is asked for behind a fetch is that of when it has been answered", async () => {
  await using broker = await startBroker({ port: 0 });
  const other = await openWithGroups(broker);
  const consumer = await WireConnection.open(broker.host, broker.port);
  const fetched = consumer.fetch("t", 0, 0, 1 << 20, 10_000);
  const described = consumer.describeGroup("group");
  await bothReceived(other);
  expect(await other.commitOffset("group", "t", 0, 1)).toBe(0);
  await other.produce("t", 0, singleRecordBatch("one"));
  expect(await fetched).toMatchObject({ highWatermark: 1 });
  expect(await described).toMatchObject({ state: "Empty" });
  consumer.close();
  other.close();
});

/** With topic t, and a coordinator that takes commits. */
async function openWithGroups({
  host,
  port,
}: {
  readonly host: string;
  readonly port: number;
}): Promise<WireConnection> {
  const connection = await WireConnection.open(host, port);
  await connection.createReadyTopic("t");
  await vi.waitFor(async () => {
    expect(await connection.findCoordinator("group")).toBe(0);
    expect(await connection.commitOffset("earlier", "t", 0, 1)).toBe(0);
  }, soon);
  return connection;
}

/** By the time that another connection has been answered so often, two requests of the first one have been received. */
async function bothReceived(other: WireConnection): Promise<void> {
  for (let n = 0; n < 5; n++) await other.listOffset("t", 0, LATEST);
}
