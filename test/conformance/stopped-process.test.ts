import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { createSimulatedRuntime } from "../../adapters/simulator/index.ts";
import { Child } from "./child.ts";
import { Recorder, textBytes } from "./subject.ts";

/** The full minute takes a minute: it belongs to the second stage. */
const isLong = process.env.POLYLOG_LONG === "1";
const stopMs = isLong ? 60_000 : 3_000;
const count = 20;
const ids = Array.from({ length: count }, (_, id) => id);
/** From a third of the stop to just its length: some sessions fall due early in the gap, some at its very end. */
const timeoutOf = (id: number): number => Math.round(stopMs / 3 + ((id + 0.5) / count) * ((stopMs * 2) / 3));

test(`no session expires that a heartbeat sent during a stop of ${stopMs / 1000} s would have kept alive`, async () => {
  let stopped = await stoppedHalfway();
  // On a busy machine the stop may come too late.
  while (stopped.child.lines.some((line) => line.startsWith("expired"))) {
    await stopped.child.kill();
    stopped = await stoppedHalfway();
  }
  const { child, port, sockets } = stopped;
  for (const id of ids) {
    // Every second heartbeat comes on a connection that the process has not accepted yet.
    const socket = id % 2 === 0 ? sockets[id]! : await connectTo(port);
    socket.write(`${id} ${timeoutOf(id)}\n`);
  }
  await sleep(stopMs / 2);
  child.signal("SIGCONT");

  // The port, the first heartbeats, the second ones, and then everybody is silent and expires.
  await child.line(2 * (count + 1) + count);
  const lines = child.lines.slice(count + 2);
  const events = (id: number | string): string[] => lines.filter((line) => line.split(" ")[1] === String(id));
  for (const id of ids) expect(events(id)).toEqual([`beat ${id}`, `expired ${id}`]);
  expect(events("silent")).toEqual(["expired silent"]);
}, 300_000);

test("the simulator: after a stop of 60 s a heartbeat that waits is read before any timer runs", () => {
  const runtime = createSimulatedRuntime({ seed: 1 });
  const { clock, network } = runtime;
  const events: string[] = [];
  let cancel = (): void => {};
  const beat = (): void => {
    cancel();
    events.push("beat");
    cancel = clock.schedule(10_000, () => events.push("expired"));
  };
  let client: Recorder | undefined;
  void network.listen({ host: "127.0.0.1", port: 9092 }, {}, (connection) => {
    const server = new Recorder(connection);
    server.onReceived = beat;
    return server;
  });
  void network.connect({ host: "127.0.0.1", port: 9092 }, { timeoutMs: 1_000 }, (connection) => {
    client = new Recorder(connection);
    return client;
  });
  clock.runUntilIdle();
  client!.connection.send([textBytes("beat")]);
  clock.runUntilIdle();
  client!.connection.send([textBytes("beat")]);
  clock.stall(60_000);
  expect(events).toEqual(["beat", "beat"]);
  clock.advance(9_999);
  expect(events).toEqual(["beat", "beat"]);
  clock.advance(1);
  expect(events).toEqual(["beat", "beat", "expired"]);
});

/** A process with all sessions, halfway through its stop. */
async function stoppedHalfway(): Promise<{ child: Child; port: number; sockets: net.Socket[] }> {
  const child = new Child("sessions.ts");
  const port = Number(await child.line());
  const sockets = await Promise.all(ids.map(() => connectTo(port)));
  const silent = await connectTo(port);
  for (const id of ids) sockets[id]!.write(`${id} ${timeoutOf(id)}\n`);
  silent.write(`silent ${timeoutOf(count / 2)}\n`);
  await child.line(count + 1);
  child.signal("SIGSTOP");
  await child.stopped();
  await sleep(stopMs / 2);
  return { child, port, sockets };
}

async function connectTo(port: number): Promise<net.Socket> {
  const socket = net.connect({ host: "127.0.0.1", port, noDelay: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}
