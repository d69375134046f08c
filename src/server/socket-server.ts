import type { Address, Cancel, Connection, ConnectionHandler, Listener, ListenOptions } from "../runtime.ts";
import { BrokerConnection, type ConnectionEnvironment } from "./connection.ts";

/** Limits of one listener, by Kafka's keys. */
export interface ConnectionLimits {
  /** `max.connections` */
  readonly maxConnections: number;
  /** `max.connections.per.ip` */
  readonly maxConnectionsPerIp: number;
  /** `max.connections.per.ip.overrides`: address to limit. */
  readonly maxConnectionsPerIpOverrides: ReadonlyMap<string, number>;
  /** `connections.max.idle.ms`; negative: never. */
  readonly maxIdleMs: number;
}

const STOP_GRACE_MS = 250;
const STOP_POLL_MS = 5;

/** One listener and its connections. */
export class SocketServer {
  private readonly environment: ConnectionEnvironment;
  private readonly limits: ConnectionLimits;
  private readonly connections = new Set<BrokerConnection>();
  private readonly countByIp = new Map<string, number>();
  private listener: Listener | undefined;
  private cancelSweep: Cancel | undefined;
  private sequence = 0;
  private isServing = false;

  constructor(environment: ConnectionEnvironment, limits: ConnectionLimits) {
    this.environment = environment;
    this.limits = limits;
  }

  /** Rejects with the system's error (EADDRINUSE, ...). */
  async listen(address: Address, options: ListenOptions): Promise<Pick<Listener, "address" | "rangeTransfer">> {
    const { network } = this.environment.runtime;
    this.listener = await network.listen(address, options, (connection) => this.accept(connection));
    if (this.limits.maxIdleMs >= 0) this.scheduleSweep();
    return this.listener;
  }

  /** Until this is called, connections are accepted but not read: the port is known before the broker is ready. */
  serve(): void {
    this.isServing = true;
    for (const connection of this.connections) connection.release();
  }

  /** Stops accepting. */
  async stopAccepting(): Promise<void> {
    await this.listener?.close();
  }

  /**
   * Closes every connection. Requests in progress have {@link STOP_GRACE_MS} to be answered: a producer that misses an
   * answer sends its records again.
   */
  async close(): Promise<void> {
    this.cancelSweep?.();
    const { clock } = this.environment.runtime;
    for (const connection of this.connections) connection.stopReading();
    const deadlineMs = clock.elapsed() + STOP_GRACE_MS;
    while (clock.elapsed() < deadlineMs && [...this.connections].some((connection) => !connection.isFlushed())) {
      await new Promise<void>((resolve) => clock.schedule(STOP_POLL_MS, resolve));
    }
    for (const connection of [...this.connections]) connection.reset();
  }

  private accept(connection: Connection): ConnectionHandler {
    const ip = connection.remote.host;
    const refusal = this.refusal(ip);
    if (refusal !== undefined) {
      this.environment.runtime.log.write("info", `Refusing a connection from ${ip}: ${refusal}`);
      this.environment.metrics.connectionFailed(this.environment.listenerName);
      connection.reset();
      return ignoring;
    }
    this.countByIp.set(ip, (this.countByIp.get(ip) ?? 0) + 1);
    const broker = new BrokerConnection(this.environment, connection, this.sequence++, () => {
      this.connections.delete(broker);
      const left = this.countByIp.get(ip)! - 1;
      if (left === 0) this.countByIp.delete(ip);
      else this.countByIp.set(ip, left);
    });
    this.connections.add(broker);
    if (!this.isServing) broker.hold();
    return broker;
  }

  private refusal(ip: string): string | undefined {
    const { maxConnections, maxConnectionsPerIp, maxConnectionsPerIpOverrides } = this.limits;
    if (this.connections.size >= maxConnections) return `max.connections=${maxConnections} are open`;
    const perIp = maxConnectionsPerIpOverrides.get(ip) ?? maxConnectionsPerIp;
    if ((this.countByIp.get(ip) ?? 0) >= perIp) return `${perIp} connections of this address are open`;
    return undefined;
  }

  private scheduleSweep(): void {
    const { clock } = this.environment.runtime;
    const periodMs = Math.max(1000, Math.min(30_000, this.limits.maxIdleMs / 4));
    this.cancelSweep = clock.schedule(periodMs, () => {
      const oldestMs = clock.elapsed() - this.limits.maxIdleMs;
      for (const connection of [...this.connections]) {
        if (connection.lastActiveMs < oldestMs && connection.isIdle()) connection.reset();
      }
      this.scheduleSweep();
    });
  }
}

/** A refused connection has nothing to say. */
const ignoring: ConnectionHandler = {
  received() {},
  drained() {},
  ended() {},
  closed() {},
};
