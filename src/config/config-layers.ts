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

/**
 * What a node has from its start to its end. A broker refuses other values; a controller that is asked directly stores them,
 * as Apache Kafka's does, for a broker whose properties it does not know.
 */
const KEPT_KEYS: readonly string[] = ["listeners", "listener.security.protocol.map", "metric.reporters"];

/** One line for each setting that is stored for a broker and has no effect on it. */
export function settingsWithoutEffect(layers: ConfigLayers): string[] {
  return KEPT_KEYS.flatMap((key) => {
    const stored = layers.broker.get(key) ?? layers.cluster.get(key);
    const kept = effectiveText(layers, key);
    if (stored === undefined || textOf(key, stored) === kept) return [];
    return [
      `${key} is set to ${stored} for this broker, and has no effect: it keeps what it was started with, ${kept}`,
    ];
  });
}

/** The value in effect, as Kafka writes it; null when there is none. */
export function effectiveText(layers: ConfigLayers, key: string): string | null {
  const definition = definitionOf(key);
  const dynamic = KEPT_KEYS.includes(key) ? undefined : (layers.broker.get(key) ?? layers.cluster.get(key));
  const given = dynamic ?? layers.static.originals.get(key);
  return given === undefined ? (definition?.defaultText ?? null) : textOf(key, given);
}

function textOf(key: string, given: string): string {
  const definition = definitionOf(key);
  const parsed = definition && parseValue(key, definition, given);
  return parsed?.ok ? parsed.text : given;
}
