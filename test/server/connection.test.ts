import { beforeEach, describe, expect, test } from "vitest";
import { createSimulatedRuntime, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { ApiKey } from "../../src/protocol/api-keys.ts";
import { decoderFor, joinParts } from "../../src/protocol/codec.ts";
import { encodeRequestFrame, readResponseHeader } from "../../src/protocol/header.ts";
import { ApiVersionsRequest, ApiVersionsResponse } from "../../src/protocol/messages/api-versions.ts";
import { FetchRequest, FetchResponse } from "../../src/protocol/messages/fetch.ts";
import { HeartbeatRequest, HeartbeatResponse } from "../../src/protocol/messages/heartbeat.ts";
import { ListGroupsRequest, ListGroupsResponse } from "../../src/protocol/messages/list-groups.ts";
import { Reader } from "../../src/protocol/reader.ts";
import type { Input } from "../../src/protocol/schema.ts";
import type { Connection, File } from "../../src/runtime.ts";
import type { ApiHandler, Reply } from "../../src/server/api-handler.ts";
import { ApiTable } from "../../src/server/api-table.ts";
import { FramePool } from "../../src/server/frame-pool.ts";
import { Metrics } from "../../src/server/metrics.ts";
import type { RequestContext } from "../../src/server/request-context.ts";
import type { Services } from "../../src/server/services.ts";
import { SocketServer } from "../../src/server/socket-server.ts";

const LIMITS = {
  maxConnections: 3,
  maxConnectionsPerIp: 100,
  maxConnectionsPerIpOverrides: new Map(),
  maxIdleMs: 60_000,
};

type Parked<R extends typeof HeartbeatResponse | typeof ListGroupsResponse> = {
  context: RequestContext;
  reply: Reply<R>;
};

/** A server whose handlers park every request, so that the test decides when each is answered. */
class Bench {
  readonly runtime: SimulatedRuntime = createSimulatedRuntime({ seed: 7 });
  readonly heartbeats: Parked<typeof HeartbeatResponse>[] = [];
  readonly barriers: Parked<typeof ListGroupsResponse>[] = [];
  readonly fetches: { reply: Reply<typeof FetchResponse> }[] = [];
  throwsNext = false;
  readonly metrics = new Metrics();
  server!: SocketServer;
  port = 0;

  async start(limits: Partial<typeof LIMITS> = {}): Promise<void> {
    const heartbeat: ApiHandler<typeof HeartbeatRequest, typeof HeartbeatResponse> = {
      request: HeartbeatRequest,
      response: HeartbeatResponse,
      pipelined: true,
      handle: (_, context, _request, reply) => {
        if (this.throwsNext) throw new Error("out of order");
        this.heartbeats.push({ context, reply });
      },
    };
    const fetch: ApiHandler<typeof FetchRequest, typeof FetchResponse> = {
      request: FetchRequest,
      response: FetchResponse,
      pipelined: true,
      handle: (_, _context, _request, reply) => this.fetches.push({ reply }),
    };
    const barrier: ApiHandler<typeof ListGroupsRequest, typeof ListGroupsResponse> = {
      request: ListGroupsRequest,
      response: ListGroupsResponse,
      handle: (_, context, _request, reply) => this.barriers.push({ context, reply }),
    };
    const apiVersions: ApiHandler<typeof ApiVersionsRequest, typeof ApiVersionsResponse> = {
      request: ApiVersionsRequest,
      response: ApiVersionsResponse,
      handle: (_, _context, _request, reply) => reply({ errorCode: 0, apiKeys: [] }),
    };
    this.server = new SocketServer(
      {
        runtime: this.runtime,
        listenerName: "PLAINTEXT",
        apis: new ApiTable([heartbeat, barrier, apiVersions, fetch] as never, {} as Services),
        metrics: this.metrics,
        framePool: new FramePool(0),
        maxFrameBytes: 10_000,
        maxInFlight: 4,
      },
      { ...LIMITS, ...limits },
    );
    const listening = this.server.listen({ host: "127.0.0.1", port: 0 }, {});
    this.server.serve();
    this.runtime.clock.runUntilIdle();
    this.port = (await listening).address.port;
  }

  async connect(): Promise<Client> {
    const client = new Client(this.runtime);
    const connecting = this.runtime.network.connect(
      { host: "127.0.0.1", port: this.port },
      { timeoutMs: 1000 },
      (connection) => {
        client.connection = connection;
        return client;
      },
    );
    this.runtime.clock.advance(1);
    await connecting;
    return client;
  }

  settle(): void {
    this.runtime.clock.advance(1);
  }

  warnings(): string[] {
    return this.runtime.log.lines.filter(({ level }) => level === "warn").map(({ line }) => line);
  }
}

class Client {
  connection!: Connection;
  isClosed = false;
  private readonly chunks: number[] = [];
  private readonly runtime: SimulatedRuntime;

  constructor(runtime: SimulatedRuntime) {
    this.runtime = runtime;
  }

  received(chunk: Uint8Array): void {
    this.chunks.push(...chunk);
  }
  drained(): void {}
  ended(): void {
    this.isClosed = true;
  }
  closed(): void {
    this.isClosed = true;
  }

  send(...frames: Uint8Array[]): void {
    this.connection.send([joinParts(frames)]);
    this.runtime.clock.advance(1);
  }

  /** Correlation ids of the answers so far. */
  answers(): number[] {
    const bytes = Uint8Array.from(this.chunks);
    const view = new DataView(bytes.buffer);
    const ids: number[] = [];
    for (let at = 0; at < bytes.length; at += 4 + view.getInt32(at)) ids.push(view.getInt32(at + 4));
    return ids;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.chunks);
  }
}

function heartbeatFrame(correlationId: number): Uint8Array {
  const body: Input<typeof HeartbeatRequest> = { groupId: "g", generationId: 1, memberId: "m", groupInstanceId: null };
  const header = { requestApiKey: ApiKey.Heartbeat, requestApiVersion: 4, correlationId, clientId: "test" };
  return joinParts(encodeRequestFrame(header, HeartbeatRequest, body));
}

function barrierFrame(correlationId: number): Uint8Array {
  const header = { requestApiKey: ApiKey.ListGroups, requestApiVersion: 0, correlationId, clientId: null };
  return joinParts(encodeRequestFrame(header, ListGroupsRequest, {}));
}

function fetchFrame(correlationId: number): Uint8Array {
  const header = { requestApiKey: ApiKey.Fetch, requestApiVersion: 4, correlationId, clientId: null };
  const body = { replicaId: -1, maxWaitMs: 1, minBytes: 1, topics: [] };
  return joinParts(encodeRequestFrame(header, FetchRequest, body));
}

/** An answer whose records are the first three bytes of a file. */
function fetched(file: File): Input<typeof FetchResponse> {
  const records = [{ file, position: 0, length: 3 }];
  const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 3, abortedTransactions: null, records };
  return { throttleTimeMs: 0, responses: [{ topic: "t", partitions: [partition] }] };
}

function rawFrame(apiKey: number, apiVersion: number, correlationId: number, body: number[] = []): Uint8Array {
  const frame = new Uint8Array(4 + 10 + body.length);
  const view = new DataView(frame.buffer);
  view.setInt32(0, 10 + body.length);
  view.setInt16(4, apiKey);
  view.setInt16(6, apiVersion);
  view.setInt32(8, correlationId);
  view.setInt16(12, -1);
  frame.set(body, 14);
  return frame;
}

const ok = { throttleTimeMs: 0, errorCode: 0 };
const noGroups = { throttleTimeMs: 0, errorCode: 0, groups: [] };

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
});
