import { addressText } from "../config/address-text.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { type Endpoint, type Listeners, resolveListeners, withBoundPorts } from "../config/listeners.ts";
import type { MetadataDelta, MetadataImage, MetadataListener } from "../controller/metadata-image.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import type { VoterEndpoint } from "../raft/voter-set.ts";
import type { Address, RangeTransfer, Runtime } from "../runtime.ts";
import type { ApiTable } from "../server/api-table.ts";
import { dynamicConfigOf } from "../server/config-layers-of.ts";
import { ConnectionQuotas, connectionLimitsOf } from "../server/connection-quotas.ts";
import { FramePool } from "../server/frame-pool.ts";
import { HostLimits } from "../server/host-limits.ts";
import type { Metrics } from "../server/metrics.ts";
import { RequestMemory } from "../server/request-memory.ts";
import { SocketServer } from "../server/socket-server.ts";
import type { AdvertisedListener } from "./broker-lifecycle.ts";

/** How many bytes of buffers for request frames are kept for the next requests. */
const FRAME_POOL_BYTES = 32 * 1024 * 1024;
/** A connection with this many requests in progress is not read. */
const MAX_IN_FLIGHT_PER_CONNECTION = 64;
const SECURITY_PROTOCOL_CODES = { PLAINTEXT: 0, SSL: 1, SASL_PLAINTEXT: 2, SASL_SSL: 3 } as const;

export interface NodeListenersOptions {
  readonly runtime: Runtime;
  readonly config: Config;
  readonly metrics: Metrics;
}

/** Every listener of a node: what is bound, what is advertised, and the connections behind it. */
export class NodeListeners implements MetadataListener {
  /** By listener name: where it is bound. */
  readonly bound = new Map<string, Address>();
  private readonly options: NodeListenersOptions;
  private readonly resolved: Listeners;
  private readonly framePool = new FramePool(FRAME_POOL_BYTES);
  private readonly brokerSockets: ListenerGroup;
  private readonly controllerSockets: ListenerGroup;
  private readonly requestMemory: RequestMemory;
  private readonly hostLimits: HostLimits;
  /** The settings in effect. */
  private limitedBy: Config;

  /** Throws a ConfigError when the configured listeners make no sense. */
  constructor(options: NodeListenersOptions) {
    this.options = options;
    this.requestMemory = new RequestMemory(options.config["queued.max.request.bytes"]);
    this.resolved = resolveListeners(options.config);
    this.hostLimits = new HostLimits(options.runtime.network);
    this.limitedBy = options.config;
    const limits = connectionLimitsOf(options.config, this.hostLimits.byAddress);
    const { log } = options.runtime;
    const protectedListener = this.resolved.broker.length > 1 ? this.resolved.interBrokerListenerName : undefined;
    this.brokerSockets = new ListenerGroup(new ConnectionQuotas({ limits, protectedListener, log }));
    this.controllerSockets = new ListenerGroup(new ConnectionQuotas({ limits, log }));
  }

  /** Binds all ports. Connections are accepted, and held until they are served. Rejects with the system's error or a ConfigError. */
  async bind(): Promise<void> {
    const transfers = new Map<string, RangeTransfer>();
    if (await this.hostLimits.update(this.limitedBy)) this.setLimits();
    for (const endpoint of this.resolved.broker) await this.bindOne(endpoint, this.brokerSockets, transfers);
    for (const endpoint of this.resolved.controller) await this.bindOne(endpoint, this.controllerSockets, transfers);
    reportRangeTransfers(transfers, this.options);
  }

  serveBroker(apis: ApiTable): void {
    this.brokerSockets.serve(apis);
  }

  serveController(apis: ApiTable): void {
    this.controllerSockets.serve(apis);
  }

  /** Takes over the limits on connections that are now in effect. */
  onBatch({ configs }: MetadataDelta, image: MetadataImage): void {
    if (!configs.some(({ type }) => type === ConfigResourceType.BROKER)) return;
    this.limitedBy = dynamicConfigOf(image, this.options.config);
    this.setLimits();
    this.hostLimits.update(this.limitedBy).then(
      (haveChanged) => haveChanged && this.setLimits(),
      (error: Error) => this.keepHostLimits(error),
    );
  }

  /** Hosts may be impossible to resolve, and a controller of another kind may have accepted values that cannot be parsed. */
  private keepHostLimits(error: Error): void {
    const { log, fatal } = this.options.runtime;
    if (!(error instanceof ConfigError)) fatal(error);
    log.write("error", `The limits on the connections of single hosts stay as they are: ${error.message}`);
  }

  private setLimits(): void {
    const limits = connectionLimitsOf(this.limitedBy, this.hostLimits.byAddress);
    for (const group of [this.brokerSockets, this.controllerSockets]) group.quotas.limits = limits;
  }

