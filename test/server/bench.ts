import { createSimulatedRuntime, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { ApiKey } from "../../src/protocol/api-keys.ts";
import { joinParts } from "../../src/protocol/codec.ts";
import { encodeRequestFrame } from "../../src/protocol/header.ts";
import { ApiVersionsRequest, ApiVersionsResponse } from "../../src/protocol/messages/api-versions.ts";
import { FetchRequest, FetchResponse } from "../../src/protocol/messages/fetch.ts";
import { HeartbeatRequest, HeartbeatResponse } from "../../src/protocol/messages/heartbeat.ts";
import { ListGroupsRequest, ListGroupsResponse } from "../../src/protocol/messages/list-groups.ts";
import { ProduceRequest, ProduceResponse } from "../../src/protocol/messages/produce.ts";
import type { Input } from "../../src/protocol/schema.ts";
import { AppendLine } from "../../src/replica/append-line.ts";
import type { Connection, File, Network } from "../../src/runtime.ts";
import type { ApiHandler, Reply } from "../../src/server/api-handler.ts";
import { ApiTable } from "../../src/server/api-table.ts";
import { type ConnectionLimits, ConnectionQuotas } from "../../src/server/connection-quotas.ts";
import { FramePool } from "../../src/server/frame-pool.ts";
import { Metrics } from "../../src/server/metrics.ts";
import type { RequestContext } from "../../src/server/request-context.ts";
import { RequestMemory } from "../../src/server/request-memory.ts";
import type { Services } from "../../src/server/services.ts";
import { SocketServer } from "../../src/server/socket-server.ts";
import { joinLines, TestAppend } from "../replica/test-append.ts";

const MAX_IDLE_MS = 60_000;

export type Parked<R extends typeof HeartbeatResponse | typeof ListGroupsResponse> = {
  context: RequestContext;
  reply: Reply<R>;
};

/** A server whose handlers park every request, so that the test decides when each is answered. */
export class Bench {
  readonly runtime: SimulatedRuntime = createSimulatedRuntime({ seed: 7 });
  readonly heartbeats: Parked<typeof HeartbeatResponse>[] = [];
  readonly barriers: Parked<typeof ListGroupsResponse>[] = [];
  readonly fetches: { reply: Reply<typeof FetchResponse> }[] = [];
  readonly appends: { context: RequestContext; append: TestAppend; reply: Reply<typeof ProduceResponse> }[] = [];
  /** The servers' ends of connections. */
  readonly accepted: Connection[] = [];
  throwsNext = false;
  readonly metrics = new Metrics();
  requestMemory = new RequestMemory(-1);
  maxFrameBytes = 10_000;
  quotas = this.newQuotas(3);
  server!: SocketServer;
  port = 0;

  async start(maxConnections = 3): Promise<void> {
    this.quotas = this.newQuotas(maxConnections);
    this.server = await this.serve("PLAINTEXT");
  }

  /** Another listener of the same broker; the clients to come connect to it. */
  async serve(listenerName: string): Promise<SocketServer> {
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
    // Stands in line until the test says that it is prepared, and is not answered by its append.
    const produce: ApiHandler<typeof ProduceRequest, typeof ProduceResponse> = {
      request: ProduceRequest,
      response: ProduceResponse,
      pipelined: true,
      releasesFrame: true,
      handle: (_, context, _request, reply) => {
        const append = new TestAppend(new AppendLine(), () => {}, true);
        this.appends.push({ context, append, reply });
        joinLines([append], context.appendLine);
      },
    };
    const { network } = this.runtime;
    const listen: Network["listen"] = (address, options, accept) =>
      network.listen(address, options, (connection) => {
        this.accepted.push(connection);
        return accept(connection);
      });
    const server = new SocketServer(
      {
        runtime: { ...this.runtime, network: Object.assign(Object.create(network), { listen }) },
        listenerName,
        apis: new ApiTable([heartbeat, barrier, apiVersions, fetch, produce] as never, {} as Services),
        metrics: this.metrics,
        framePool: new FramePool(0),
        requestMemory: this.requestMemory,
        maxFrameBytes: this.maxFrameBytes,
        maxInFlight: 4,
      },
      { quotas: this.quotas, maxIdleMs: MAX_IDLE_MS },
    );
    const listening = server.listen({ host: "127.0.0.1", port: 0 }, {});
    server.serve();
    this.runtime.clock.runUntilIdle();
    this.port = (await listening).address.port;
    return server;
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

  private newQuotas(maxConnections: number): ConnectionQuotas {
    const { log } = this.runtime;
    return new ConnectionQuotas({ limits: limits(maxConnections), protectedListener: "BROKERS", log });
  }

  warnings(): string[] {
    return this.runtime.log.lines.filter(({ level }) => level === "warn").map(({ line }) => line);
  }
}

export function limits(maxConnections: number, ofListeners: Readonly<Record<string, number>> = {}): ConnectionLimits {
  const maxConnectionsByListener = new Map(Object.entries(ofListeners));
  return {
    maxConnections,
    maxConnectionsByListener,
    maxConnectionsPerIp: 100,
    maxConnectionsPerIpOverrides: new Map(),
  };
}

export class Client {
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

export function heartbeatFrame(correlationId: number): Uint8Array {
  const body: Input<typeof HeartbeatRequest> = { groupId: "g", generationId: 1, memberId: "m", groupInstanceId: null };
  const header = { requestApiKey: ApiKey.Heartbeat, requestApiVersion: 4, correlationId, clientId: "test" };
  return joinParts(encodeRequestFrame(header, HeartbeatRequest, body));
}

/** With so many bytes of records, which nobody looks at. */
export function produceFrame(correlationId: number, recordBytes = 0): Uint8Array {
  const header = { requestApiKey: ApiKey.Produce, requestApiVersion: 9, correlationId, clientId: null };
  const partitionData = [{ index: 0, records: new Uint8Array(recordBytes) }];
  const topicData = [{ name: "t", partitionData }];
  return joinParts(encodeRequestFrame(header, ProduceRequest, { acks: 1, timeoutMs: 1, topicData }));
}

export function barrierFrame(correlationId: number): Uint8Array {
  const header = { requestApiKey: ApiKey.ListGroups, requestApiVersion: 0, correlationId, clientId: null };
  return joinParts(encodeRequestFrame(header, ListGroupsRequest, {}));
}

export function fetchFrame(correlationId: number): Uint8Array {
  const header = { requestApiKey: ApiKey.Fetch, requestApiVersion: 4, correlationId, clientId: null };
  const body = { replicaId: -1, maxWaitMs: 1, minBytes: 1, topics: [] };
  return joinParts(encodeRequestFrame(header, FetchRequest, body));
}

/** An answer whose records are the first three bytes of a file. */
export function fetched(file: File): Input<typeof FetchResponse> {
  const records = [{ file, position: 0, length: 3 }];
  const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 3, abortedTransactions: null, records };
  return { throttleTimeMs: 0, responses: [{ topic: "t", partitions: [partition] }] };
}

export function rawFrame(apiKey: number, apiVersion: number, correlationId: number, body: number[] = []): Uint8Array {
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

export const ok = { throttleTimeMs: 0, errorCode: 0 };
export const noGroups = { throttleTimeMs: 0, errorCode: 0, groups: [] };
