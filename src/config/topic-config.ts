/** The settings of topics: what is in effect, and what may be set. */
import type { Config, ValuesOf } from "./config.ts";
import { type ConfigLayers, effectiveText } from "./config-layers.ts";
import type { ConfigDefinition, ConfigValue } from "./definition.ts";
import { topicConfigs } from "./definitions/topic.ts";
import { topicSynonyms } from "./definitions/topic-synonyms.ts";
import { parseValue } from "./value.ts";

export type TopicConfigKey = keyof typeof topicConfigs;

/** Every setting of a topic with the value in effect. */
export type TopicConfig = ValuesOf<typeof topicConfigs>;

/** `config` is the broker's with its dynamic values; `overrides` are what was set for the topic itself. */
export function resolveTopicConfig(config: Config, overrides: ReadonlyMap<string, string>): TopicConfig {
  const values: Record<string, ConfigValue> = {};
  for (const [key, definition] of Object.entries<ConfigDefinition>(topicConfigs)) {
    const own = overrides.get(key);
    const parsed = own === undefined ? undefined : parseValue(key, definition, own);
    values[key] = parsed?.ok ? parsed.value : inheritedValue(config, key as TopicConfigKey);
  }
  // For tests of segments smaller than a user may ask for; the log knows one size only.
  if (values["internal.segment.bytes"] !== null) values["segment.bytes"] = values["internal.segment.bytes"]!;
  return values as TopicConfig;
}

/** What a topic without a value of its own has, as text. */
export function inheritedTopicText(layers: ConfigLayers, key: TopicConfigKey): string | null {
  for (const synonym of topicSynonyms[key] ?? []) {
    const text = effectiveText(layers, synonym.key);
    if (text === null) continue;
    const isForEver = key === "retention.ms" && text.startsWith("-");
    if (isForEver) return "-1";
    return synonym.factor === 1 ? text : (BigInt(text) * BigInt(synonym.factor)).toString();
  }
  return topicConfigs[key].defaultText;
}

/**
 * Undefined when a topic may have exactly these settings; otherwise what INVALID_CONFIG says. Kafka looks at the names
 * first, then at each value, then at what belongs together.
 */
export function validateTopicConfigs(configs: ReadonlyMap<string, string | null>): string | undefined {
  const nulls = [...configs].filter(([, value]) => value === null).map(([key]) => key);
  if (nulls.length > 0) return `Null value not supported for topic configs: ${nulls.join(",")}`;
  for (const key of configs.keys()) {
    if (!isTopicConfig(key)) return `Unknown topic config name: ${key}`;
  }
  for (const [key, text] of configs) {
    const parsed = parseValue(key, topicConfigs[key as TopicConfigKey], text!);
    if (!parsed.ok) return parsed.message;
  }
  return checkCompactionLags(configs) ?? checkRemoteStorage(configs);
}

function isTopicConfig(key: string): key is TopicConfigKey {
  return Object.hasOwn(topicConfigs, key);
}

function inheritedValue(config: Config, key: TopicConfigKey): ConfigValue {
  for (const { key: brokerKey, factor } of topicSynonyms[key] ?? []) {
    const value = config[brokerKey];
    if (value === null) continue;
    if (key === "retention.ms" && (value as number) < 0) return -1;
    return factor === 1 ? value : (value as number) * factor;
  }
  return topicConfigs[key].default;
}

function checkCompactionLags(configs: ReadonlyMap<string, string | null>): string | undefined {
  const least = BigInt(configs.get("min.compaction.lag.ms")?.trim() ?? "0");
  const most = BigInt(configs.get("max.compaction.lag.ms")?.trim() ?? "9223372036854775807");
  if (least <= most) return undefined;
  return `conflict topic config setting min.compaction.lag.ms (${least}) > max.compaction.lag.ms (${most})`;
}

function checkRemoteStorage(configs: ReadonlyMap<string, string | null>): string | undefined {
  if (configs.get("remote.storage.enable")?.trim().toLowerCase() !== "true") return undefined;
  return "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.";
}
