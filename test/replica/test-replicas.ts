import { createLoopbackNetwork, createSimulatedRuntime, ManualClock } from "../../adapters/simulator/index.ts";
import { brokerApis } from "../../src/api/index.ts";
import type { PartitionRegistration } from "../../src/controller/partition-registration.ts";
import type { Log } from "../../src/log/log.ts";
import { joinParts } from "../../src/protocol/codec.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import type { FetcherConfig } from "../../src/replica/fetcher/follower-fetcher.ts";
import { ReplicaFetcherManager } from "../../src/replica/fetcher/replica-fetcher-manager.ts";
import type { Address } from "../../src/runtime.ts";
import { ApiTable } from "../../src/server/api-table.ts";
import { ConnectionQuotas } from "../../src/server/connection-quotas.ts";
import { FramePool } from "../../src/server/frame-pool.ts";
import { Metrics } from "../../src/server/metrics.ts";
import { RequestMemory } from "../../src/server/request-memory.ts";
import { SocketServer } from "../../src/server/socket-server.ts";
import { TestBroker } from "../api/test-broker.ts";

const FETCHER_CONFIG: FetcherConfig = {
  "replica.socket.timeout.ms": 30_000,
  "replica.fetch.max.bytes": 1_048_576,
  "replica.fetch.response.max.bytes": 10_485_760,
  "replica.fetch.wait.max.ms": 500,
  "replica.fetch.min.bytes": 1,
  "replica.fetch.backoff.ms": 1_000,
};

const CONNECTION_LIMITS = {
  maxConnections: 100,
  maxConnectionsByListener: new Map(),
  maxConnectionsPerIp: 100,
  maxConnectionsPerIpOverrides: new Map(),
};

/** Brokers that replicate from each other over a network in memory. Their metadata is told to them by hand. */
export class TestReplicas {
  readonly clock = new ManualClock();
  readonly brokers = new Map<number, TestBroker>();
  private readonly addresses = new Map<number, Address>();
  private readonly servers = new Map<number, SocketServer>();
  private readonly fetchers = new Map<number, ReplicaFetcherManager>();

  static async start(
    count = 3,
    config: Partial<FetcherConfig> = {},
    logDirs?: readonly string[],
  ): Promise<TestReplicas> {
    const replicas = new TestReplicas();
    const { clock } = replicas;
    const log = { write: () => {} };
    const network = createLoopbackNetwork({ clock, log, latencyMs: 1 });
    for (let id = 1; id <= count; id++) {
      const runtime = createSimulatedRuntime({ seed: id, clock, network });
      const broker = await TestBroker.start({ nodeId: id, runtime, ...(logDirs && { logDirs }) });
      await replicas.serve(broker);
      const fetchers = new ReplicaFetcherManager({
        runtime,
        owner: {
          nodeId: id,
          brokerEpoch: () => id * 100,
          addressOf: (brokerId) => replicas.addresses.get(brokerId),
          quota: broker.replicas.quotas.follower,
          batch: (changes) => broker.replicas.batch(changes),
        },
        config: { ...FETCHER_CONFIG, ...config },
        fetcherCount: 1,
      });
      broker.replicas.addLeadershipListener(fetchers);
      replicas.brokers.set(id, broker);
      replicas.fetchers.set(id, fetchers);
    }
    return replicas;
  }

  broker(id: number): TestBroker {
    return this.brokers.get(id)!;
  }

  fetchersOf(id: number): ReplicaFetcherManager {
    return this.fetchers.get(id)!;
  }

  log(id: number, topic = "t", index = 0) {
    return this.broker(id).partition(topic, index).log!;
  }

  /** A topic that every broker has heard of. */
  createTopic(name: string, options: NonNullable<Parameters<TestBroker["createTopic"]>[1]>): void {
    for (const broker of this.brokers.values()) broker.createTopic(name, options);
  }

  /** A change of partition 0 that these brokers hear of; all of them when none is named. */
  change(
    name: string,
    change: Partial<PartitionRegistration>,
    ids: readonly number[] = [...this.brokers.keys()],
  ): void {
    for (const id of ids) this.broker(id).changePartition(name, change);
  }

  /** Lets time go on. */
  run(ms: number): Promise<void> {
    return this.clock.advanceWithPromises(ms);
  }

  /** The broker's listener is gone and its connections are reset; everything else of it goes on. */
  async cutOff(id: number): Promise<void> {
    const server = this.servers.get(id)!;
    await server.stopAccepting();
    const closed = server.close();
    await this.run(300);
    await closed;
  }

  async serve(broker: TestBroker): Promise<void> {
    const { runtime } = broker;
    const server = new SocketServer(
      {
        runtime,
        listenerName: "PLAINTEXT",
        apis: new ApiTable(brokerApis, broker.services),
        metrics: new Metrics(),
        framePool: new FramePool(1024 * 1024),
        requestMemory: new RequestMemory(-1),
        maxFrameBytes: 100 * 1024 * 1024,
        maxInFlight: 64,
      },
      { quotas: new ConnectionQuotas({ limits: CONNECTION_LIMITS, log: runtime.log }), maxIdleMs: -1 },
    );
    const { address } = await server.listen({ host: "127.0.0.1", port: 0 }, {});
    server.serve();
    this.servers.set(broker.nodeId, server);
    this.addresses.set(broker.nodeId, address);
  }

  close(): void {
    for (const fetchers of this.fetchers.values()) fetchers.close();
  }
}

/** Every byte of a log from its start to its end. */
export function bytesOf(log: Log): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
    const { records } = log.read(offset, 0x7fff_ffff, { upToOffset: log.logEndOffset });
    const bytes = new Uint8Array(records!.length);
    records!.file.read(bytes, records!.position);
    parts.push(bytes);
    for (const position of RecordBatch.batchPositions(bytes)) offset = RecordBatch.nextOffset(bytes, position);
  }
  return joinParts(parts);
}

/** Where two logs differ, for a short message; undefined when they are the same. */
export function firstDifference(a: Log, b: Log): string | undefined {
  const [left, right] = [bytesOf(a), bytesOf(b)];
  const index = left.findIndex((byte, position) => byte !== right[position]);
  if (index < 0 && left.length === right.length) return undefined;
  return `${left.length} and ${right.length} bytes, different at ${index}`;
}
