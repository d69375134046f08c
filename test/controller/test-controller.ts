import { createSimulatedRuntime, type MemoryFiles, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { singleNodeSettings } from "../../src/config/single-node.ts";
import { initialFeatures } from "../../src/controller/activation.ts";
import type { Controller, ControllerOperation } from "../../src/controller/controller.ts";
import { type ControllerRequestContext, internalContext } from "../../src/controller/controller-request-context.ts";
import { SUPPORTED_FEATURES } from "../../src/controller/feature-levels.ts";
import type { MetadataDelta, MetadataImage } from "../../src/controller/metadata-image.ts";
import { MetadataLoader } from "../../src/controller/metadata-loader.ts";
import { QuorumController } from "../../src/controller/quorum-controller.ts";
import { withDefaults } from "../../src/protocol/codec.ts";
import { BrokerHeartbeatRequest } from "../../src/protocol/messages/broker-heartbeat.ts";
import { BrokerRegistrationRequest } from "../../src/protocol/messages/broker-registration.ts";
import { CreateTopicsRequest } from "../../src/protocol/messages/create-topics.ts";
import type { MetadataRecord } from "../../src/protocol/metadata-records/index.ts";
import type { Input, Message } from "../../src/protocol/schema.ts";
import { uuidFromBytes } from "../../src/protocol/uuid.ts";
import type { MetadataBatch } from "../../src/raft/metadata-batch.ts";
import { RaftDriver } from "../../src/raft/raft-driver.ts";
import type { RaftListener } from "../../src/raft/raft-listener.ts";
import { writeSnapshot } from "../../src/raft/snapshot-file.ts";
import type { VoterNode } from "../../src/raft/voter-set.ts";
import { CLUSTER_ID, driverOptions } from "../raft/raft-options.ts";

export { CLUSTER_ID } from "../raft/raft-options.ts";

const LOG_DIRECTORY = "/data/__cluster_metadata-0";

const local: VoterNode = {
  id: 1,
  directoryId: uuid(1, 1),
  endpoints: [{ name: "CONTROLLER", host: "127.0.0.1", port: 9093 }],
  supportedKRaftVersion: { min: 0, max: 1 },
};

/** Nothing is known of it but where it is. */
const staticVoter: VoterNode = {
  ...local,
  directoryId: uuidFromBytes(new Uint8Array(16)),
  supportedKRaftVersion: { min: 0, max: 0 },
};

export interface TestControllerOptions {
  /** Of a node that stopped or crashed. */
  readonly files?: MemoryFiles;
  readonly settings?: Readonly<Record<string, string>>;
  readonly bootstrap?: readonly MetadataRecord[];
  /** 0: the voter is configured, as `controller.quorum.voters` does. */
  readonly kraftVersion?: 0 | 1;
  /** Follows the log behind the loader. */
  readonly listener?: (node: TestController) => RaftListener;
}

/** A controller over a real metadata log on a simulated disk. Brokers exist only as the requests they would send. */
export class TestController {
  readonly runtime: SimulatedRuntime;
  readonly raft: RaftDriver;
  readonly controller: QuorumController;
  readonly loader: MetadataLoader;
  readonly deltas: MetadataDelta[] = [];
  readonly batches: MetadataBatch[] = [];
  readonly #epochs = new Map<number, number>();

  static async start(options: TestControllerOptions = {}): Promise<TestController> {
    const runtime = createSimulatedRuntime({ seed: 1, files: options.files });
    const { bootstrap = initialFeatures(), kraftVersion = 1 } = options;
    if (options.files === undefined) await format(runtime, bootstrap, kraftVersion);
    const quorum = kraftVersion === 0 ? { staticVoters: [staticVoter] } : {};
    const raft = await settle(runtime, RaftDriver.load(driverOptions(runtime, local, quorum)));
    return new TestController(runtime, raft, options);
  }

  private constructor(runtime: SimulatedRuntime, raft: RaftDriver, options: TestControllerOptions) {
    this.runtime = runtime;
    this.raft = raft;
    this.loader = new MetadataLoader(CLUSTER_ID);
    this.loader.register({ onBatch: (delta) => this.deltas.push(delta) });
    raft.register(this.loader);
    if (options.listener !== undefined) raft.register(options.listener(this));
    raft.register({
      handleLoadSnapshot() {},
      handleCommit: (batches) => this.batches.push(...batches),
      handleLeaderChange() {},
    });
    const { config } = createConfig({
      given: [new Map(Object.entries(options.settings ?? {}))],
      defaults: singleNodeSettings(),
    });
    this.controller = new QuorumController({ runtime, raft, clusterId: CLUSTER_ID, config });
    raft.start();
  }

  get image(): MetadataImage {
    return this.loader.image;
  }

  /** Every record committed since the start of this process, in order. */
  get committed(): MetadataRecord[] {
    return this.batches.flatMap((batch) => batch.records);
  }

  /** Lets everything happen that needs no time: elections, flushes, answers. */
  idle(): Promise<void> {
    return settle(this.runtime, Promise.resolve());
  }

  /** Sends a request with its defaults filled in, and answers its response. */
  async send<Request extends Message, Response extends Message>(
    operation: ControllerOperation<Request, Response>,
    schema: Request,
    request: Input<Request>,
    context: ControllerRequestContext = internalContext(schema.validVersions.highest),
  ): Promise<Input<Response>> {
    const complete = withDefaults(schema, request) as Parameters<typeof operation>[1];
    let answer: Input<Response> | undefined;
    operation(context, complete, (response) => {
      if (answer !== undefined) throw new Error("Answered twice");
      answer = response;
    });
    await this.idle();
    if (answer === undefined) throw new Error("Not answered");
    return answer;
  }

  /** Registers brokers and lets them catch up and work. */
  async brokersUp(...ids: number[]): Promise<void> {
    for (const id of ids) {
      await this.register(id);
      await this.heartbeat(id);
    }
  }

  async register(id: number, changes: Partial<Input<typeof BrokerRegistrationRequest>> = {}) {
    const response = await this.send(this.controller.registerBroker, BrokerRegistrationRequest, {
      brokerId: id,
      clusterId: CLUSTER_ID,
      incarnationId: uuid(9, id),
      listeners: [{ name: "PLAINTEXT", host: `broker-${id}`, port: 9092, securityProtocol: 0 }],
      features: [...SUPPORTED_FEATURES].map(([name, { min, max }]) => ({
        name,
        minSupportedVersion: min,
        maxSupportedVersion: max,
      })),
      rack: null,
      logDirs: [uuid(1, id)],
      ...changes,
    });
    if (response.errorCode === 0) this.#epochs.set(id, response.brokerEpoch ?? -1);
    return response;
  }

  heartbeat(id: number, changes: Partial<Input<typeof BrokerHeartbeatRequest>> = {}) {
    return this.send(this.controller.brokerHeartbeat, BrokerHeartbeatRequest, {
      brokerId: id,
      brokerEpoch: this.epochOf(id),
      currentMetadataOffset: this.image.offset,
      wantFence: false,
      wantShutDown: false,
      ...changes,
    });
  }

  epochOf(id: number): number {
    return this.#epochs.get(id) ?? -1;
  }

  /** The result of the one topic. */
  async createTopic(
    topic: Partial<Input<typeof CreateTopicsRequest>["topics"][number]>,
    options: { validateOnly?: boolean; context?: ControllerRequestContext } = {},
  ) {
    const complete = { name: "t", numPartitions: -1, replicationFactor: -1, assignments: [], configs: [], ...topic };
    const request = { topics: [complete], validateOnly: options.validateOnly ?? false };
    const { topics } = await this.send(this.controller.createTopics, CreateTopicsRequest, request, options.context);
    return topics[0]!;
  }

  /** The replicas, ISR and leader of each partition, for a glance: `1,2,3 isr 1,2 leader 1`. */
  partitions(topic: string): string[] {
    return this.image.topics
      .byName(topic)!
      .partitions.map(({ replicas, isr, leader, elr }) =>
        [`${replicas} isr ${isr} leader ${leader}`, ...(elr.length > 0 ? [`elr ${elr}`] : [])].join(" "),
      );
  }
}

/** A uuid for everyday use in tests; the first number says what kind of thing it names. */
export function uuid(kind: number, number: number): string {
  const bytes = new Uint8Array(16);
  bytes[0] = kind;
  bytes[15] = number;
  return uuidFromBytes(bytes);
}

/** Somebody who may do only what the list says: `operation type name`. */
export function contextOf(apiVersion: number, ...allowed: string[]): ControllerRequestContext {
  return {
    apiVersion,
    client: undefined,
    authorize: (operation, type, name) => allowed.includes(`${operation} ${type} ${name}`),
  };
}

export type { Controller };

async function format(
  runtime: SimulatedRuntime,
  records: readonly MetadataRecord[],
  kraftVersion: 0 | 1,
): Promise<void> {
  runtime.files.makeDirectory(LOG_DIRECTORY);
  const quorum = kraftVersion === 0 ? undefined : { kraftVersion, voters: [local] };
  const snapshot = { endOffset: 0, epoch: 0, lastContainedLogTimestampMs: 0, quorum, records };
  await writeSnapshot(runtime, LOG_DIRECTORY, snapshot, runtime.clock.now());
}

async function settle<T>(runtime: SimulatedRuntime, promise: Promise<T>): Promise<T> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  promise.then(done, done);
  // Long chains of promises take several turns: a write, its flush, the next one's.
  for (let turn = 0; turn < 10 || !isDone; turn++) await runtime.clock.advanceWithPromises(0);
  return promise;
}

/** One that leads, and has nothing left to do. */
export async function started(options: Parameters<typeof TestController.start>[0] = {}): Promise<TestController> {
  const node = await TestController.start(options);
  await node.idle();
  return node;
}
