import { spawnSync } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { ListenOptions } from "../../src/runtime.ts";
import { PATIENCE_MS } from "../patience.ts";
import { createAdapterSubject } from "./adapter.subject.ts";
import { bundledNode } from "./child.ts";
import { fileOf, isLetGo, rangeOf } from "./file-ranges.suite.ts";
import { isKeptAlive } from "./socket-options.ts";
import {
  connect,
  connectedPair,
  differsAt,
  listen,
  patternBytes,
  Recorder,
  type Subject,
  textBytes,
  until,
} from "./subject.ts";

// The adapter against sockets that are not its own.

test("many small parts leave in one write", async () => {
  const { server, peer } = await peerOf(await createAdapterSubject());
  const arrivals: number[] = [];
  peer.on("data", (chunk) => arrivals.push(chunk.length));
  server.connection.send(Array.from({ length: 1_000 }, () => textBytes("0123456789")));
  await settledBytes(arrivals, 10_000);
  expect(arrivals).toEqual([10_000]);
});

test("a small head goes out together with the file range behind it", async () => {
  const subject = await createAdapterSubject();
  const { server, peer } = await peerOf(subject);
  const file = subject.runtime.files.open(`${subject.directory}/segment`, "create");
  file.write(patternBytes(20_000), 0);
  const arrivals: number[] = [];
  peer.on("data", (chunk) => arrivals.push(chunk.length));
  server.connection.send([textBytes("head"), { file, position: 100, length: 10_000 }, textBytes("tail")]);
  await settledBytes(arrivals, 10_008);
  expect(arrivals).toEqual([10_008]);
  file.close();
});

test("a 1 MB message from a peer that writes it in odd pieces arrives byte for byte", async () => {
  const subject = await createAdapterSubject();
  const { server, peer } = await peerOf(subject);
  const bytes = patternBytes(1_000_000);
  for (let position = 0, length = 1; position < bytes.length; position += length, length = (length * 7 + 1) % 60_013) {
    if (!peer.write(bytes.subarray(position, position + length))) await once(peer, "drain");
  }
  await until(subject, "everything arrived", () => server.receivedBytes >= bytes.length);
  expect(differsAt(server.bytes(), bytes)).toBeUndefined();
});

test("a peer that half-closes gets its answer and then the end", async () => {
  const subject = await createAdapterSubject();
  const { server, peer } = await peerOf(subject);
  const answer = patternBytes(2_000_000);
  server.onEnded = () => {
    server.connection.send([answer]);
    server.connection.end();
  };
  const chunks: Buffer[] = [];
  peer.on("data", (chunk: Buffer) => chunks.push(chunk));
  peer.end("question");
  await once(peer, "end");
  expect(differsAt(new Uint8Array(Buffer.concat(chunks)), answer)).toBeUndefined();
  await until(subject, "closed", () => server.isClosed());
  expect(server.text()).toBe("question");
  expect(server.error).toBeUndefined();
});

test("answers sent just before reset() reach a peer that reads", async () => {
  const { server, peer } = await peerOf(await createAdapterSubject());
  let text = "";
  peer.on("data", (chunk) => {
    text += chunk;
  });
  peer.on("error", () => {});
  server.connection.send([textBytes("last words")]);
  server.connection.reset();
  await once(peer, "end");
  expect(text).toBe("last words");
});

test("a peer's reset while it is sent to and while it is idle closes the connection with the reason", async () => {
  // 64 of them are more than the system's buffers take, however late the reset arrives.
  const unread = patternBytes(1_000_000);
  for (const isSending of [false, true]) {
    const subject = await createAdapterSubject();
    const { server, peer } = await peerOf(subject);
    if (isSending) server.connection.send(Array.from({ length: 64 }, () => unread));
    peer.resetAndDestroy();
    await until(subject, "closed", () => server.isClosed());
    expect(server.events.filter((event) => event !== "ended")).toEqual(["closed"]);
    expect(server.error).toBeInstanceOf(Error);
    expect(server.connection.send([textBytes("too late")])).toBe(false);
  }
});

test.each([true, false])(
  "a peer that goes while it is sent to, and is not read from, closes the connection with the reason (zero copy: %s)",
  async (zeroCopy) => {
    const subject = await createAdapterSubject();
    const file = fileOf(subject, "segment", patternBytes(20_000_000));
    for (const afterMs of [0, 0, 5, 30]) {
      for (const leave of ["destroy", "resetAndDestroy"] as const) {
        const { server, peer } = await peerOf(subject, { zeroCopy });
        peer.on("error", () => {});
        peer.pause();
        server.connection.send([rangeOf(file, 0, 20_000_000)]);
        server.connection.pause();
        if (afterMs > 0) await subject.pass(afterMs);
        peer[leave]();
        await until(subject, "closed", () => server.isClosed());
        expect(server.events).toEqual(["closed"]);
        expect(server.error).toBeInstanceOf(Error);
      }
    }
    file.close();
    await until(subject, "the file is let go", () => isLetGo(file));
  },
);

