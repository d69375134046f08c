import { createSimulatedRuntime, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { brokerApis } from "../../src/api/index.ts";
import type { MetadataImage, TopicImage } from "../../src/controller/metadata-image.ts";
import type { PartitionRegistration } from "../../src/controller/partition-registration.ts";
import { ProducerIdPool } from "../../src/coordinator/transaction/producer-id-pool.ts";
import { BatchPreparer } from "../../src/log/batch-preparer.ts";
import type { DecompressionLimits } from "../../src/log/decompression-limits.ts";
import { DEFAULT_LOG_CONFIG } from "../../src/log/log-config.ts";
import { LogManager } from "../../src/log/log-manager.ts";
import { TimestampLookup } from "../../src/log/timestamp-lookup.ts";
import { decode, encode, encodeToBytes } from "../../src/protocol/codec.ts";
import type { AlterPartitionRequest, AlterPartitionResponse } from "../../src/protocol/messages/alter-partition.ts";
import type { Infer, Input, Message } from "../../src/protocol/schema.ts";
import { buildBatch } from "../../src/record/batch-builder.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import { AppendLine } from "../../src/replica/append-line.ts";
import { ReplicaDirectories } from "../../src/replica/log-dirs/replica-directories.ts";
import type { Partition } from "../../src/replica/partition.ts";
import type { ReplicaConfig } from "../../src/replica/replica-assignment.ts";
import { ReplicaManager } from "../../src/replica/replica-manager.ts";
import { ReplicationQuota, replicationQuotas } from "../../src/replica/replication-quota.ts";
import { StalledAppends } from "../../src/replica/stalled-appends.ts";
import type { Compression, Part, Workers } from "../../src/runtime.ts";
import type { ApiHandler } from "../../src/server/api-handler.ts";
import { advertisedApis } from "../../src/server/api-table.ts";
import type { RequestContext } from "../../src/server/request-context.ts";
import type { Services } from "../../src/server/services.ts";

export const NODE_ID = 1;
export const LOG_DIR = "/data";

/** One request on its way through a handler, by way of its real bytes in both directions. */
export interface Exchange<Response> {
  /** Undefined until answered; null when nothing is to be sent. */
  response: Response | null | undefined;
  /** Why the handler has dropped the connection. */
  disconnectReason: string | undefined;
}

interface IsrChangeRequest {
  readonly request: AlterPartitionRequest;
  readonly answered: (response: Input<typeof AlterPartitionResponse>) => void;
}

export interface BatchOptions extends Partial<Parameters<typeof buildBatch>[0]> {
  readonly timestamp?: number;
  readonly valueBytes?: number;
  /** In place of records of zeros. */
  readonly values?: readonly Uint8Array[];
}

interface DirectoryAssignment {
  readonly topicId: string;
  readonly index: number;
  readonly directoryId: string;
  readonly accepted: () => void;
}

export interface TestBrokerOptions {
  readonly compression?: Compression;
  readonly limits?: DecompressionLimits;
  /** In place of the simulator's, which run a job in a later turn. */
  readonly workers?: Workers;
  readonly nodeId?: number;
  readonly runtime?: SimulatedRuntime;
  readonly logDirs?: readonly string[];
  readonly isWatched?: (directory: string) => boolean;
  readonly moveThreads?: number;
  readonly assignedDirectoryId?: () => string | undefined;
}

const LIMITS: DecompressionLimits = { batchBytes: 1 << 28, requestBytes: 1 << 30, totalBytes: 1 << 29 };

/** The broker's own parts, from the handlers down to the files, on a simulated computer; metadata is set by hand. */
export class TestBroker {
  readonly nodeId: number;
  readonly runtime: SimulatedRuntime;
  readonly logs: LogManager;
  readonly replicas: ReplicaManager;
  readonly directories: ReplicaDirectories;
  readonly services: Services;
  /** What the controller has been told of directories, and how it says that it knows. */
  readonly assignments: DirectoryAssignment[] = [];
  readonly moveQuota: ReplicationQuota;
  /** Of the one connection that all requests come by, unless a test says otherwise. */
  readonly appendLine = new AppendLine();
  /** `transaction.partition.verification.enable` */
  verifiesTransactions = true;
  /** What leaders here have asked the controller for, and how to answer. */
  readonly isrChanges: IsrChangeRequest[] = [];
  /** Of the brokers that have one. */
  readonly racks = new Map<number, string>();
  /** What happens between the slices in which a step is applied. */
  betweenSlices = (): void => {};
  private readonly configs: Map<string, Partial<ReplicaConfig>>;
  private topics = new Map<string, TopicImage>();
  private readonly fenced = new Set<number>();

  /** Codecs are those of a real adapter, and are needed for compressed batches only. */
  static async start(options: TestBrokerOptions = {}): Promise<TestBroker> {
    const { nodeId = NODE_ID, compression, limits = LIMITS, workers, logDirs = [LOG_DIR] } = options;
    const { runtime: simulated = createSimulatedRuntime({ seed: 1, compression }) } = options;
    const runtime = workers === undefined ? simulated : { ...simulated, workers };
    const configs = new Map<string, Partial<ReplicaConfig>>();
    const configOf = (topic: string): ReplicaConfig => ({
      ...DEFAULT_LOG_CONFIG,
      "segment.index.bytes": 4096,
      "min.insync.replicas": 1,
      "leader.replication.throttled.replicas": [],
      "follower.replication.throttled.replicas": [],
      ...configs.get(topic),
    });
    for (const path of logDirs) if (runtime.files.stat(path) === undefined) runtime.files.makeDirectory(path);
    let broker: TestBroker | undefined;
    const logs = await LogManager.load({
      runtime,
      logDirs,
      configOf,
      isWatched: options.isWatched,
      ...(options.assignedDirectoryId === undefined ? {} : { assignedDirectoryId: options.assignedDirectoryId }),
      onDirectoryFailure: (_directory, _error, failed) => broker?.replicas.handleLogDirFailure(failed),
    });
    broker = new TestBroker(nodeId, runtime, logs, configs, configOf, options.moveThreads ?? 1, limits);
    return broker;
  }

  private constructor(
    nodeId: number,
    runtime: SimulatedRuntime,
    logs: LogManager,
    configs: Map<string, Partial<ReplicaConfig>>,
    configOf: (topic: string) => ReplicaConfig,
    moveThreads: number,
    limits: DecompressionLimits,
  ) {
    this.nodeId = nodeId;
    this.runtime = runtime;
    this.logs = logs;
    this.configs = configs;
    this.replicas = new ReplicaManager({
      runtime,
      nodeId,
      logs,
      configOf,
      replicaLagTimeMaxMs: 30_000,
      fetchSessionCacheSlots: 80,
      quotas: replicationQuotas({ clock: runtime.clock, windowCount: 11, windowSeconds: 1 }),
      brokerEpoch: () => nodeId * 100,
      alterPartition: (request, answered) => this.isrChanges.push({ request, answered }),
    });
    this.moveQuota = new ReplicationQuota({ clock: runtime.clock, windowCount: 11, windowSeconds: 1 });
    this.directories = new ReplicaDirectories({
      runtime,
      logs,
      replicas: this.replicas,
      assignments: {
        assign: (replica, directoryId, accepted) => this.assignments.push({ ...replica, directoryId, accepted }),
      },
      moveThreads,
      moveQuota: this.moveQuota,
    });
    this.replicas.addLeadershipListener(this.directories);
    let nextProducerId = 1_000;
    const producerIds = new ProducerIdPool({
      clock: runtime.clock,
      requestBlock: (done) => {
        nextProducerId += 1_000;
        done(0, nextProducerId - 1_000, 1_000);
      },
    });
    this.services = {
      runtime,
      nodeId,
      clusterId: "cluster",
      config: {
        "log.dirs": logs.logDirs.length > 1 ? logs.logDirs : [LOG_DIR, "/failed"],
        "fetch.max.bytes": 57_671_680,
        "transaction.max.timeout.ms": 900_000,
        "request.timeout.ms": 30_000,
        "max.request.partition.size.limit": 2_000,
      },
      dynamicConfig: () => ({ "transaction.partition.verification.enable": this.verifiesTransactions }),
      metadata: () => this.image(),
      apiVersions: advertisedApis(brokerApis),
      supportedFeatures: [],
      logs,
      batchPreparer: new BatchPreparer(runtime, limits),
      stalledAppends: new StalledAppends({ clock: runtime.clock, limitMs: 5_000, maxBytes: 1_000_000 }),
      timestampLookup: new TimestampLookup(runtime),
      replicas: this.replicas,
      directories: this.directories,
      allocateProducerId: (done: (errorCode: number, producerId: number) => void) => producerIds.allocate(done),
    } as unknown as Services;
    this.apply(new Map());
  }

  /** A topic with this broker as the only replica, or with the given replicas and in-sync replicas. */
  createTopic(
    name: string,
    options: {
      id?: string;
      partitions?: number;
      replicas?: number[];
      isr?: number[];
      leader?: number;
      directories?: readonly string[];
      config?: Partial<ReplicaConfig>;
    } = {},
  ): void {
    if (options.config !== undefined) this.configs.set(name, options.config);
    const replicas = options.replicas ?? [this.nodeId];
    const partitions = Array.from({ length: options.partitions ?? 1 }, (_, partitionId) => ({
      ...registration(partitionId, replicas, options.isr ?? replicas, options.leader ?? this.nodeId),
      ...(options.directories === undefined ? {} : { directories: options.directories }),
    }));
    const id = options.id ?? topicId(name);
    this.apply(new Map(this.topics).set(id, { name, id, partitions }));
  }

  deleteTopic(name: string): void {
    const topics = new Map(this.topics);
    for (const topic of topics.values()) if (topic.name === name) topics.delete(topic.id);
    this.apply(topics);
  }

  /** Changes partition 0 as a PartitionChangeRecord does. */
  changePartition(name: string, change: Partial<PartitionRegistration>): void {
    const topic = [...this.topics.values()].find((candidate) => candidate.name === name)!;
    const before = topic.partitions[0]!;
    const leaderEpoch = before.leaderEpoch + (change.leader === undefined ? 0 : 1);
    const after = { ...before, leaderEpoch, partitionEpoch: before.partitionEpoch + 1, ...change };
    const partitions = [after, ...topic.partitions.slice(1)];
    this.apply(new Map(this.topics).set(topic.id, { ...topic, partitions }));
  }

  /** The controller takes this broker out of service. */
  fence(brokerId: number): void {
    this.fenced.add(brokerId);
    this.apply(this.topics, [brokerId]);
  }

  partition(topic: string, index = 0): Partition {
    return this.replicas.partition(topic, index)!;
  }

  /** Appends one batch of `count` records as a client's. */
  append(topic: string, count = 1, options: { timestamp?: number; valueBytes?: number; index?: number } = {}): void {
    const batch = this.batch(count, options);
    const info = this.partition(topic, options.index ?? 0).appendRecordsToLeader(batch, 1);
    if (info.errorCode !== 0) throw new Error(`Append failed with ${info.errorCode}`);
  }

  batch(count = 1, options: BatchOptions = {}): Uint8Array {
    const timestamp = options.timestamp ?? this.runtime.clock.now();
    const value = new Uint8Array(options.valueBytes ?? 10);
    const values = options.values ?? Array.from({ length: count }, () => value);
    const records = values.map((each) => ({ timestamp, key: null, value: each }));
    return buildBatch({ ...options, records }, this.runtime);
  }

  send<Req extends Message, Res extends Message>(
    handler: ApiHandler<Req, Res>,
    apiVersion: number,
    request: Input<Req>,
    options: Partial<RequestContext> = {},
  ): Exchange<Infer<Res>> {
    const exchange: Exchange<Infer<Res>> = { response: undefined, disconnectReason: undefined };
    const context: RequestContext = {
      connectionId: "1",
      listenerName: "PLAINTEXT",
      principal: "User:ANONYMOUS",
      clientHost: "127.0.0.1",
      clientId: "test",
      apiKey: handler.request.apiKey ?? -1,
      apiVersion,
      correlationId: 1,
      receivedMs: this.runtime.clock.elapsed(),
      appendLine: this.appendLine,
      releaseFrame() {},
      breakDown: (error) => {
        throw error;
      },
      disconnect: (reason) => {
        exchange.disconnectReason = reason;
      },
      isDisconnected: () => exchange.disconnectReason !== undefined,
      onDisconnected: () => {},
      ...options,
    };
    const decoded = decode(handler.request, apiVersion, encodeToBytes(handler.request, apiVersion, request));
    handler.handle(this.services, context, decoded as Infer<Req>, (response) => {
      if (exchange.response !== undefined) throw new Error("Answered twice");
      exchange.response =
        response === null
          ? null
          : (decode(
              handler.response,
              apiVersion,
              readParts(encode(handler.response, apiVersion, response)),
            ) as Infer<Res>);
    });
    return exchange;
  }

  private image(): MetadataImage {
    const { topics } = this;
    const endpoint = (id: number) => ({ name: "PLAINTEXT", host: `broker-${id}`, port: 9_092, securityProtocol: 0 });
    const broker = (id: number) => ({
      id,
      epoch: id * 100,
      listeners: new Map([["PLAINTEXT", endpoint(id)]]),
      rack: this.racks.get(id) ?? null,
      fenced: this.fenced.has(id),
      inControlledShutdown: false,
      cordonedDirectories: [],
    });
    return {
      topics: {
        byId: (id: string) => topics.get(id),
        byName: (name: string) => [...topics.values()].find((topic) => topic.name === name),
      },
      brokers: new Map([1, 2, 3].map((id) => [id, broker(id)])),
      features: new Map(),
    } as unknown as MetadataImage;
  }

  private apply(topics: Map<string, TopicImage>, brokers: readonly number[] = []): void {
    const before = this.topics;
    this.topics = topics;
    const delta = new Map();
    for (const id of new Set([...before.keys(), ...topics.keys()])) {
      const [old, now] = [before.get(id), topics.get(id)];
      if (old === now) continue;
      const changed = (now?.partitions ?? []).filter((partition, index) => partition !== old?.partitions[index]);
      delta.set(id, { before: old, after: now, partitions: new Set(changed.map(({ partitionId }) => partitionId)) });
    }
    const slices = this.replicas.applyMetadata({ topics: delta, brokers: new Set(brokers), configs: [] }, this.image());
    while (!slices.next().done) this.betweenSlices();
  }
}

/** A valid topic id that can be recognised: the name, filled up. */
export function topicId(name: string): string {
  return `${name.replaceAll(/[^a-zA-Z0-9]/g, "-")}${"A".repeat(22)}`.slice(0, 22);
}

/** The offsets of the batches in the records of an answer. */
export function batchOffsets(records: readonly Part[] | null | undefined): number[] {
  const bytes = readParts(records ?? []);
  return [...RecordBatch.batchPositions(bytes)].map((position) => RecordBatch.baseOffset(bytes, position));
}

function registration(partitionId: number, replicas: number[], isr: number[], leader: number): PartitionRegistration {
  return {
    partitionId,
    replicas,
    directories: replicas.map(() => "AAAAAAAAAAAAAAAAAAAAAQ"),
    isr,
    removingReplicas: [],
    addingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader,
    leaderRecoveryState: 0,
    leaderEpoch: 0,
    partitionEpoch: 0,
  };
}

/** What a socket would get. */
function readParts(parts: readonly Part[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    if (part instanceof Uint8Array) bytes.set(part, position);
    else {
      const count = part.file.read(bytes.subarray(position, position + part.length), part.position);
      if (count !== part.length) throw new Error(`The range of ${part.length} bytes turned out as ${count}`);
    }
    position += part.length;
  }
  return bytes;
}

/** The same batch, of records of this one time. */
export function atTime(timestamp: bigint, batch: Uint8Array, { checksums }: SimulatedRuntime): Uint8Array {
  RecordBatch.setExactBaseTimestamp(batch, 0, timestamp);
  RecordBatch.setExactMaxTimestamp(batch, 0, timestamp);
  RecordBatch.writeChecksum(batch, 0, checksums);
  return batch;
}
