import type { Address, Cancel, Connection, ConnectionHandler, Listener, ListenOptions } from "../runtime.ts";
import { BrokerConnection, type ConnectionEnvironment, type ConnectionOwner } from "./connection.ts";
import type { ConnectionQuotas } from "./connection-quotas.ts";

/** The limits of one listener. */
export interface SocketLimits {
  /** Shared by all listeners of the broker, or of the controller. */
  readonly quotas: ConnectionQuotas;
  /** `connections.max.idle.ms`; negative: never. */
  readonly maxIdleMs: number;
}

const STOP_GRACE_MS = 250;
const STOP_POLL_MS = 5;

/** One listener and its connections. */
export class SocketServer implements ConnectionOwner {
  private readonly environment: ConnectionEnvironment;
  private readonly limits: SocketLimits;
  private readonly connections = new Set<BrokerConnection>();
  private listener: Listener | undefined;
  private cancelSweep: Cancel | undefined;
  private sequence = 0;
  private isServing = false;

  constructor(environment: ConnectionEnvironment, limits: SocketLimits) {
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
    const { quotas } = this.limits;
    const { listenerName } = this.environment;
    const refusal = quotas.refusal(listenerName, ip);
    if (refusal !== undefined) {
      this.environment.runtime.log.write("info", `Refusing a connection from ${ip}: ${refusal}`);
      this.environment.metrics.connectionFailed(listenerName);
      connection.reset();
      return ignoring;
    }
    const broker = new BrokerConnection(this.environment, connection, this.sequence++, this);
    this.connections.add(broker);
    quotas.opened(listenerName, ip, broker);
    if (!this.isServing) broker.hold();
    return broker;
  }

  connectionClosed(connection: BrokerConnection): void {
    this.connections.delete(connection);
    this.limits.quotas.closed(this.environment.listenerName, connection.clientHost, connection);
  }

  private scheduleSweep(): void {
    const { clock } = this.environment.runtime;
    const periodMs = Math.max(1000, Math.min(30_000, this.limits.maxIdleMs / 4));
    this.cancelSweep = clock.schedule(periodMs, () => {
      const oldestMs = clock.elapsed() - this.limits.maxIdleMs;
      for (const connection of [...this.connections]) {
        connection.noticeProgress();
        if (connection.lastActiveMs < oldestMs && connection.isIdle()) connection.reset();
      }
      this.scheduleSweep();
    });
  }
}

/** The handler of a refused connection: it ignores everything. */
const ignoring: ConnectionHandler = {
  received() {},
  drained() {},
  ended() {},
  closed() {},
};
