/** What DescribeConfigs shows: each key with its value, where the value comes from, and its synonyms (KIP-226, KIP-569). */
import { ConfigSource } from "../protocol/config-source.ts";
import { brokerConfigs, definitionOf } from "./config.ts";
import { type ConfigLayers, effectiveText } from "./config-layers.ts";
import type { ConfigDefinition, ConfigType } from "./definition.ts";
import { clientMetricsConfigs } from "./definitions/client-metrics.ts";
import { groupConfigs } from "./definitions/group.ts";
import { topicConfigs } from "./definitions/topic.ts";
import { topicSynonyms } from "./definitions/topic-synonyms.ts";
import { dynamicDefinitionOf } from "./dynamic-broker-config.ts";
import { type GroupConfigKey, groupSynonym, inheritedGroupText } from "./group-config.ts";
import { inheritedTopicText, type TopicConfigKey } from "./topic-config.ts";
import { parseValue } from "./value.ts";

export interface DescribedConfig {
  readonly name: string;
  /** Null when there is none, and always for secrets. */
  readonly value: string | null;
  readonly readOnly: boolean;
  /** See {@link ConfigSource}. */
  readonly configSource: number;
  readonly isSensitive: boolean;
  /** The values by falling precedence, the one in effect first. */
  readonly synonyms: readonly ConfigSynonym[];
  /** Kafka's code of the type; 0 for a key that nobody knows. */
  readonly configType: number;
  readonly documentation: string | null;
}

export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

/** All settings of a topic; `overrides` are what was set for the topic itself. */
export function describeTopicConfigs(
  layers: ConfigLayers,
  overrides: ReadonlyMap<string, string>,
): readonly DescribedConfig[] {
  const described: DescribedConfig[] = [];
  for (const [name, definition] of Object.entries<ConfigDefinition>(topicConfigs)) {
    const own = overrides.get(name);
    if (definition.internal && own === undefined) continue;
    const key = name as TopicConfigKey;
    const value = own === undefined ? inheritedTopicText(layers, key) : canonical(name, definition, own);
    const first = topicSynonyms[key]?.[0]?.key;
    const inherited = first === undefined ? [] : brokerSynonyms(layers, first);
    const synonyms =
      own === undefined ? inherited : [{ name, value, source: ConfigSource.TOPIC_CONFIG as number }, ...inherited];
    described.push(describe(name, definition, value, synonyms, false));
  }
  return described;
}

/** All settings of this broker: its own properties, the dynamic values over them, and the defaults. */
export function describeBrokerConfigs(layers: ConfigLayers): readonly DescribedConfig[] {
  const given = new Set([...layers.static.originals.keys(), ...layers.cluster.keys(), ...layers.broker.keys()]);
  const names = Object.entries<ConfigDefinition>(brokerConfigs)
    .filter(([name, definition]) => !definition.internal || given.has(name))
    .map(([name]) => name);
  for (const name of given) if (!Object.hasOwn(brokerConfigs, name)) names.push(name);
  return names.map((name) => {
    const definition = dynamicDefinitionOf(name);
    const synonyms = brokerSynonyms(layers, name);
    const readOnly = definitionOf(name) === undefined || definition?.update === "read-only";
    return describe(name, definition, effectiveText(layers, name), synonyms, readOnly);
  });
}

/** What was set for all brokers of the cluster, and nothing else. */
export function describeClusterConfigs(cluster: ReadonlyMap<string, string>): readonly DescribedConfig[] {
  return [...cluster].map(([name, text]) => {
    const definition = dynamicDefinitionOf(name);
    const isSensitive = isSensitiveConfig(definition);
    const value = isSensitive ? null : definition === undefined ? text : canonical(name, definition, text);
    const source = ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG;
    const readOnly = definitionOf(name) === undefined && !name.endsWith("throttled.rate");
    return describe(name, definition, value, [{ name, value, source }], readOnly);
  });
}

