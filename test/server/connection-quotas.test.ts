import { beforeEach, describe, expect, test } from "vitest";
import { Bench, type Client, heartbeatFrame, limits, ok } from "./bench.ts";

describe("a connection", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = new Bench();
    await bench.start();
  });

  test("over max.connections is refused, and accepted again when another has gone", async () => {
    const clients = [await bench.connect(), await bench.connect(), await bench.connect(), await bench.connect()];
    bench.settle();
    expect(clients.map((client) => client.isClosed)).toEqual([false, false, false, true]);
    clients[0]!.connection.reset();
    bench.settle();
    const again = await bench.connect();
    bench.settle();
    expect(again.isClosed).toBe(false);
  });

  test("counts for max.connections on whichever listener it is; brokers get in by theirs all the same", async () => {
    for (let count = 0; count < 3; count++) await bench.connect();
    await bench.serve("EXTERNAL");
    const external = await bench.connect();
    await bench.serve("BROKERS");
    const broker = await bench.connect();
    bench.settle();
    expect([external.isClosed, broker.isClosed]).toEqual([true, false]);
  });

  test("counts for its listener, whose own limit may be lower; not even brokers get in over theirs", async () => {
    await bench.serve("EXTERNAL");
    bench.quotas.limits = limits(3, { EXTERNAL: 1 });
    const external = [await bench.connect(), await bench.connect()];
    await bench.serve("BROKERS");
    bench.quotas.limits = limits(3, { BROKERS: 2 });
    const brokers = [await bench.connect(), await bench.connect(), await bench.connect()];
    bench.settle();
    expect([...external, ...brokers].map(({ isClosed }) => isClosed)).toEqual([false, true, false, false, true]);
  });

  test("stays when the limit of its listener is lowered", async () => {
    const clients = [await bench.connect(), await bench.connect()];
    bench.quotas.limits = limits(3, { PLAINTEXT: 1 });
    clients.push(await bench.connect());
    bench.settle();
    expect(clients.map(({ isClosed }) => isClosed)).toEqual([false, false, true]);
  });

  test("counts for its address, which may have a limit of its own", async () => {
    bench.quotas.limits = {
      ...limits(9),
      maxConnectionsPerIp: 0,
      maxConnectionsPerIpOverrides: new Map([["127.0.0.1", 1]]),
    };
    const clients = [await bench.connect(), await bench.connect()];
    bench.settle();
    expect(clients.map((client) => client.isClosed)).toEqual([false, true]);
  });

  test("is refused or accepted by the limits of the moment", async () => {
    bench.quotas.limits = limits(1);
    const clients = [await bench.connect(), await bench.connect()];
    bench.quotas.limits = limits(2);
    clients.push(await bench.connect());
    bench.settle();
    expect(clients.map((client) => client.isClosed)).toEqual([false, true, false]);
  });
});

describe("when more are open than max.connections allows", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = new Bench();
    await bench.start(10);
  });

  async function connectAll(count: number): Promise<Client[]> {
    const clients: Client[] = [];
    for (let index = 0; index < count; index++) clients.push(await bench.connect());
    return clients;
  }

  const closed = (clients: readonly Client[]) => clients.map(({ isClosed }) => isClosed);

  test("as the limit is lowered, those that were used least recently are closed", async () => {
    const clients = await connectAll(4);
    clients[0]!.send(heartbeatFrame(1));
    bench.heartbeats[0]!.reply(ok);
    bench.quotas.limits = limits(2);
    bench.settle();
    expect(closed(clients)).toEqual([false, true, true, false]);
    expect(bench.runtime.log.lines.at(-1)!.line).toBe("Closing 2 connections: more than max.connections=2 are open");
    expect((await connectAll(1))[0]!.isClosed).toBe(true);
  });

  test("as a broker comes, a client goes for it; brokers stay", async () => {
    bench.quotas.limits = limits(2);
    const clients = await connectAll(2);
    await bench.serve("BROKERS");
    const brokers = await connectAll(2);
    bench.settle();
    expect([closed(clients), closed(brokers)]).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  test("as the limit is raised, or the same as what is open, none is closed", async () => {
    const clients = await connectAll(3);
    for (const count of [3, 20]) bench.quotas.limits = limits(count);
    bench.settle();
    expect(closed(clients)).toEqual([false, false, false]);
  });
});
