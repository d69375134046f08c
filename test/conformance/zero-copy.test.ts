import { once } from "node:events";
import { statfsSync } from "node:fs";
import net from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createRuntime } from "#adapter";
import { createMemoryFiles } from "../../adapters/simulator/index.ts";
import { createAdapterSubject } from "./adapter.subject.ts";
import { arrives, fileOf, isLetGo, rangeOf } from "./file-ranges.suite.ts";
import { dropFromPageCache, shrinkSendBuffer } from "./socket-options.ts";
import {
  concatenated,
  connectedPair,
  listen,
  patternBytes,
  type Recorder,
  type Subject,
  textBytes,
  until,
} from "./subject.ts";

// What only a real kernel has: sendfile(2), its send buffers, its page cache.

const TMPFS_MAGIC = 0x01021994;
/** The first range of a file tells whether its file system says what is in memory, as tmpfs and overlayfs don't. */
const LEARNED_FROM_BYTES = 60_000;

describe.runIf(process.platform === "linux")("zero copy", () => {
  test("ranges go by sendfile, but for those that are cheaper to copy", async () => {
    const subject = await createAdapterSubject();
    const { client, server } = await connectedPair(subject);
    const content = patternBytes(1_000_000);
    const file = fileOf(subject, "segment", content);
    server.connection.send([rangeOf(file, 0, LEARNED_FROM_BYTES)]);
    const learned = content.subarray(0, LEARNED_FROM_BYTES);
    await arrives(subject, client, learned);
    const { zeroCopyBytes, copiedBytes } = subject.runtime.network.sentRanges;
    server.connection.send([textBytes("head"), rangeOf(file, 0, content.length), rangeOf(file, 0, 1_000)]);
    await arrives(subject, client, concatenated([learned, textBytes("head"), content, content.subarray(0, 1_000)]));
    expect(subject.runtime.network.sentRanges).toMatchObject({
      zeroCopyBytes: zeroCopyBytes + 1_000_000,
      copiedBytes: copiedBytes + 1_000,
    });
    file.close();
  });

  test("none go by it where that is switched off, and a listener says so", async () => {
    const subject = await createAdapterSubject();
    const { listener } = await listen(subject, () => {}, { zeroCopy: false });
    expect(listener.rangeTransfer).toEqual({ kind: "copy", reason: "polylog.zero.copy is off" });
    const { client, server } = await connectedPair(subject, { zeroCopy: false });
    const file = fileOf(subject, "segment", patternBytes(1_000_000));
    server.connection.send([rangeOf(file, 0, 1_000_000)]);
    await arrives(subject, client, patternBytes(1_000_000));
    expect(subject.runtime.network.sentRanges).toMatchObject({ zeroCopyBytes: 0, copiedBytes: 1_000_000 });
    file.close();
  });

  test("files in memory are copied, and the listener says so", async () => {
    const files = createMemoryFiles();
    const subject: Subject = { ...(await createAdapterSubject()), runtime: createRuntime({ files }), directory: "" };
    const { listener } = await listen(subject);
    expect(listener.rangeTransfer).toEqual({ kind: "copy", reason: "the files are in memory" });
    const { client, server } = await connectedPair(subject);
    const file = fileOf(subject, "segment", patternBytes(1_000_000));
    server.connection.send([rangeOf(file, 0, 1_000_000)]);
    await arrives(subject, client, patternBytes(1_000_000));
  });

  test("a small head leaves in one packet with the range behind it", async () => {
    const subject = await createAdapterSubject();
    const { server, peer } = await peerOf(subject);
    const file = fileOf(subject, "segment", patternBytes(60_000));
    const arrivals: number[] = [];
    peer.on("data", (chunk) => arrivals.push(chunk.length));
    server.connection.send([rangeOf(file, 0, LEARNED_FROM_BYTES)]);
    while (sum(arrivals) < LEARNED_FROM_BYTES) await subject.turn();
    arrivals.length = 0;
    await subject.pass(20);
    server.connection.send([textBytes("head"), rangeOf(file, 0, 60_000)]);
    while (sum(arrivals) < 60_004) await subject.turn();
    expect(arrivals[0]).toBeGreaterThan(4);
    expect(subject.runtime.network.sentRanges.zeroCopyBytes).toBeGreaterThan(0);
    file.close();
  });

  for (const sizeBytes of [2_048, 20_000, 100_000]) {
    test(`through a send buffer of ${sizeBytes} bytes everything arrives byte for byte`, async () => {
      const subject = await createAdapterSubject();
      const { client, server } = await connectedPair(subject);
      shrinkSendBuffer(server.connection, sizeBytes);
      const content = patternBytes(3_000_000);
      const file = fileOf(subject, "segment", content);
      const parts: Uint8Array[] = [];
      for (let i = 0; i < 20; i++) {
        const head = patternBytes(i * 17 + 1, i);
        const length = 40_000 + i * 7_919;
        server.connection.send([head, rangeOf(file, i * 131_071, length)]);
        parts.push(head, content.subarray(i * 131_071, i * 131_071 + length));
        if (i % 4 === 0) await subject.turn();
      }
      await arrives(subject, client, concatenated(parts));
      expect(subject.runtime.network.sentRanges.zeroCopyBytes).toBeGreaterThan(0);
      file.close();
    });
  }

  test("a peer that resets while the socket is full closes that connection only", async () => {
    const subject = await createAdapterSubject();
    const content = patternBytes(20_000_000);
    const file = fileOf(subject, "segment", content);
    for (let round = 0; round < 5; round++) {
      const { server, peer } = await peerOf(subject);
      peer.pause();
      server.connection.send([textBytes("head"), rangeOf(file, 0, content.length)]);
      await subject.pass(round * 3);
      peer.resetAndDestroy();
      while (!server.isClosed()) await subject.turn();
      expect(server.events.filter((event) => event !== "ended")).toEqual(["closed"]);
    }
    file.close();
    expect(() => file.retain()).toThrow(/EBADF/);
  });

  test("peers that have gone before they are answered, however many in a row, do not end it for the others", async () => {
    const subject = await createAdapterSubject();
    const { listener, accepted } = await listen(subject);
    const content = patternBytes(200_000);
    const file = fileOf(subject, "segment", content);
    for (let count = 1; count <= 150; count++) {
      const peer = net.connect({ host: "127.0.0.1", port: listener.address.port });
      peer.on("error", () => {});
      await until(subject, "accepted", () => accepted.length === count);
      peer.resetAndDestroy();
      accepted.at(-1)!.connection.send([rangeOf(file, 0, content.length)]);
    }
    await until(subject, "all are closed", () => accepted.every((server) => server.isClosed()));
    const { client, server } = await connectedPair(subject);
    server.connection.send([rangeOf(file, 0, LEARNED_FROM_BYTES)]);
    await arrives(subject, client, content.subarray(0, LEARNED_FROM_BYTES));
    const { zeroCopyBytes } = subject.runtime.network.sentRanges;
    server.connection.send([rangeOf(file, 0, content.length)]);
    await arrives(subject, client, concatenated([content.subarray(0, LEARNED_FROM_BYTES), content]));
    expect(subject.runtime.network.sentRanges.zeroCopyBytes).toBe(zeroCopyBytes + content.length);
    expect(subject.log.lines).toEqual([]);
    file.close();
  });

  test("what is not in the page cache is read by another thread, and arrives byte for byte", async () => {
    const subject = await createAdapterSubject();
    const content = patternBytes(6_000_000);
    const file = fileOf(subject, "segment", content);
    await file.sync();
    for (let round = 0; round < 3; round++) {
      const { client, server } = await connectedPair(subject);
      dropFromPageCache((file as unknown as { descriptor: number }).descriptor, content.length);
      server.connection.send([textBytes("head"), rangeOf(file, 0, content.length), textBytes("tail")]);
      await arrives(subject, client, concatenated([textBytes("head"), content, textBytes("tail")]));
    }
    const isInMemory = statfsSync(subject.directory).type === TMPFS_MAGIC;
    if (!isInMemory) expect(subject.runtime.network.sentRanges.coldBytes).toBeGreaterThan(0);
    file.close();
  });

  test("a connection that goes away while the disk is read for it lets its file go", async () => {
    const subject = await createAdapterSubject();
    const content = patternBytes(6_000_000);
    const file = fileOf(subject, "segment", content);
    await file.sync();
    const pairs = [await connectedPair(subject), await connectedPair(subject), await connectedPair(subject)];
    dropFromPageCache((file as unknown as { descriptor: number }).descriptor, content.length);
    for (const { server } of pairs) server.connection.send([rangeOf(file, 0, content.length)]);
    for (const { server } of pairs) server.connection.reset();
    file.close();
    await until(subject, "the file was let go", () => isLetGo(file));
  });
});

async function peerOf({ runtime, ...subject }: Subject): Promise<{ server: Recorder; peer: net.Socket }> {
  const { listener, accepted } = await listen({ runtime, ...subject });
  const peer = net.connect({ host: "127.0.0.1", port: listener.address.port, allowHalfOpen: true, noDelay: true });
  peer.on("error", () => {});
  onTestFinished(() => void peer.destroy());
  await once(peer, "connect");
  while (accepted.length === 0) await subject.turn();
  return { server: accepted[0]!, peer };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((left, right) => left + right, 0);
}
