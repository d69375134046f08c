/**
 * A node from its parts: its replica of the metadata log, and, by its roles, a controller, a broker, or both, with the
 * listeners in front of them. The only file that knows every part.
 */
import { brokerApis, controllerApis } from "./api/index.ts";
import type { Config } from "./config/config.ts";
import type { MetadataListener } from "./controller/metadata-image.ts";
import type { LogManager } from "./log/log-manager.ts";
import { BrokerNode } from "./node/broker-node.ts";
import { ControllerChannel } from "./node/controller-channel.ts";
import { ControllerNode } from "./node/controller-node.ts";
import { DirectoryProbes } from "./node/directory-probes.ts";
import { forwardingController } from "./node/forwarding-controller.ts";
import { controllerListenerName, MetadataQuorum } from "./node/metadata-quorum.ts";
import { NodeListeners } from "./node/node-listeners.ts";
import { type NodeIdentity, prepareStorage } from "./node/node-storage.ts";
import { isCodeGenerationAllowed } from "./protocol/compile.ts";
import type { ReplicaStatus } from "./replica/replica-status.ts";
import type { Address, Runtime } from "./runtime.ts";
import { Metrics } from "./server/metrics.ts";

export interface Broker {
  readonly nodeId: number;
  readonly clusterId: string;
  /** By listener name: where it is bound. */
  readonly listeners: ReadonlyMap<string, Address>;
  /** `host:port` of the first listener, for a client's `bootstrap.servers`; of a controller's when there is no broker. */
  readonly bootstrapServers: string;
  readonly metrics: Metrics;
  /** Undefined for a node that is no broker. */
  readonly logs: LogManager | undefined;
  /** How its replicas are; undefined for a node that is no broker, or that has none yet. */
  readonly replicas: ReplicaStatus | undefined;
  /** Undefined for a node that is no controller. */
  readonly isActiveController: boolean | undefined;
  /** False before the start is complete, and from the moment a stop has begun. */
  readonly isReady: boolean;
  /**
   * A clean stop: idempotent. Resolves when files and sockets are closed, with false when a directory was left as by a kill,
   * as its disk has failed or does not answer.
   */
  close(): Promise<boolean>;
}

export interface StartOptions {
  /** The id that an empty data directory is formatted with, a random one when left out; directories of another one are refused. */
  readonly clusterId?: string;
  /** Told every step of the committed metadata, from what the node starts with on. */
  readonly metadataListener?: MetadataListener;
  /** Gets the node while it starts: what it tells of itself may be asked for, and it is not ready. */
  readonly onStarting?: (broker: Broker) => void;
}

/** Starts a node and resolves when clients can use it. Rejects, with everything closed again, when it cannot. */
export async function startBroker(runtime: Runtime, config: Config, options: StartOptions = {}): Promise<Broker> {
  const node = new Node(runtime, config);
  options.onStarting?.(node);
  try {
    await node.start(options);
    return node;
  } catch (error) {
    await node.abandon();
    throw error;
  }
}

/** What {@link startBroker} starts, in the order in which one part needs the other. */
class Node implements Broker {
  readonly nodeId: number;
  clusterId = "";
  readonly metrics = new Metrics();
  private isStarted = false;
  private readonly runtime: Runtime;
  private readonly config: Config;
  private readonly nodeListeners: NodeListeners;
  private quorum: MetadataQuorum | undefined;
  private channel: ControllerChannel | undefined;
  private controller: ControllerNode | undefined;
  private broker: BrokerNode | undefined;
  private closing: Promise<boolean> | undefined;

  constructor(runtime: Runtime, config: Config) {
    this.runtime = runtime;
    this.config = config;
    this.nodeId = config["node.id"];
    this.nodeListeners = new NodeListeners({ runtime, config, metrics: this.metrics });
  }

  get isReady(): boolean {
    return this.isStarted && this.broker?.isUsable !== false;
  }

  get listeners(): ReadonlyMap<string, Address> {
    return this.nodeListeners.bound;
  }

  get logs(): LogManager | undefined {
    return this.broker?.logs;
  }

  get replicas(): ReplicaStatus | undefined {
    return this.broker?.replicas;
  }

  get isActiveController(): boolean | undefined {
    return this.controller?.controller.isActive;
  }

  get bootstrapServers(): string {
    return this.nodeListeners.bootstrapServers;
  }

