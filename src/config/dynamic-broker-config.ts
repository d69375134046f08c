/** What AlterConfigs may set for a broker or for all of them (KIP-226, KIP-412). */
import { type Config, definitionOf, withDynamicConfigs } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { settingsProblems } from "./cross-checks.ts";
import type { ConfigDefinition } from "./definition.ts";
import { throttleConfigs } from "./definitions/replication.ts";
import { classNotFound, parseValue } from "./value.ts";

/**
 * Undefined when the broker, or with `isClusterDefault` all brokers, may have exactly these dynamic settings; otherwise
 * what INVALID_REQUEST says. Keys that nobody knows are allowed, as in Kafka: plugins have their own. `config` may be that
 * of another node, a controller.
 */
export function validateBrokerConfigs(
  config: Config,
  configs: ReadonlyMap<string, string>,
  isClusterDefault: boolean,
): string | undefined {
  const keys = [...configs.keys()];
  return (
    objection("Cannot update these configs dynamically", keys.filter(isReadOnly)) ??
    objection(
      "These security configs can be dynamically updated only per-listener using the listener prefix",
      keys.filter((key) => isListenerSecurity(key)),
    ) ??
    checkValues(configs) ??
    objection(
      "Cannot update these configs at default cluster level, broker id must be specified",
      isClusterDefault ? keys.filter(isPerBroker) : [],
    ) ??
    checkCleanerThreads(configs) ??
    checkTogether(config, configs)
  );
}

/** A broker may start without any, but not be told at run time to give them up. */
function checkCleanerThreads(configs: ReadonlyMap<string, string>): string | undefined {
  const threads = configs.get("log.cleaner.threads");
  return threads !== undefined && Number(threads) < 1 ? "Log cleaner threads should be at least 1" : undefined;
}

/** The definition of a key that can be set dynamically, also under `listener.name.<listener>.`. */
export function dynamicDefinitionOf(key: string): ConfigDefinition | undefined {
  const base = /^listener\.name\.[^.]*\.(.*)$/.exec(key)?.[1] ?? key;
  return definitionOf(base) ?? (throttleConfigs as Readonly<Record<string, ConfigDefinition>>)[base];
}

function isReadOnly(key: string): boolean {
  return definitionOf(key)?.update === "read-only";
}

/** Whether the key can't be set for all brokers of a cluster at once. */
export function isPerBroker(key: string): boolean {
  const isOfListener = key.startsWith("listener.name.");
  const definition = dynamicDefinitionOf(key);
  if (definition === undefined) return false;
  return definition.update === "per-broker" || (isOfListener && !CLUSTER_WIDE_LISTENER_KEYS.test(key));
}

const CLUSTER_WIDE_LISTENER_KEYS = /\.(max\.connections|max\.connection\.creation\.rate|num\.network\.threads)$/;

/** Key and trust stores: each listener has its own, so the keys without a listener can't change. */
function isListenerSecurity(key: string): boolean {
  return /^ssl\.(key\.password|keystore\.|truststore\.)/.test(key);
}

function objection(reason: string, keys: readonly string[]): string | undefined {
  return keys.length === 0 ? undefined : `${reason}: [${keys.join(", ")}]`;
}

function checkValues(configs: ReadonlyMap<string, string>): string | undefined {
  for (const [key, text] of configs) {
    const definition = dynamicDefinitionOf(key);
    const parsed = definition && parseValue(key, definition, text);
    if (parsed?.ok === false) return parsed.message;
    const problem = definition && dynamicValueProblem(key, definition, text);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** What a dynamic value may not be, although the same in the properties would do. */
function dynamicValueProblem(
  key: string,
  { type, default: usual }: ConfigDefinition,
  text: string,
): string | undefined {
  const value = text.trim();
  if (type === "class" && value !== "" && value !== usual) return classNotFound(key, value);
  if (type !== "list" || Object.hasOwn(throttleConfigs, key)) return undefined;
  const entries = value.split(",").map((entry) => entry.trim());
  return new Set(entries).size < entries.length ? `Configuration '${key}' values must not be duplicated.` : undefined;
}

function checkTogether(config: Config, configs: ReadonlyMap<string, string>): string | undefined {
  try {
    const [problem] = settingsProblems(withDynamicConfigs(config, new Map(), configs));
    return problem;
  } catch (error) {
    if (error instanceof ConfigError) return error.problems[0];
    throw error;
  }
}
