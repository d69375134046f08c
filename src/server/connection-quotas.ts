import type { Config } from "../config/config.ts";
import type { LogSink } from "../runtime.ts";
import { canonicalAddress } from "./ip-address.ts";

/** How many connections there may be, by Kafka's keys. */
export interface ConnectionLimits {
  /** `max.connections` */
  readonly maxConnections: number;
  /** `listener.name.<listener>.max.connections`, by listener name. A listener without a limit of its own has that of the broker. */
  readonly maxConnectionsByListener: ReadonlyMap<string, number>;
  /** `max.connections.per.ip` */
  readonly maxConnectionsPerIp: number;
  /** `max.connections.per.ip.overrides`: canonical address to limit. */
  readonly maxConnectionsPerIpOverrides: ReadonlyMap<string, number>;
}

/** `overrides`: by canonical address. */
export function connectionLimitsOf(config: Config, overrides: ReadonlyMap<string, number>): ConnectionLimits {
  return {
    maxConnections: config["max.connections"],
    maxConnectionsByListener: config.maxConnectionsByListener,
    maxConnectionsPerIp: config["max.connections.per.ip"],
    maxConnectionsPerIpOverrides: overrides,
  };
}

/** What the quotas need of a connection: when it was last used, and how to close it. */
export interface CountedConnection {
  readonly lastActiveMs: number;
  /** Brings {@link lastActiveMs} up to date. */
  noticeProgress(): void;
  reset(): void;
}

export interface ConnectionQuotasOptions {
  readonly limits: ConnectionLimits;
  /** The listener that brokers use: `max.connections` does not apply to it, so they get in whatever clients hold open elsewhere. */
  readonly protectedListener?: string | undefined;
  readonly log: LogSink;
}

/** The open connections of a broker, or of a controller, on all of its listeners together, against their limits. */
export class ConnectionQuotas {
  #limits: ConnectionLimits;
  readonly #protectedListener: string | undefined;
  readonly #log: LogSink;
  readonly #byListener = new Map<string, Set<CountedConnection>>();
  readonly #countByIp = new Map<string, number>();
  #count = 0;

  constructor({ limits, protectedListener, log }: ConnectionQuotasOptions) {
    this.#limits = limits;
    this.#protectedListener = protectedListener;
    this.#log = log;
  }

  get limits(): ConnectionLimits {
    return this.#limits;
  }

  set limits(limits: ConnectionLimits) {
    this.#limits = limits;
    this.#closeExcess();
  }

  /** Why another connection is refused; undefined when there is room for it. */
  refusal(listenerName: string, ip: string): string | undefined {
    const { maxConnections, maxConnectionsByListener } = this.#limits;
    const ofListener = maxConnectionsByListener.get(listenerName) ?? maxConnections;
    if (this.#of(listenerName).size >= ofListener) {
      return `max.connections=${ofListener} are open on listener ${listenerName}`;
    }
    if (this.#count >= maxConnections && listenerName !== this.#protectedListener) {
      return `max.connections=${maxConnections} are open`;
    }
    const perIp = this.#limitOf(ip);
    return (this.#countByIp.get(ip) ?? 0) >= perIp ? `${perIp} connections of this address are open` : undefined;
  }

  #limitOf(ip: string): number {
    const { maxConnectionsPerIp, maxConnectionsPerIpOverrides } = this.#limits;
    if (maxConnectionsPerIpOverrides.size === 0) return maxConnectionsPerIp;
    return maxConnectionsPerIpOverrides.get(canonicalAddress(ip) ?? ip) ?? maxConnectionsPerIp;
  }

  opened(listenerName: string, ip: string, connection: CountedConnection): void {
    this.#of(listenerName).add(connection);
    this.#count++;
    this.#countByIp.set(ip, (this.#countByIp.get(ip) ?? 0) + 1);
    this.#closeExcess();
  }

  closed(listenerName: string, ip: string, connection: CountedConnection): void {
    this.#of(listenerName).delete(connection);
    this.#count--;
    const left = this.#countByIp.get(ip)! - 1;
    if (left === 0) this.#countByIp.delete(ip);
    else this.#countByIp.set(ip, left);
  }

  /** As Apache Kafka does when the limit is lowered or a broker connects: closes the clients' least recently used connections. */
  #closeExcess(): void {
    const { maxConnections } = this.#limits;
    const excess = this.#count - maxConnections;
    if (excess <= 0) return;
    const closable = [...this.#byListener].flatMap(([name, open]) =>
      name === this.#protectedListener ? [] : [...open],
    );
    for (const connection of closable) connection.noticeProgress();
    const closing = closable.sort((a, b) => a.lastActiveMs - b.lastActiveMs).slice(0, excess);
    if (closing.length === 0) return;
    const many = closing.length === 1 ? "a connection" : `${closing.length} connections`;
    this.#log.write("info", `Closing ${many}: more than max.connections=${maxConnections} are open`);
    for (const connection of closing) connection.reset();
  }

  #of(listenerName: string): Set<CountedConnection> {
    let connections = this.#byListener.get(listenerName);
    if (connections === undefined) {
      connections = new Set();
      this.#byListener.set(listenerName, connections);
    }
    return connections;
  }
}
