import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { freePorts } from "../clients/broker-under-test.ts";
import { PATIENCE_MS, soon } from "../patience.ts";
import { type Running, runToEnd, runtime, startServer } from "./running-process.ts";

// What happens to a service that runs for months: its log's disk fills up, its terminal goes away, descriptors run out.

test("a server whose log goes to a full disk starts, serves and stops", async () => {
  const [port] = (await freePorts(1)) as [number];
  const address = `127.0.0.1:${port}`;
  const server = startServer({ listeners: `PLAINTEXT://${address}` }, { redirection: ">/dev/full 2>&1" });
  await untilServing(server, address);
  expect(await exchange(address, "first\n")).toBe("first\n");
  server.signal("SIGTERM");
  expect(await server.exited).toBe(0);
});

test("a server whose log nobody reads any more serves on", async () => {
  const server = startServer();
  const [, address = "", port] = await server.says(/is ready at (127\.0\.0\.1:(\d+))/);
  server.child.stdout!.destroy();
  server.child.stderr!.destroy();
  // Each of these is a warning in the log.
  for (let peer = 0; peer < 3; peer++) {
    const socket = await dial(Number(port));
    socket.end("GET / HTTP/1.1\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
  }
  expect(await exchange(address, "second\n")).toBe("second\n");
  expect(server.hasEnded).toBe(false);
});

test("a terminal that goes away stops a server cleanly", async () => {
  const server = startServer();
  await server.says(/is ready at /);
  server.signal("SIGHUP");
  expect(await server.exited).toBe(0);
  expect(server.output).toContain("Stopping on SIGHUP");
});

// Node takes all signals for what they are by default, whatever it was started with.
test.skipIf(runtime === "node")("a server that was told to outlive its terminal does", async () => {
  const server = startServer({}, { before: "trap '' HUP" });
  const [, address = ""] = await server.says(/is ready at (127\.0\.0\.1:\d+)/);
  server.signal("SIGHUP");
  expect(await exchange(address, "third\n")).toBe("third\n");
  expect(server.output).not.toContain("Stopping");
  server.signal("SIGTERM");
  expect(await server.exited).toBe(0);
});

test("a server that has run out of descriptors lives on, and serves when there are some again", async () => {
  const server = startServer({ "polylog.http.listeners": "http://127.0.0.1:0" }, { before: "ulimit -n 128" });
  const [, address = "", port] = await server.says(/is ready at (127\.0\.0\.1:(\d+))/);
  const [, http = ""] = await server.says(/on (http:\/\/127\.0\.0\.1:\d+)\/metrics/);
  const sockets: Socket[] = [];
  // The others wait to be accepted, or are refused.
  for (let count = 0; count < 140; count++) sockets.push(await dial(Number(port)));
  for (let count = 0; count < 20; count++) sockets.push(await dial(Number(new URL(http).port)));
  await sleep(500);
  expect({ hasEnded: server.hasEnded, errors: server.errors.slice(-2_000) }).toMatchObject({ hasEnded: false });
  // One line for each connection that was lost, at most.
  expect(server.errors.match(/Accepting a connection failed/g)?.length ?? 0).toBeLessThan(sockets.length);
  for (const socket of sockets) socket.destroy();
  await untilServing(server, address);
  expect(await exchange(address, "fourth\n")).toBe("fourth\n");
  // Deno needs another listener for that, and takes a moment.
  await vi.waitFor(async () => expect(await (await fetch(`${http}/readyz`)).text()).toBe("ready\n"), soon);
});

async function untilServing(server: Running, address: string): Promise<void> {
  for (const startMs = performance.now(); ; await sleep(50)) {
    if ((await runToEnd(["topic", "list", "-b", address])).child.exitCode === 0) return;
    if (server.hasEnded) throw new Error(`The server has ended:\n${server.output}\n${server.errors}`);
    if (performance.now() - startMs > PATIENCE_MS) throw new Error(`Nobody serves at ${address}`);
  }
}

/** What a consumer gets of it. */
async function exchange(address: string, text: string): Promise<string> {
  expect((await runToEnd(["produce", "greetings", "-b", address], text)).errors).toBe("");
  return (await runToEnd(["consume", "greetings", "-B", "-e", "-b", address])).output;
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.once("connect", resolve).once("close", () => resolve()));
  return socket;
}
