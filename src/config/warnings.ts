/** What a configuration may say and yet deserves a word: unknown keys, keys without effect, known traps. */

import { closestName } from "./closest-name.ts";
import { brokerConfigs, type Config } from "./config.ts";
import type { ConfigDefinition } from "./definition.ts";
import { limitedListenerOf } from "./listener-limits.ts";

/** Where a setting stands, for messages: a variable, a line of a file; undefined when that is not known. */
export type WhereIs = (key: string) => string | undefined;

/** One line each; `givenKeys` are those that somebody has set, and `whereIs` tells where. */
export function warningsOf(config: Config, givenKeys: Iterable<string>, whereIs: WhereIs): string[] {
  return [...keyWarnings(config, givenKeys, whereIs), ...directoryWarnings(config)];
}

/**
 * A single broker with Kafka's default of three replicas for its internal topics can't create them, and the first sign
 * would be groups that never form. Undefined while enough brokers are registered.
 */
export function internalTopicWarning(config: Config, registeredBrokers: number): string | undefined {
  const replicas = config["offsets.topic.replication.factor"];
  if (replicas <= registeredBrokers) return undefined;
  const registered = registeredBrokers === 1 ? "1 broker is" : `${registeredBrokers} brokers are`;
  return `offsets.topic.replication.factor is ${replicas} and ${registered} registered: consumer groups and commits fail until there are ${replicas}. Start more brokers, or set offsets.topic.replication.factor=${registeredBrokers} for a cluster of this size.`;
}

function* keyWarnings(config: Config, givenKeys: Iterable<string>, whereIs: WhereIs): Generator<string> {
  for (const key of givenKeys) {
    const problem = problemWith(config, key);
    if (problem === undefined) continue;
    const where = whereIs(key);
    yield `${key}${where === undefined ? "" : ` (${where})`} is set and ${problem}`;
  }
}

function problemWith(config: Config, key: string): string | undefined {
  const limited = limitedListenerOf(key);
  if (limited !== undefined) {
    return isListener(config, limited) ? undefined : `has no effect: there is no listener ${limited}.`;
  }
  const definition = definitionOfGiven(key);
  if (definition === undefined) return unknownKey(key);
  if (definition.supported || isDefault(definition, config.originals.get(key)!)) return undefined;
  return "has no effect: this version does not support it yet.";
}

function isListener(config: Config, listenerName: string): boolean {
  return config.listeners.some((entry) => entry.split(":")[0]!.toUpperCase() === listenerName);
}

/** Also of `listener.name.<listener>.<key>` and `listener.name.<listener>.<mechanism>.<key>`. */
function definitionOfGiven(key: string): ConfigDefinition | undefined {
  const definitions: Record<string, ConfigDefinition> = brokerConfigs;
  if (Object.hasOwn(definitions, key)) return definitions[key];
  const ofListener = /^listener\.name\.[^.]+\.(.+)$/.exec(key)?.[1];
  if (ofListener === undefined) return undefined;
  const base = Object.keys(definitions).find((name) => ofListener === name || ofListener.endsWith(`.${name}`));
  return base === undefined ? undefined : { ...definitions[base]!, supported: false, defaultText: null };
}

function isDefault(definition: ConfigDefinition, text: string): boolean {
  return definition.defaultText !== null && definition.defaultText === text.trim();
}

function unknownKey(key: string): string {
  const reason = REMOVED.has(key) ? "Kafka 4 has no such key any more" : "there is no such key";
  const close = REMOVED.has(key) ? undefined : closestName(key, Object.keys(brokerConfigs));
  return `ignored: ${reason}.${close === undefined ? "" : ` Did you mean ${close}?`}`;
}

/** Keys of Kafka 3 that users bring along. */
const REMOVED: ReadonlySet<string> = new Set([
  "advertised.host.name",
  "advertised.port",
  "broker.id.generation.enable",
  "control.plane.listener.name",
  "controlled.shutdown.max.retries",
  "controlled.shutdown.retry.backoff.ms",
  "group.coordinator.new.enable",
  "host.name",
  "inter.broker.protocol.version",
  "log.message.downconversion.enable",
  "log.message.format.version",
  "log.message.timestamp.difference.max.ms",
  "offsets.commit.required.acks",
  "password.encoder.secret",
  "port",
  "reserved.broker.max.id",
  "zookeeper.connection.timeout.ms",
  "zookeeper.metadata.migration.enable",
  "zookeeper.session.timeout.ms",
  "zookeeper.set.acl",
]);

function* directoryWarnings(config: Config): Generator<string> {
  for (const directory of config["log.dirs"] ?? config["log.dir"]) {
    if (!/^\/(var\/)?tmp(\/|$)/.test(directory)) continue;
    yield `log.dirs has ${directory}: many systems empty /tmp at a restart, and the records with it. Set log.dirs to a directory that stays.`;
  }
}
