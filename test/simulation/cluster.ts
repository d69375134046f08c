import { createChecksums } from "../../adapters/shared/checksums.ts";
import {
  Internet,
  Scheduler,
  type SeededRandom,
  SimulatedComputer,
  type SimulatedProcess,
} from "../../adapters/simulator/index.ts";
import { type Broker, startBroker } from "../../src/broker.ts";
import { ClientConnection } from "../../src/client/client-connection.ts";
import type { Config } from "../../src/config/config.ts";
import { createConfig } from "../../src/config/create-config.ts";
import type { MetadataImage, MetadataListener } from "../../src/controller/metadata-image.ts";
import { readMetaProperties } from "../../src/log/meta-properties.ts";
import { isSystemError } from "../../src/log/storage-guard.ts";
import { formatStorage, type InitialQuorum } from "../../src/node/storage-format.ts";
import type { Message } from "../../src/protocol/schema.ts";
import { parseElectionState, QUORUM_STATE_FILE } from "../../src/raft/election-state.ts";
import type { VoterNode } from "../../src/raft/voter-set.ts";
import type { Address } from "../../src/runtime.ts";
import { voterNode } from "../cluster/voter-node.ts";
import type { ClusterEvent } from "./cluster-event.ts";
import type { FlippedBit } from "./flipped-bit.ts";
import { DATA_DIRECTORY, readFile } from "./stored-logs.ts";

export type NodeRoles = "broker,controller" | "broker" | "controller";

export interface NodeOptions {
  readonly id: number;
  readonly roles: NodeRoles;
}

export interface ClusterOptions {
  readonly random: SeededRandom;
  readonly nodes: readonly NodeOptions[];
  readonly settings: Readonly<Record<string, string>>;
  /** Of each broker; the first one has the metadata log. */
  readonly logDirs: readonly string[];
  readonly saw: (event: ClusterEvent) => void;
}

/** A node: a computer, its role, and the broker that runs there, if one does. */
export interface ClusterNode extends NodeOptions {
  readonly computer: SimulatedComputer;
  broker: Broker | undefined;
  /** The newest one that it had. */
  image: MetadataImage | undefined;
  /** It has to run; something that ends it lets it be started again. */
  isWanted: boolean;
}

const CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw";
const BROKER_PORT = 9092;
const CONTROLLER_PORT = 9093;
const RESTART_DELAY_MS = 2_000;
const FORMAT_LIMIT_MS = 10_000;
/** A quartz is off by so many parts in ten thousand, at most. */
const MAX_DRIFT = 20;