  closeBroker(): Promise<void> {
    return this.brokerSockets.close();
  }

  closeController(): Promise<void> {
    return this.controllerSockets.close();
  }

  async close(): Promise<void> {
    await this.closeBroker();
    await this.closeController();
  }

  /** `host:port` of the first broker listener, or else of the first controller listener. */
  get bootstrapServers(): string {
    const [first] = [...this.resolved.broker, ...this.resolved.controller];
    const bound = first && this.bound.get(first.listenerName);
    return bound === undefined ? "" : addressText(bound);
  }

  /** The listener by which brokers reach each other. */
  get interBrokerListenerName(): string {
    return this.resolved.interBrokerListenerName;
  }

  /** The addresses that the broker tells its clients to connect to. */
  advertised(): AdvertisedListener[] {
    return withBoundPorts(this.resolved.advertised, this.boundPorts()).map(describe);
  }

  advertisedController(): AdvertisedListener[] {
    return withBoundPorts(this.resolved.advertisedController, this.boundPorts()).map(describe);
  }

  voterEndpoints(): VoterEndpoint[] {
    return this.advertisedController().map(({ name, host, port }) => ({ name, host, port }));
  }

  private boundPorts(): ReadonlyMap<string, number> {
    return new Map([...this.bound].map(([name, { port }]) => [name, port]));
  }

  private async bindOne(
    endpoint: Endpoint,
    group: ListenerGroup,
    transfers: Map<string, RangeTransfer>,
  ): Promise<void> {
    const { config } = this.options;
    const socket = this.socketServer(endpoint, group);
    group.sockets.push(socket);
    const { host, port } = endpoint;
    const options = {
      backlog: config["socket.listen.backlog.size"],
      zeroCopy: config["polylog.zero.copy"] !== "off",
      sendBufferBytes: config["socket.send.buffer.bytes"] > 0 ? config["socket.send.buffer.bytes"] : undefined,
    };
    const listener = await socket.listen({ host, port }, options).catch((error: Error) => {
      error.message = `listeners: can't listen on ${endpoint.listenerName}://${host}:${port}: ${error.message}`;
      throw error;
    });
    this.bound.set(endpoint.listenerName, listener.address);
    transfers.set(endpoint.listenerName, listener.rangeTransfer);
  }

  private socketServer(endpoint: Endpoint, group: ListenerGroup): SocketServer {
    const { runtime, config, metrics } = this.options;
    return new SocketServer(
      {
        runtime,
        listenerName: endpoint.listenerName,
        get apis() {
          return group.apis!;
        },
        metrics,
        framePool: this.framePool,
        requestMemory: this.requestMemory,
        maxFrameBytes: config["socket.request.max.bytes"],
        maxInFlight: MAX_IN_FLIGHT_PER_CONNECTION,
      },
      {
        quotas: group.quotas,
        maxIdleMs: config["connections.max.idle.ms"],
      },
    );
  }
}

/** The listeners of one role: served, and closed, together. */
class ListenerGroup {
  readonly sockets: SocketServer[] = [];
  readonly quotas: ConnectionQuotas;
  apis: ApiTable | undefined = undefined;

  constructor(quotas: ConnectionQuotas) {
    this.quotas = quotas;
  }

  serve(apis: ApiTable): void {
    this.apis = apis;
    for (const socket of this.sockets) socket.serve();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) await socket.stopAccepting();
    await Promise.all(this.sockets.map((socket) => socket.close()));
  }
}

function describe({ listenerName, host, port, securityProtocol }: Endpoint): AdvertisedListener {
  return { name: listenerName, host, port, securityProtocol: SECURITY_PROTOCOL_CODES[securityProtocol] };
}

/** One line when all listeners are alike, as they are but for those that encrypt. */
function reportRangeTransfers(transfers: ReadonlyMap<string, RangeTransfer>, options: NodeListenersOptions): void {
  const namesByText = new Map<string, string[]>();
  for (const [name, transfer] of transfers) {
    const text = describeTransfer(transfer);
    namesByText.set(text, [...(namesByText.get(text) ?? []), name]);
  }
  if (options.config["polylog.zero.copy"] === "on") {
    const impossible = [...transfers.values()].find((transfer) => transfer.kind === "copy");
    if (impossible !== undefined) {
      throw new ConfigError([`polylog.zero.copy is on, and is not possible: ${impossible.reason}. Set it to auto.`]);
    }
  }
  for (const [text, names] of namesByText) {
    const which = namesByText.size === 1 ? "" : ` (${names.join(", ")})`;
    options.runtime.log.write("info", `zero copy${which}: ${text}`);
  }
}

function describeTransfer(transfer: RangeTransfer): string {
  return transfer.kind === "sendfile" ? "sendfile" : `copy, because ${transfer.reason}`;
}
