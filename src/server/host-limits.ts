import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { connectionLimitsByHost } from "../config/cross-checks.ts";
import type { Network } from "../runtime.ts";
import { canonicalAddress } from "./ip-address.ts";

/** `max.connections.per.ip.overrides`, whose hosts are looked up once, as the setting is taken over. */
export class HostLimits {
  /** By address, in its canonical form. */
  byAddress: ReadonlyMap<string, number> = new Map();
  readonly #network: Pick<Network, "resolve">;
  #given = "";

  constructor(network: Pick<Network, "resolve">) {
    this.#network = network;
  }

  /** Resolves with whether {@link byAddress} has become another; rejects with a ConfigError when it can't. */
  async update(config: Config): Promise<boolean> {
    const given = config["max.connections.per.ip.overrides"];
    if (given === this.#given) return false;
    this.#given = given;
    const byAddress = new Map<string, number>();
    for (const [host, limit] of connectionLimitsByHost(config)) {
      for (const address of await this.#addressesOf(host)) byAddress.set(address, limit);
    }
    if (given !== this.#given) return false;
    this.byAddress = byAddress;
    return true;
  }

  async #addressesOf(host: string): Promise<readonly string[]> {
    const literal = canonicalAddress(host);
    if (literal !== undefined) return [literal];
    const found = await this.#network.resolve(host).catch((error: { readonly code?: string }) => {
      if (error.code === undefined) throw error;
      throw new ConfigError([
        `max.connections.per.ip.overrides has the host ${host}, whose address can't be found: ${error.code}`,
      ]);
    });
    return found.map((address) => canonicalAddress(address) ?? address);
  }
}