test("peers that have gone before they are accepted keep nobody waiting, and the log has no word of them", async () => {
  const subject = await createAdapterSubject();
  const { listener, accepted } = await listen(subject);
  const { port } = listener.address;
  // Another process, for which this one waits: nothing is accepted meanwhile.
  const { status } = spawnSync(bundledNode, ["--eval", CONNECT_AND_RESET, String(port)], { stdio: "ignore" });
  expect(status).toBe(0);
  const client = await connect(subject, listener.address);
  const isClients = ({ connection }: Recorder) => connection.remote.port === client.connection.local.port;
  await until(subject, "it is accepted", () => accepted.some(isClients));
  await until(subject, "the others are closed", () => accepted.every((end) => isClients(end) || end.isClosed()));
  expect(subject.log.lines).toEqual([]);
});

const CONNECT_AND_RESET = `
  const port = Number(process.argv[1]);
  for (let count = 0; count < 30; count++) {
    const socket = require("node:net").connect({ host: "127.0.0.1", port }, () => socket.resetAndDestroy());
  }
`;

test("connecting to a plain server by name", async () => {
  const subject = await createAdapterSubject();
  const server = net.createServer((socket) => socket.end("welcome")).listen(0, "localhost");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const client = await connect(subject, { host: "localhost", port }, (recorder) => {
    recorder.onEnded = () => recorder.connection.end();
  });
  await until(subject, "closed", () => client.isClosed());
  expect(client.text()).toBe("welcome");
  expect(client.events).toEqual(["received", "ended", "closed"]);
});

test("connecting to a name that does not exist is ENOTFOUND or EAI_AGAIN", async () => {
  const subject = await createAdapterSubject();
  const connecting = subject.runtime.network.connect(
    { host: "no-such-host.invalid", port: 9092 },
    { timeoutMs: 10_000 },
    () => {
      throw new Error("It connected");
    },
  );
  const error = await connecting.then(
    () => undefined,
    (failure: { code?: string }) => failure,
  );
  expect(["ENOTFOUND", "EAI_AGAIN"]).toContain(error?.code);
});

test.runIf(process.platform === "linux")("peers that are silent are asked whether they are still there", async () => {
  const subject = await createAdapterSubject();
  const { client, server } = await connectedPair(subject);
  for (const { connection } of [client, server]) {
    await until(subject, "it is kept alive", () => isKeptAlive(connection));
  }
});

// Of the first one Bun leaves something.
test("attempts to connect that nobody has answered leave no socket open", async () => {
  const subject = await createAdapterSubject();
  const address = await subject.silentAddress();
  const openFiles = () => subject.runtime.usage().openFiles ?? 0;
  const attempt = () => subject.runtime.network.connect(address, { timeoutMs: 50 }, () => new Recorder(null as never));
  await expect(attempt()).rejects.toMatchObject({ code: "ETIMEDOUT" });
  const before = openFiles();
  for (let count = 0; count < 20; count++) await expect(attempt()).rejects.toMatchObject({ code: "ETIMEDOUT" });
  await until(subject, "they are closed", () => openFiles() < before + 10);
});

test("input that waits is delivered before a timer that is due, and soon between deferred tasks", async () => {
  const subject = await createAdapterSubject();
  const { clock } = subject.runtime;
  const { server, peer } = await peerOf(subject);
  for (let round = 0; round < 20; round++) {
    const order: string[] = [];
    server.onReceived = () => order.push("input");
    const deferAgain = (): void => {
      order.push("deferred");
      if (!order.includes("input")) clock.defer(deferAgain);
    };
    peer.write("x");
    clock.schedule(0, () => order.push("timer"));
    clock.defer(deferAgain);
    // The loop is held up until all three wait.
    for (const startMs = performance.now(); performance.now() - startMs < 3; );
    await until(subject, "all ran", () => order.includes("timer") && order.includes("input"));
    expect(order.indexOf("input")).toBeLessThan(order.indexOf("timer"));
    expect(order.indexOf("input")).toBeLessThan(4);
  }
});

async function peerOf(subject: Subject, options: ListenOptions = {}): Promise<{ server: Recorder; peer: net.Socket }> {
  const { listener, accepted } = await listen(subject, () => {}, options);
  const peer = net.connect({ host: "127.0.0.1", port: listener.address.port, allowHalfOpen: true, noDelay: true });
  onTestFinished(() => void peer.destroy());
  await once(peer, "connect");
  await until(subject, "accepted", () => accepted.length === 1);
  return { server: accepted[0]!, peer };
}

async function settledBytes(arrivals: readonly number[], total: number): Promise<void> {
  const sum = (): number => arrivals.reduce((left, right) => left + right, 0);
  for (const startMs = performance.now(); sum() < total && performance.now() - startMs < PATIENCE_MS; ) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