/** All settings of a group; `overrides` are what was set for the group itself. */
export function describeGroupConfigs(
  layers: ConfigLayers,
  overrides: ReadonlyMap<string, string>,
): readonly DescribedConfig[] {
  const described: DescribedConfig[] = [];
  for (const [name, definition] of Object.entries<ConfigDefinition>(groupConfigs)) {
    const own = overrides.get(name);
    if (definition.internal && own === undefined) continue;
    const key = name as GroupConfigKey;
    const value = own === undefined ? inheritedGroupText(layers, key) : canonical(name, definition, own);
    const synonym = groupSynonym(key);
    const inherited =
      synonym === undefined
        ? [{ name, value: definition.defaultText, source: ConfigSource.DEFAULT_CONFIG as number }]
        : brokerSynonyms(layers, synonym);
    const synonyms =
      own === undefined ? inherited : [{ name, value, source: ConfigSource.GROUP_CONFIG as number }, ...inherited];
    described.push(describe(name, definition, value, synonyms, false));
  }
  return described;
}

/** All settings of a client metrics subscription, whether it is there or not. */
export function describeClientMetricsConfigs(own: ReadonlyMap<string, string>): readonly DescribedConfig[] {
  return Object.entries<ConfigDefinition>(clientMetricsConfigs).map(([name, definition]) => {
    const text = own.get(name);
    if (text === undefined) return describe(name, definition, definition.defaultText, [], false);
    const value = canonical(name, definition, text);
    return describe(name, definition, value, [{ name, value, source: ConfigSource.CLIENT_METRICS_CONFIG }], false);
  });
}

function describe(
  name: string,
  definition: ConfigDefinition | undefined,
  value: string | null,
  synonyms: readonly ConfigSynonym[],
  readOnly: boolean,
): DescribedConfig {
  const isSensitive = isSensitiveConfig(definition);
  return {
    name,
    value: isSensitive ? null : value,
    readOnly,
    configSource: synonyms[0]?.source ?? ConfigSource.DEFAULT_CONFIG,
    isSensitive,
    synonyms,
    configType: definition === undefined ? 0 : TYPE_CODES[definition.type],
    documentation: definition?.documentation ?? null,
  };
}

const TYPE_CODES: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};

/** A key that nobody knows may be a plugin's password. */
function isSensitiveConfig(definition: ConfigDefinition | undefined): boolean {
  return definition === undefined || definition.type === "password";
}

function canonical(name: string, definition: ConfigDefinition, text: string): string {
  const parsed = parseValue(name, definition, text);
  return parsed.ok ? parsed.text : text;
}

/** The keys that mean the same, by falling precedence: milliseconds before minutes before hours. */
const BROKER_SYNONYMS: readonly (readonly string[])[] = [
  ["log.roll.ms", "log.roll.hours"],
  ["log.roll.jitter.ms", "log.roll.jitter.hours"],
  ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
];

function brokerSynonyms(layers: ConfigLayers, name: string): ConfigSynonym[] {
  const isSensitive = isSensitiveConfig(dynamicDefinitionOf(name));
  const found: ConfigSynonym[] = [];
  const add = (key: string, text: string | null | undefined, source: number) => {
    if (text !== null && text !== undefined) found.push({ name: key, value: isSensitive ? null : text, source });
  };
  const keys = synonymsOf(name);
  for (const key of keys) add(key, layers.broker.get(key), ConfigSource.DYNAMIC_BROKER_CONFIG);
  for (const key of keys) add(key, layers.cluster.get(key), ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
  for (const key of keys) add(key, layers.static.originals.get(key), ConfigSource.STATIC_BROKER_CONFIG);
  for (const key of keys) add(key, definitionOf(key)?.defaultText, ConfigSource.DEFAULT_CONFIG);
  // As in Kafka, the list begins with the key itself: what stands before it is not in effect for this name.
  const first = found.findIndex((synonym) => synonym.name === name);
  return first < 0 ? [] : found.slice(first);
}

function synonymsOf(name: string): readonly string[] {
  if (name === "log.flush.interval.ms") return ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"];
  const ofListener = /^listener\.name\.[^.]*\.(.*)$/.exec(name)?.[1];
  if (ofListener !== undefined) return [name, ofListener];
  return BROKER_SYNONYMS.find((synonyms) => synonyms.includes(name)) ?? [name];
}