  async start({ clusterId, metadataListener }: StartOptions): Promise<void> {
    const { runtime, config } = this;
    const startedMs = runtime.clock.elapsed();
    if (!isCodeGenerationAllowed()) {
      runtime.log.write(
        "info",
        "Code generation is not allowed here: messages are read and written by closures, which is slower",
      );
    }
    // The ports first: what cannot be bound should not wait for recovery.
    await this.nodeListeners.bind();
    const probes = new DirectoryProbes(runtime, config);
    try {
      const dead = await probes.findDead();
      const identity = await prepareStorage(runtime, config, clusterId, this.nodeListeners.voterEndpoints(), dead);
      this.clusterId = identity.clusterId;
      if (config["process.roles"].includes("broker")) this.broker = this.newBroker(identity);
      await this.startQuorum(identity, metadataListener);
    } finally {
      probes.close();
    }
    this.isStarted = true;
    const elapsedMs = Math.round(runtime.clock.elapsed() - startedMs);
    const partitions = this.logs === undefined ? "" : ` (${this.logs.size} partitions)`;
    const line = `${this.name} of cluster ${this.clusterId} is ready at ${this.bootstrapServers} after ${elapsedMs} ms${partitions}`;
    // Behind the requests that have waited for this.
    runtime.clock.defer(() => runtime.log.write("info", line));
    this.broker?.served();
  }

  close(): Promise<boolean> {
    this.closing ??= this.stop();
    return this.closing;
  }

  /** After a start that failed: frees what was taken, and leaves the files as they are. */
  async abandon(): Promise<void> {
    await this.nodeListeners.close();
    this.channel?.close();
    this.controller?.close();
    this.broker?.abandon();
    await this.quorum?.raft.close();
  }

  /** The broker first, as its controller can still help it; then the controller, as others can still hear who is next. */
  private async stop(): Promise<boolean> {
    const { log } = this.runtime;
    this.isStarted = false;
    log.write("info", `${this.name} is stopping`);
    await this.broker?.prepareToStop();
    await this.nodeListeners.closeBroker();
    const isClean = (await this.broker?.stop()) !== false;
    this.channel!.close();
    this.controller?.close();
    let isMetadataClean: boolean;
    try {
      isMetadataClean = await this.quorum!.raft.close();
    } finally {
      await this.nodeListeners.closeController();
    }
    log.write("info", `${this.name} has stopped`);
    return isClean && isMetadataClean;
  }

  /** Controllers answer each other before anybody leads; a broker's clients wait until it is let in. */
  private async startQuorum(identity: NodeIdentity, metadataListener?: MetadataListener): Promise<void> {
    const { runtime, config, nodeListeners } = this;
    const endpoints = nodeListeners.voterEndpoints();
    const quorum = await MetadataQuorum.load({ runtime, config, identity, endpoints });
    this.quorum = quorum;
    quorum.loader.register(nodeListeners);
    if (metadataListener !== undefined) quorum.loader.register(metadataListener);
    if (config["process.roles"].includes("controller")) {
      const { clusterId } = identity;
      const { interBrokerListenerName } = nodeListeners;
      this.controller = new ControllerNode({
        runtime,
        config,
        clusterId,
        quorum,
        interBrokerListenerName,
        handlers: controllerApis,
      });
    }
    const controller = this.activeController(quorum);
    quorum.raft.start();
    if (this.controller !== undefined) {
      nodeListeners.serveController(this.controller.apis);
      this.controller.register(controller, nodeListeners.advertisedController());
    }
    if (this.broker === undefined) return;
    const onNewLeader = (listener: () => void) => this.channel!.onNewLeader(listener);
    nodeListeners.serveBroker(await this.broker.start({ quorum, controller, onNewLeader }));
  }

  private activeController(quorum: MetadataQuorum) {
    const { runtime, config, nodeId } = this;
    const channel = new ControllerChannel({
      runtime,
      nodeId,
      listenerName: controllerListenerName(config),
      leader: () => quorum.raft.leader,
      connectTimeoutMs: config["controller.quorum.request.timeout.ms"],
    });
    this.channel = channel;
    // Behind the controller: when it is told of another leader, the one of this node knows already what it is.
    quorum.raft.register(channel);
    return forwardingController({
      clock: runtime.clock,
      channel,
      local: this.controller?.controller,
      timeoutMs: config["request.timeout.ms"],
    });
  }

  private newBroker(identity: NodeIdentity): BrokerNode {
    const { runtime, config, nodeListeners } = this;
    return new BrokerNode({ runtime, config, identity, listeners: nodeListeners, handlers: brokerApis });
  }

  private get name(): string {
    return `${this.config["process.roles"].includes("broker") ? "Broker" : "Controller"} ${this.nodeId}`;
  }
}