/** Whole nodes on computers of their own: brokers and controllers as they are, everything under them simulated. */
export class Cluster {
  readonly scheduler = new Scheduler();
  readonly internet: Internet;
  readonly nodes: readonly ClusterNode[];
  /** Since all replicas were last in sync. */
  powerLosses = 0;
  /** Bits that have flipped, and are not made good yet. */
  readonly damaged = new Set<FlippedBit>();
  readonly #options: ClusterOptions;
  readonly #checksums = createChecksums();
  readonly #clients: SimulatedComputer[] = [];
  readonly #configs = new Map<number, Config>();

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { random, nodes } = options;
    this.internet = new Internet(this.scheduler, random.fork());
    this.nodes = nodes.map((node) => ({
      ...node,
      computer: this.#computer(`node-${node.id}`),
      broker: undefined,
      image: undefined,
      isWanted: false,
    }));
    for (const node of this.nodes) node.computer.disk.onReplaced = (path) => this.#replaced(node, path);
  }

  get brokers(): readonly ClusterNode[] {
    return this.nodes.filter(({ roles }) => roles.includes("broker"));
  }

  get controllers(): readonly ClusterNode[] {
    return this.nodes.filter(({ roles }) => roles.includes("controller"));
  }

  /** Whether, as the node sees it that knows most, all replicas of all partitions are in sync. */
  get isInSync(): boolean {
    return [...this.#newestImage.topics].every(({ partitions }) =>
      partitions.every(({ leader, replicas, isr }) => leader >= 0 && isr.length === replicas.length),
    );
  }

  /** By partition, as the node sees it that knows most. */
  get replicas(): ReadonlyMap<string, readonly number[]> {
    const topics = [...this.#newestImage.topics];
    return new Map(
      topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionId, replicas }) => [`${name}-${partitionId}`, replicas] as const),
      ),
    );
  }

  /** Those with a leader, as the node sees it that knows most. */
  ledPartitions() {
    return [...this.#newestImage.topics].flatMap(({ name, partitions }) =>
      partitions.flatMap(({ leader, replicas }, index) =>
        leader < 0 ? [] : { topic: name, index, leaderId: leader, replicas },
      ),
    );
  }

  /** The controllers as voters of the quorum, with the disks that they have now. */
  get voters(): readonly VoterNode[] {
    return this.controllers.map((node) => {
      const voter = voterNode(node.id, node.computer.name, CONTROLLER_PORT);
      return { ...voter, directoryId: directoryIdOf(node) ?? voter.directoryId };
    });
  }

  /** Of the clients' computers. */
  get clients(): readonly SimulatedComputer[] {
    return this.#clients;
  }

  get bootstrap(): readonly Address[] {
    return this.brokers.map(({ computer }) => ({ host: computer.name, port: BROKER_PORT }));
  }

  async format(): Promise<void> {
    const { voters } = this;
    for (const node of this.nodes) {
      const isController = node.roles.includes("controller");
      const formatting = this.#format(node, isController ? { kind: "initialControllers", voters } : { kind: "none" });
      await this.scheduler.settled(formatting, FORMAT_LIMIT_MS, `formatting node ${node.id}`);
      await this.scheduler.run(10 * node.computer.disk.syncMs);
      node.computer.kill();
    }
  }

  /** The computer is off, and has an empty disk when it is on again, which is formatted before the node starts. */
  replaceDisk(node: ClusterNode): void {
    const { computer } = node;
    this.losePower(node);
    computer.disk.replace();
    void this.#format(node, { kind: "none" }).then(
      () => {
        computer.kill();
        if (node.isWanted) this.start(node);
      },
      (error) => this.scheduler.fail(error),
    );
  }

  async #format({ id, roles, computer }: ClusterNode, quorum: InitialQuorum): Promise<void> {
    const { files } = computer.disk;
    const logDirs = this.#logDirsOf(roles);
    for (const directory of logDirs) files.makeDirectory(directory);
    await files.syncDirectory("/");
    const options = { nodeId: id, clusterId: CLUSTER_ID, logDirs, metadataLogDir: DATA_DIRECTORY, quorum };
    await formatStorage(computer.startProcess(), options);
  }

  /** Has the node run from now on: what ends it itself, as a start that fails, is tried again. */
  start(node: ClusterNode): void {
    node.isWanted = true;
    if (node.computer.isRunning) return;
    const process = node.computer.startProcess((error) => this.#ended(node, process, error));
    const config = this.#configOf(node);
    const metadataListener: MetadataListener = {
      onBatch: (_, image) => {
        node.image = image;
        this.saw({ type: "metadata applied", nodeId: node.id, image });
      },
    };
    startBroker(process, config, { metadataListener }).then(
      (broker) => {
        if (node.computer.process !== process) return;
        node.broker = broker;
        this.saw({ type: "node started", nodeId: node.id });
      },
      (error) => {
        const { disk } = node.computer;
        // Where the disk fails as well, the start may have come no further than to that.
        const isOfDisk = isSystemError(error) || disk.isFailing || disk.isFull;
        if (node.computer.process === process && !isOfDisk) {
          this.saw({ type: "node refused", nodeId: node.id, message: error.message });
        }
        this.#ended(node, process, error);
      },
    );
  }

  /** Tells it to those who judge. */
  saw(event: ClusterEvent): void {
    this.#options.saw(event);
  }

  kill(node: ClusterNode): void {
    node.isWanted = false;
    node.broker = undefined;
    node.computer.kill();
  }

  losePower(node: ClusterNode): void {
    node.isWanted = false;
    node.broker = undefined;
    node.computer.losePower();
    this.powerLosses++;
  }

  /** As SIGTERM; the process ends when it is done, or when its disk does not let it finish. */
  async stop(node: ClusterNode): Promise<void> {
    node.isWanted = false;
    const { broker } = node;
    const { process } = node.computer;
    if (broker === undefined) return this.kill(node);
    node.broker = undefined;
    try {
      await broker.close();
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
    if (node.computer.process === process) node.computer.kill();
  }

  pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.scheduler.schedule(delayMs, resolve));
  }

  /** A process on a computer of its own. */
  startClient(name: string): SimulatedProcess {
    const computer = this.#computer(name);
    this.#clients.push(computer);
    return computer.startProcess();
  }

  /** A connection to a broker's listener, or a controller's. */
  connect(from: SimulatedProcess, node: ClusterNode, toController = false): Promise<ClientConnection> {
    const address = { host: node.computer.name, port: toController ? CONTROLLER_PORT : BROKER_PORT };
    const limits = { clientId: "administrator", connectTimeoutMs: 2_000, requestTimeoutMs: 10_000 };
    return ClientConnection.open(from, address, limits);
  }

  /** One request on a connection of its own. */
  async ask<Q, QI, A, AI>(
    from: SimulatedProcess,
    node: ClusterNode,
    request: Message<Q, QI>,
    response: Message<A, AI>,
    body: QI,
    toController = false,
  ): Promise<A> {
    const connection = await this.connect(from, node, toController);
    try {
      return await connection.request(request, response, body);
    } finally {
      connection.close();
    }
  }

  get #newestImage(): MetadataImage {
    return this.nodes.flatMap(({ image }) => image ?? []).reduce((a, b) => (b.offset > a.offset ? b : a));
  }

  #computer(name: string): SimulatedComputer {
    const { random } = this.#options;
    const drift = (random.integer(2 * MAX_DRIFT + 1) - MAX_DRIFT) / 10_000;
    return new SimulatedComputer({
      name,
      scheduler: this.scheduler,
      internet: this.internet,
      random: random.fork(),
      checksums: this.#checksums,
      rate: 1 + drift,
    });
  }

  #ended(node: ClusterNode, process: SimulatedProcess, error: Error): void {
    if (node.computer.process !== process) return;
    process.log.write("error", `The process has ended: ${error.message}`);
    node.broker = undefined;
    node.computer.kill();
    this.scheduler.schedule(RESTART_DELAY_MS, () => {
      if (node.isWanted) this.start(node);
    });
  }

  #replaced(node: ClusterNode, path: string): void {
    if (!path.endsWith(`/${QUORUM_STATE_FILE}`)) return;
    const text = new TextDecoder().decode(readFile(node.computer.disk.files, path));
    const { epoch, leaderId, voted } = parseElectionState(text);
    const directoryId = directoryIdOf(node) ?? "";
    this.saw({ type: "quorum state written", nodeId: node.id, directoryId, epoch, leaderId, votedId: voted?.id ?? -1 });
  }

  /** The same at every start. */
  #configOf(node: ClusterNode): Config {
    let config = this.#configs.get(node.id);
    if (config === undefined) {
      ({ config } = createConfig({ given: [new Map(Object.entries(this.#settings(node)))], defaults: new Map() }));
      this.#configs.set(node.id, config);
    }
    return config;
  }

  #settings({ id, roles, computer }: ClusterNode): Record<string, string> {
    const listeners = [
      ...(roles.includes("broker") ? [`PLAINTEXT://${computer.name}:${BROKER_PORT}`] : []),
      ...(roles.includes("controller") ? [`CONTROLLER://${computer.name}:${CONTROLLER_PORT}`] : []),
    ];
    return {
      "process.roles": roles,
      "node.id": String(id),
      listeners: listeners.join(","),
      "controller.listener.names": "CONTROLLER",
      "controller.quorum.bootstrap.servers": this.controllers
        .map((controller) => `${controller.computer.name}:${CONTROLLER_PORT}`)
        .join(","),
      "log.dirs": this.#logDirsOf(roles).join(","),
      ...this.#options.settings,
    };
  }

  #logDirsOf(roles: NodeRoles): readonly string[] {
    return roles.includes("broker") ? this.#options.logDirs : [DATA_DIRECTORY];
  }
}

/** Undefined while it has none. */
function directoryIdOf({ computer }: ClusterNode): string | undefined {
  return readMetaProperties(computer.disk.files, DATA_DIRECTORY)?.directoryId;
}
