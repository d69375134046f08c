import {
  createLoopbackNetwork,
  createMemoryFiles,
  createSimulatedRuntime,
  ManualClock,
  type MemoryFiles,
  MemoryLog,
  type SimulatedRuntime,
} from "../../adapters/simulator/index.ts";
import { type Broker, startBroker } from "../../src/broker.ts";
import { ClientConnection } from "../../src/client/client-connection.ts";
import { createConfig } from "../../src/config/create-config.ts";
import { formatStorage, type InitialQuorum } from "../../src/node/storage-format.ts";
import type { Message } from "../../src/protocol/schema.ts";
import type { VoterNode } from "../../src/raft/voter-set.ts";
import type { Address } from "../../src/runtime.ts";
import { type StallingFiles, WatchableFiles } from "../log/stalling-files.ts";
import { MortalClock } from "./mortal-clock.ts";
import { MortalNetwork } from "./mortal-network.ts";
import { voterNode } from "./voter-node.ts";

const CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw";
const BROKER_PORT = 9000;
const CONTROLLER_PORT = 9500;

export interface SimulatedNodeOptions {
  readonly roles: "broker,controller" | "broker" | "controller";
  readonly settings?: Readonly<Record<string, string>>;
}

interface SimulatedNode {
  readonly id: number;
  readonly options: SimulatedNodeOptions;
  readonly files: MemoryFiles;
  log: MemoryLog;
  broker: Broker | undefined;
  /** By directory, of those that the node watches. */
  readonly disks: Map<string, StallingFiles>;
  /** Ends the process as SIGKILL does. */
  kill: () => void;
}

/** Whole nodes in one process, over one clock that is moved and one network in memory. */
export class SimulatedCluster {
  readonly clock = new ManualClock();
  readonly #network = createLoopbackNetwork({ clock: this.clock, log: new MemoryLog(), latencyMs: 1 });
  readonly #nodes = new Map<number, SimulatedNode>();
  readonly #voters: readonly VoterNode[];
  #starts = 0;

