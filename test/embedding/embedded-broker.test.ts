import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { startBroker } from "polylog";
import { describe, expect, test } from "vitest";
import { name } from "#adapter";
import { WireConnection } from "../clients/wire/connection.ts";
import { polylog } from "../command/running-command.ts";
import { soon } from "../patience.ts";
import { testDirectory } from "../test-directory.ts";
import { singleRecordBatch } from "./single-record-batch.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);
describe(`an embedded broker on ${name}`, () => {
  test("keeps its data in a directory from one life to the next", async () => {
    const dataDirectory = join(testDirectory("embedded"), "data");
    const first = await startBroker({ port: 0, dataDirectory });
    const { clusterId } = first;
    const producer = await WireConnection.open(first.host, first.port);
    await producer.createReadyTopic("kept");
    expect(await producer.produce("kept", 0, singleRecordBatch("one"))).toEqual({ errorCode: 0, baseOffset: 0 });
    producer.close();
    await first.close();
    expect(readdirSync(dataDirectory)).toContain("kept-0");

    await using second = await startBroker({ port: 0, dataDirectory });
    expect(second.clusterId).toBe(clusterId);
    const consumer = await WireConnection.open(second.host, second.port);
    const { records } = await consumer.fetch("kept", 0, 0);
    expect(Buffer.from(records).toString("latin1")).toContain("one");
    consumer.close();
  });

  test("in memory leaves nothing behind and shares nothing with its neighbours", async () => {
    const brokers = await Promise.all([1, 2, 3].map(() => startBroker({ port: 0 })));
    const connections = await Promise.all(brokers.map(({ host, port }) => WireConnection.open(host, port)));
    for (const [index, connection] of connections.entries()) {
      await connection.createReadyTopic(`only-${index}`);
      const { topics } = await connection.metadata([0, 1, 2].map((each) => `only-${each}`));
      expect(topics.map(({ errorCode }) => errorCode)).toEqual([0, 1, 2].map((each) => (each === index ? 0 : 3)));
    }
    for (const connection of connections) connection.close();
    await Promise.all(brokers.map((broker) => broker.close()));
    expect(new Set(brokers.map(({ clusterId }) => clusterId)).size).toBe(3);
  });

  // On Bun the tests of another file open and close theirs in the same process.
  test.skipIf("Bun" in globalThis || process.platform !== "linux")("leaves nothing open when it has gone", async () => {
    const openFiles = () => readdirSync("/proc/self/fd").length;
    const dataDirectory = join(testDirectory("embedded"), "data");
    const live = async (life: number) => {
      await using broker = await startBroker({ port: 0, dataDirectory });
      const connection = await WireConnection.open(broker.host, broker.port);
      await connection.createReadyTopic(`of-life-${life}`);
      await connection.produce(`of-life-${life}`, 0, singleRecordBatch("one"));
      connection.close();
    };
    // What a process opens once stays.
    for (let life = 0; life < 3; life++) await live(life);
    const before = openFiles();
    for (let life = 3; life < 8; life++) await live(life);
    await expect.poll(openFiles, soon).toBeLessThanOrEqual(before);
  });

  test("frees its port when it is closed, twice if need be, with clients still connected", async () => {
    const broker = await startBroker({ port: 0 });
    const client = await WireConnection.open(broker.host, broker.port);
    await Promise.all([broker.close(), broker.close()]);
    await client.closed;
    await expect(dial(broker.host, broker.port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await using again = await startBroker({ port: broker.port });
    expect(again.port).toBe(broker.port);
  });

  test.runIf(hasIpv6)("listens on an IPv6 address, which clients are told in brackets", async () => {
    await using broker = await startBroker({ host: "::1", port: 0 });
    expect(broker.bootstrapServers).toBe(`[::1]:${broker.port}`);
    const connection = await WireConnection.open(broker.host, broker.port);
    const { brokers } = await connection.metadata([]);
    expect(brokers).toMatchObject([{ host: "::1", port: broker.port }]);
    connection.close();
    const { exitCode, errors } = await polylog(["topic", "create", "six", "-b", broker.bootstrapServers]);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
  });

  test("takes Kafka's settings and says what is wrong with one", async () => {
    await using broker = await startBroker({ port: 0, config: { "auto.create.topics.enable": "false" } });
    const client = await WireConnection.open(broker.host, broker.port);
    expect((await client.metadata(["nothing"], true)).topics[0]?.errorCode).toBe(3);
    expect((await client.metadata(["nothing"], true)).topics[0]?.errorCode).toBe(3);
    client.close();
    await expect(startBroker({ port: 0, config: { "num.partitions": "many" } })).rejects.toThrow(
      /many.*num\.partitions/,
    );
  });

  test("takes listeners of its own, without one for the controller", async () => {
    const listeners = "ONE://127.0.0.1:0,TWO://127.0.0.1:0";
    const protocols = "ONE:PLAINTEXT,TWO:PLAINTEXT,CONTROLLER:PLAINTEXT";
    await using broker = await startBroker({
      config: { listeners, "listener.security.protocol.map": protocols, "inter.broker.listener.name": "TWO" },
    });
    const client = await WireConnection.open(broker.host, broker.port);
    expect((await client.metadata([])).brokers).toMatchObject([{ host: broker.host, port: broker.port }]);
    client.close();
  });

  test("says that it serves no HTTP when it is asked to", async () => {
    const lines: string[] = [];
    const log = { write: (level: string, line: string) => void lines.push(`${level} ${line}`) };
    await using _broker = await startBroker({
      port: 0,
      log,
      config: { "polylog.http.listeners": "http://127.0.0.1:0" },
    });
    expect(lines.filter((line) => line.includes("polylog.http.listeners"))).toEqual([
      "warn polylog.http.listeners is set and has no effect: a broker inside a process serves no HTTP.",
    ]);
  });

  test("names every option that is wrong", async () => {
    const options = { port: 70_000, config: { "num.partitions": 3 }, dataDir: "x" };
    const start = startBroker(options as unknown as Parameters<typeof startBroker>[0]);
    await expect(start).rejects.toThrow(
      "startBroker: port must be a whole number from 0 to 65535; config.num.partitions must be a text, as in server.properties; there is no option dataDir",
    );
  });

  test("refuses a port that is taken, and frees what it had", async () => {
    const dataDirectory = join(testDirectory("embedded"), "data");
    await using first = await startBroker({ port: 0 });
    await expect(startBroker({ port: first.port, dataDirectory })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await using second = await startBroker({ port: 0, dataDirectory });
    expect(second.port).not.toBe(first.port);
  });

  test("refuses a directory that another broker uses", async () => {
    const dataDirectory = join(testDirectory("embedded"), "data");
    await using first = await startBroker({ port: 0, dataDirectory });
    await expect(startBroker({ port: 0, dataDirectory })).rejects.toThrow(/Another process uses|locked/);
    expect(first.port).toBeGreaterThan(0);
  });
});

function dial(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}
