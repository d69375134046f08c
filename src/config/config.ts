/** The broker's configuration: every key of {@link brokerConfigs} with its value, typed by the table. */
import type { ConfigDefinition, ConfigValue } from "./definition.ts";
import { groupCoordinatorConfigs } from "./definitions/groups.ts";
import { kraftConfigs } from "./definitions/kraft.ts";
import { listenerConfigs } from "./definitions/listeners.ts";
import { logConfigs } from "./definitions/log.ts";
import { metricsConfigs } from "./definitions/metrics.ts";
import { polylogConfigs } from "./definitions/polylog.ts";
import { remoteLogConfigs } from "./definitions/remote-log.ts";
import { replicationConfigs } from "./definitions/replication.ts";
import { securityConfigs } from "./definitions/security.ts";
import { serverConfigs } from "./definitions/server.ts";
import { shareConfigs } from "./definitions/share.ts";
import { streamsConfigs } from "./definitions/streams.ts";
import { transactionConfigs } from "./definitions/transactions.ts";
import { listenerLimitsIn } from "./listener-limits.ts";
import { parseValue } from "./value.ts";

export const brokerConfigs = {
  ...serverConfigs,
  ...listenerConfigs,
  ...kraftConfigs,
  ...logConfigs,
  ...replicationConfigs,
  ...groupCoordinatorConfigs,
  ...shareConfigs,
  ...streamsConfigs,
  ...transactionConfigs,
  ...remoteLogConfigs,
  ...metricsConfigs,
  ...securityConfigs,
  ...polylogConfigs,
};

/** The values of a table of definitions, by key. */
export type ValuesOf<Table> = {
  readonly [Key in keyof Table]: Table[Key] extends ConfigDefinition<infer T> ? T : never;
};

export type BrokerConfigKey = keyof typeof brokerConfigs;

export type Config = ValuesOf<typeof brokerConfigs> & {
  /** What was given, as text, by key: also keys that are unknown here. What is not in it has its default. */
  readonly originals: ReadonlyMap<string, string>;
  /** The machine's own name: what a listener without a host is advertised as. */
  readonly hostName: string;
  /** `listener.name.<listener>.max.connections`, by listener name. */
  readonly maxConnectionsByListener: ReadonlyMap<string, number>;
};

/** Of one listener: its own limit, or else that of the whole broker. */
export function maxConnectionsOf(config: Config, listenerName: string): number {
  return config.maxConnectionsByListener.get(listenerName) ?? config["max.connections"];
}

/**
 * The configuration with dynamic values over it: those of the broker, then those of the whole cluster. They were checked
 * when they were set; one that no longer fits is left out.
 */
export function withDynamicConfigs(
  config: Config,
  clusterConfigs: ReadonlyMap<string, string>,
  brokerConfigsOfNode: ReadonlyMap<string, string>,
): Config {
  const changed: Record<string, ConfigValue> = {};
  const maxConnectionsByListener = new Map([
    ...config.maxConnectionsByListener,
    ...listenerLimitsIn(clusterConfigs),
    ...listenerLimitsIn(brokerConfigsOfNode),
  ]);
  for (const [key, text] of [...clusterConfigs, ...brokerConfigsOfNode]) {
    const definition = definitionOf(key);
    if (definition === undefined || definition.update === "read-only") continue;
    const parsed = parseValue(key, definition, text);
    if (parsed.ok) changed[key] = parsed.value;
  }
  return { ...config, ...changed, maxConnectionsByListener } as Config;
}

export function definitionOf(key: string): ConfigDefinition | undefined {
  return Object.hasOwn(brokerConfigs, key) ? brokerConfigs[key as BrokerConfigKey] : undefined;
}
