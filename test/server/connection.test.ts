import { beforeEach, describe, expect, test } from "vitest";
import { ApiKey } from "../../src/protocol/api-keys.ts";
import { decoderFor } from "../../src/protocol/codec.ts";
import { readResponseHeader } from "../../src/protocol/header.ts";
import { ApiVersionsResponse } from "../../src/protocol/messages/api-versions.ts";
import { Reader } from "../../src/protocol/reader.ts";
import { AppendLine } from "../../src/replica/append-line.ts";
import { joinLines, TestAppend } from "../replica/test-append.ts";
import {
  Bench,
  barrierFrame,
  fetched,
  fetchFrame,
  heartbeatFrame,
  noGroups,
  ok,
  produceFrame,
  rawFrame,
} from "./bench.ts";

describe("a connection", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = new Bench();
    await bench.start();
  });

  test("answers in the order of the requests, whatever the order in which they are done", async () => {
    const client = await bench.connect();
    client.send(heartbeatFrame(1), heartbeatFrame(2), heartbeatFrame(3));
    expect(bench.heartbeats.length).toBe(3);
    bench.heartbeats[2]!.reply(ok);
    bench.heartbeats[1]!.reply(ok);
    bench.settle();
    expect(client.answers()).toEqual([]);
    bench.heartbeats[0]!.reply(ok);
    bench.settle();
    expect(client.answers()).toEqual([1, 2, 3]);
  });

  test("starts a barrier only when everything before it is answered, and nothing after it before it is", async () => {
    const client = await bench.connect();
    client.send(heartbeatFrame(1), barrierFrame(2), heartbeatFrame(3));
    expect([bench.heartbeats.length, bench.barriers.length]).toEqual([1, 0]);
    bench.heartbeats[0]!.reply(ok);
    bench.settle();
    expect([bench.heartbeats.length, bench.barriers.length]).toEqual([1, 1]);
    bench.barriers[0]!.reply(noGroups);
    bench.settle();
    expect([bench.heartbeats.length, bench.barriers.length]).toEqual([2, 1]);
    bench.heartbeats[1]!.reply(ok);
    bench.settle();
    expect(client.answers()).toEqual([1, 2, 3]);
  });

  test("starts the appends behind one that stands in line, and nothing else before all of them are answered", async () => {
    const client = await bench.connect();
    client.send(produceFrame(1), produceFrame(2), barrierFrame(3), produceFrame(4));
    expect([bench.appends.length, bench.barriers.length]).toEqual([2, 0]);
    bench.appends[1]!.append.checked();
    bench.appends[0]!.append.checked();
    bench.settle();
    // In the log, and not answered yet.
    expect([bench.appends.length, bench.barriers.length]).toEqual([2, 0]);
    for (const { reply } of bench.appends) reply({ responses: [] });
    bench.settle();
    expect([bench.appends.length, bench.barriers.length]).toEqual([2, 1]);
    bench.barriers[0]!.reply(noGroups);
    bench.settle();
    expect([bench.appends.length, bench.barriers.length]).toEqual([3, 1]);
    bench.appends[2]!.append.checked();
    bench.appends[2]!.reply({ responses: [] });
    bench.settle();
    expect(client.answers()).toEqual([1, 2, 3, 4]);
  });

  test("takes nothing more while an append waits for a disk, which may take long", async () => {
    const client = await bench.connect();
    client.send(produceFrame(1));
    bench.appends[0]!.context.appendLine.isStalled = true;
    client.send(produceFrame(2), produceFrame(3));
    bench.settle();
    expect(bench.appends.length).toBe(1);
    bench.appends[0]!.append.checked();
    bench.settle();
    expect(bench.appends.length).toBe(3);
  });

  test("whose peer is gone leaves its appends in line: the requests had arrived", async () => {
    const client = await bench.connect();
    const performed: number[] = [];
    client.send(produceFrame(1));
    const { appendLine } = bench.appends[0]!.context;
    joinLines([new TestAppend(new AppendLine(), () => performed.push(1))], appendLine);
    client.connection.reset();
    bench.settle();
    bench.appends[0]!.append.checked();
    bench.settle();
    expect(performed).toEqual([1]);
    expect(appendLine.isEmpty).toBe(true);
  });

  test("has at most the configured number of requests in progress, and goes on when one is answered", async () => {
    const client = await bench.connect();
    client.send(...[1, 2, 3, 4, 5, 6].map(heartbeatFrame));
    expect(bench.heartbeats.length).toBe(4);
    bench.heartbeats[0]!.reply(ok);
    bench.settle();
    expect(bench.heartbeats.length).toBe(5);
    for (const { reply } of bench.heartbeats.slice(1)) reply(ok);
    bench.settle();
    bench.heartbeats[5]!.reply(ok);
    bench.settle();
    expect(client.answers()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("sends nothing for a request that is answered by nothing", async () => {
    const client = await bench.connect();
    client.send(heartbeatFrame(1), heartbeatFrame(2));
    bench.heartbeats[0]!.reply(null);
    bench.heartbeats[1]!.reply(ok);
    bench.settle();
    expect(client.answers()).toEqual([2]);
  });

  test("answers an unknown version of ApiVersions in version 0 with what it supports", async () => {
    const client = await bench.connect();
    client.send(rawFrame(ApiKey.ApiVersions, 99, 77, [1, 2, 3]));
    const reader = new Reader(client.bytes(), 4);
    expect(readResponseHeader(reader, ApiKey.ApiVersions, 0)).toEqual({ correlationId: 77 });
    expect(decoderFor(ApiVersionsResponse, 0)(reader)).toMatchObject({
      errorCode: 35,
      apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 5 }],
    });
    expect(reader.remaining).toBe(0);
  });

  test.each([
    ["an unknown API key", rawFrame(999, 0, 1), /unknown or unsupported API key 999/],
    ["an unknown version", rawFrame(ApiKey.Heartbeat, 44, 1), /Heartbeat version 44 is not supported; versions 0 to 4/],
    ["a body cut short", rawFrame(ApiKey.Heartbeat, 0, 1, [0, 9, 65]), /Heartbeat version 0: .*remain/],
    ["a frame without a header", Uint8Array.of(0, 0, 0, 2, 1, 2), /shorter than a request header/],
    ["a frame of nothing", Uint8Array.of(0, 0, 0, 0), /a frame of 0 bytes is shorter than a request header/],
    ["a negative length", Uint8Array.of(0xff, 0, 0, 0), /negative frame length/],
    ["a frame that is too large", Uint8Array.of(0, 1, 0, 0), /socket\.request\.max\.bytes=10000/],
  ])("is closed after %s, with one line that names the peer and the reason", async (_, bytes, reason) => {
    const client = await bench.connect();
    const other = await bench.connect();
    client.send(bytes);
    bench.settle();
    expect(client.isClosed).toBe(true);
    expect(bench.warnings()).toHaveLength(1);
    expect(bench.warnings()[0]).toMatch(reason);
    expect(bench.warnings()[0]).toMatch(/from 127\.0\.0\.1:\d+ to PLAINTEXT/);
    other.send(heartbeatFrame(5));
    bench.heartbeats[0]!.reply(ok);
    bench.settle();
    expect(other.answers()).toEqual([5]);
  });

  test("whose peer is gone is closed by the answer that cannot be delivered; later ones are dropped", async () => {
    const client = await bench.connect();
    client.send(heartbeatFrame(1), heartbeatFrame(2));
    client.connection.reset();
    bench.settle();
    bench.heartbeats[0]!.reply(ok);
    bench.settle();
    expect(bench.heartbeats[1]!.context.isDisconnected()).toBe(true);
    bench.heartbeats[1]!.reply(ok);
    bench.settle();
    expect(client.answers()).toEqual([]);
  });

  test("whose peer half-closes still gets its answers, then ends", async () => {
    const client = await bench.connect();
    client.send(heartbeatFrame(1));
    client.connection.end();
    bench.settle();
    expect(client.isClosed).toBe(false);
    bench.heartbeats[0]!.reply(ok);
    bench.settle();
    expect(client.answers()).toEqual([1]);
    expect(client.isClosed).toBe(true);
  });

  test("is ended, and nothing else is, by an answer that cannot be encoded, given in somebody else's turn", async () => {
    const client = await bench.connect();
    const other = await bench.connect();
    client.send(barrierFrame(1));
    const groups = [{ groupId: "g".repeat(40_000), protocolType: "" }];
    bench.runtime.clock.schedule(10, () => bench.barriers[0]!.reply({ ...noGroups, groups }));
    bench.runtime.clock.advance(20);
    bench.settle();
    expect(client.isClosed).toBe(true);
    expect(bench.warnings().join()).toMatch(/ListGroups v0 failed in the broker: .*40000 bytes/);
    other.send(heartbeatFrame(5));
    bench.heartbeats[0]!.reply(ok);
    bench.settle();
    expect(other.answers()).toEqual([5]);
  });

  test("is ended by a handler that throws, also when it was started by an answer in a timer", async () => {
    const client = await bench.connect();
    client.send(barrierFrame(1), heartbeatFrame(2));
    bench.throwsNext = true;
    bench.runtime.clock.schedule(10, () => bench.barriers[0]!.reply(noGroups));
    bench.runtime.clock.advance(20);
    bench.settle();
    expect(client.isClosed).toBe(true);
    expect(bench.warnings().join()).toMatch(/Heartbeat v4 failed in the broker: out of order/);
  });

  test("answers everything that arrived before a broken frame, then ends", async () => {
    const client = await bench.connect();
    client.send(heartbeatFrame(1), Uint8Array.of(0xff, 0, 0, 0));
    expect(client.isClosed).toBe(false);
    bench.heartbeats[0]!.reply(ok);
    bench.settle();
    expect(client.answers()).toEqual([1]);
    expect(client.isClosed).toBe(true);
  });

  test("holds the file of an answer that waits its turn until it is sent", async () => {
    const client = await bench.connect();
    const file = bench.runtime.files.open("records", "create");
    file.write(Uint8Array.of(1, 2, 3), 0);
    client.send(heartbeatFrame(1), fetchFrame(2));
    bench.fetches[0]!.reply(fetched(file));
    file.close();
    expect(() => file.read(new Uint8Array(3), 0)).not.toThrow();
    bench.heartbeats[0]!.reply(ok);
    bench.settle();
    expect(client.answers()).toEqual([1, 2]);
    expect([...client.bytes()].slice(-4)).not.toEqual([0, 0, 0, 0]);
    expect(() => file.read(new Uint8Array(3), 0)).toThrow();
  });

  test("lets go of the file of an answer that nobody will get", async () => {
    const client = await bench.connect();
    const file = bench.runtime.files.open("records", "create");
    file.write(Uint8Array.of(1, 2, 3), 0);
    client.send(heartbeatFrame(1), fetchFrame(2));
    bench.fetches[0]!.reply(fetched(file));
    file.close();
    client.send(Uint8Array.of(0xff, 0, 0, 0));
    bench.heartbeats[0]!.context.disconnect("enough");
    bench.settle();
    expect(() => file.read(new Uint8Array(3), 0)).toThrow();
  });

  test("at a stop still gets the answers of what is in progress, and no longer than for a while", async () => {
    const [answered, parked] = [await bench.connect(), await bench.connect()];
    answered.send(heartbeatFrame(1));
    parked.send(heartbeatFrame(2));
    const closing = bench.server.close();
    bench.settle();
    bench.heartbeats[0]!.reply(ok);
    await bench.runtime.clock.advanceWithPromises(1000);
    await closing;
    bench.settle();
    expect(answered.answers()).toEqual([1]);
    expect([answered.isClosed, parked.isClosed]).toEqual([true, true]);
  });

  test("that is idle for connections.max.idle.ms is closed; one with a request in progress is not", async () => {
    const idle = await bench.connect();
    const busy = await bench.connect();
    busy.send(heartbeatFrame(1));
    bench.runtime.clock.advance(100_000);
    bench.settle();
    expect([idle.isClosed, busy.isClosed]).toEqual([true, false]);
  });

  test("whose peer takes a long answer slowly is not idle; one whose peer takes no more of it is", async () => {
    const client = await bench.connect();
    const [connection] = bench.accepted;
    let queuedBytes = 1_000_000;
    connection!.queuedBytes = () => queuedBytes;
    connection!.send = () => false;
    client.send(heartbeatFrame(1));
    bench.heartbeats[0]!.reply(ok);
    for (let passes = 0; passes < 10; passes++) {
      queuedBytes -= 1_000;
      bench.runtime.clock.advance(30_000);
    }
    expect(client.isClosed).toBe(false);
    bench.runtime.clock.advance(150_000);
    expect(client.isClosed).toBe(true);
  });
});