  /** Formats nodes 1 to N with the same initial controllers: those that have the role. */
  static async create(nodes: readonly SimulatedNodeOptions[]): Promise<SimulatedCluster> {
    const cluster = new SimulatedCluster(nodes);
    for (const node of cluster.#nodes.values()) await cluster.#format(node);
    return cluster;
  }

  private constructor(nodes: readonly SimulatedNodeOptions[]) {
    const controllers = nodes.flatMap(({ roles }, index) => (roles.includes("controller") ? [index + 1] : []));
    this.#voters = controllers.map((id) => voterNode(id, "127.0.0.1", CONTROLLER_PORT + id));
    for (const [index, options] of nodes.entries()) {
      const id = index + 1;
      const files = createMemoryFiles({ now: () => this.clock.now() });
      this.#nodes.set(id, {
        id,
        options,
        files,
        log: new MemoryLog(),
        broker: undefined,
        disks: new Map(),
        kill: () => {},
      });
    }
  }

  /** Starts nodes together, and answers when all of them are ready. */
  async start(...ids: number[]): Promise<void> {
    const starts = this.#selected(ids).map((node) => this.#start(node));
    await this.settled(Promise.all(starts));
  }

  node(id: number): Broker {
    const { broker } = this.#nodes.get(id)!;
    if (broker === undefined) throw new Error(`Node ${id} is not running`);
    return broker;
  }

  /** Of the brokers that run. */
  get runningBrokers(): readonly number[] {
    return [...this.#nodes.values()].flatMap(({ id, broker, options }) =>
      broker !== undefined && options.roles.includes("broker") ? [id] : [],
    );
  }

  /** Where brokers listen for clients, whether they run or not. */
  get addresses(): readonly Address[] {
    const brokers = [...this.#nodes.values()].filter(({ options }) => options.roles.includes("broker"));
    return brokers.map(({ id }) => ({ host: "127.0.0.1", port: BROKER_PORT + id }));
  }

  /** For a client on a computer of its own. */
  clientRuntime(): SimulatedRuntime {
    return createSimulatedRuntime({ seed: ++this.#starts, clock: this.clock, network: this.#network });
  }

  logOf(id: number): readonly string[] {
    return this.#nodes.get(id)!.log.lines.map(({ level, line }) => `${level} ${line}`);
  }

  /** Which the node watches. */
  diskOf(id: number, directory: string): StallingFiles {
    const disk = this.#nodes.get(id)!.disks.get(directory);
    if (disk === undefined) throw new Error(`Node ${id} does not watch ${directory}`);
    return disk;
  }

  filesOf(id: number): MemoryFiles {
    return this.#nodes.get(id)!.files;
  }

  /** What was written is in the files, synced or not; connections are reset, and nobody listens any more. */
  kill(id: number): void {
    const node = this.#nodes.get(id)!;
    node.kill();
    node.broker = undefined;
  }

  async stop(...ids: number[]): Promise<void> {
    const closing = this.#selected(ids).map(async (node) => {
      await node.broker?.close();
      node.broker = undefined;
    });
    await this.settled(Promise.all(closing));
  }

  /** One request on a connection of its own, to a broker's listener or a controller's. */
  async ask<Q, QI, A, AI>(
    id: number,
    request: Message<Q, QI>,
    response: Message<A, AI>,
    body: QI,
    options: { readonly toController?: boolean; readonly version?: number } = {},
  ): Promise<A> {
    const port = (options.toController ? CONTROLLER_PORT : BROKER_PORT) + id;
    const asking = async () => {
      const runtime = { clock: this.clock, network: this.#network };
      const limits = { clientId: "test", connectTimeoutMs: 1000, requestTimeoutMs: 60_000 };
      const connection = await ClientConnection.open(runtime, { host: "127.0.0.1", port }, limits);
      const version = options.version === undefined ? {} : { version: options.version };
      const answer = await connection.request(request, response, body, version);
      connection.close();
      return answer;
    };
    return this.settled(asking());
  }

  /** Lets time go on until the promise has settled. */
  async settled<T>(promise: Promise<T>, withinMs = 120_000): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    promise.then(done, done);
    await this.clock.advanceWithPromises(withinMs, () => isDone);
    if (!isDone) throw new Error(`Nothing has come of it within ${withinMs} simulated ms`);
    return promise;
  }

  advance(durationMs: number): Promise<void> {
    return this.clock.advanceWithPromises(durationMs);
  }

  #selected(ids: readonly number[]): SimulatedNode[] {
    return [...this.#nodes.values()].filter(({ id }) => ids.length === 0 || ids.includes(id));
  }

  async #start(node: SimulatedNode): Promise<void> {
    const { files } = node;
    const computer = createSimulatedRuntime({ seed: ++this.#starts, clock: this.clock, network: this.#network, files });
    const clock = new MortalClock(computer.clock);
    const network = new MortalNetwork(computer.network);
    node.log = computer.log;
    node.kill = () => {
      clock.kill();
      network.kill();
      files.releaseLocks();
    };
    const { config } = createConfig({ given: [new Map(Object.entries(this.#settings(node)))], defaults: new Map() });
    const watched = new WatchableFiles(files, node.disks);
    node.broker = await startBroker({ ...computer, clock, network, files: watched }, config);
  }

  #settings({ id, options }: SimulatedNode): Record<string, string> {
    const isController = options.roles.includes("controller");
    const listeners = [
      ...(options.roles.includes("broker") ? [`PLAINTEXT://127.0.0.1:${BROKER_PORT + id}`] : []),
      ...(isController ? [`CONTROLLER://127.0.0.1:${CONTROLLER_PORT + id}`] : []),
    ];
    return {
      "process.roles": options.roles,
      "node.id": String(id),
      listeners: listeners.join(","),
      "controller.listener.names": "CONTROLLER",
      "controller.quorum.bootstrap.servers": this.#voters
        .map((voter) => `127.0.0.1:${CONTROLLER_PORT + voter.id}`)
        .join(","),
      "log.dirs": `/data/${id}`,
      ...options.settings,
    };
  }

  async #format({ id, files, options }: SimulatedNode): Promise<void> {
    const runtime = createSimulatedRuntime({ seed: id, clock: this.clock, files });
    const quorum: InitialQuorum = options.roles.includes("controller")
      ? { kind: "initialControllers", voters: this.#voters }
      : { kind: "none" };
    const directory = `/data/${id}`;
    await this.settled(
      formatStorage(runtime, {
        nodeId: id,
        clusterId: CLUSTER_ID,
        logDirs: [directory],
        metadataLogDir: options.settings?.["metadata.log.dir"] ?? directory,
        quorum,
      }),
    );
  }
}
