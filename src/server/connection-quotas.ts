import type { Config } from "../config/config.ts";
import { connectionLimitsByIp } from "../config/cross-checks.ts";

/** How many connections there may be, by Kafka's keys. */
export interface ConnectionLimits {
  /** `max.connections` */
  readonly maxConnections: number;
  /** `max.connections.per.ip` */
  readonly maxConnectionsPerIp: number;
  /** `max.connections.per.ip.overrides`: address to limit. */
  readonly maxConnectionsPerIpOverrides: ReadonlyMap<string, number>;
}

/** Throws a ConfigError when the overrides cannot be read. */
export function connectionLimitsOf(config: Config): ConnectionLimits {
  return {
    maxConnections: config["max.connections"],
    maxConnectionsPerIp: config["max.connections.per.ip"],
    maxConnectionsPerIpOverrides: connectionLimitsByIp(config),
  };
}

/** The open connections of a broker, or of a controller, on all of its listeners together, against their limits. */
export class ConnectionQuotas {
  limits: ConnectionLimits;
  readonly #protectedListener: string | undefined;
  readonly #countByIp = new Map<string, number>();
  #count = 0;

  /** Whatever clients hold open on other listeners, brokers get in by the protected one: `max.connections` is not for it. */
  constructor(limits: ConnectionLimits, protectedListener?: string) {
    this.limits = limits;
    this.#protectedListener = protectedListener;
  }

  /** Why another connection is refused; undefined when there is room for it. */
  refusal(listenerName: string, ip: string): string | undefined {
    const { maxConnections, maxConnectionsPerIp, maxConnectionsPerIpOverrides } = this.limits;
    if (this.#count >= maxConnections && listenerName !== this.#protectedListener) {
      return `max.connections=${maxConnections} are open`;
    }
    const perIp = maxConnectionsPerIpOverrides.get(ip) ?? maxConnectionsPerIp;
    return (this.#countByIp.get(ip) ?? 0) >= perIp ? `${perIp} connections of this address are open` : undefined;
  }

  opened(ip: string): void {
    this.#count++;
    this.#countByIp.set(ip, (this.#countByIp.get(ip) ?? 0) + 1);
  }

  closed(ip: string): void {
    this.#count--;
    const left = this.#countByIp.get(ip)! - 1;
    if (left === 0) this.#countByIp.delete(ip);
    else this.#countByIp.set(ip, left);
  }
}
