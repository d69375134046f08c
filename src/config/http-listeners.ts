import type { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";

/** The addresses of `polylog.http.listeners`. Throws a {@link ConfigError}. */
export function httpListeners(config: Config): readonly { readonly host: string; readonly port: number }[] {
  return config["polylog.http.listeners"].map((entry) => {
    const match = /^http:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]*)):(\d{1,5})\/?$/.exec(entry);
    const port = Number(match?.[3]);
    if (match === null || port > 65535) {
      throw new ConfigError([`Invalid value ${entry} for configuration polylog.http.listeners: use http://host:port`]);
    }
    return { host: match[1] ?? (match[2] || "0.0.0.0"), port };
  });
}
