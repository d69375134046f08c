/** The layers that a broker's configuration is made of, in Kafka's order of precedence (KIP-226). */
import { type Config, definitionOf } from "./config.ts";
import { parseValue } from "./value.ts";

export interface ConfigLayers {
  /** The node's own properties and the defaults. */
  readonly static: Config;
  /** Set by AlterConfigs for the whole cluster. */
  readonly cluster: ReadonlyMap<string, string>;
  /** Set by AlterConfigs for this broker. */
  readonly broker: ReadonlyMap<string, string>;
}

/** The value in effect, as Kafka writes it; null when there is none. */
export function effectiveText(layers: ConfigLayers, key: string): string | null {
  const definition = definitionOf(key);
  const given = layers.broker.get(key) ?? layers.cluster.get(key) ?? layers.static.originals.get(key);
  if (given === undefined) return definition?.defaultText ?? null;
  if (definition === undefined) return given;
  const parsed = parseValue(key, definition, given);
  return parsed.ok ? parsed.text : given;
}
