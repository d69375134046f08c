/** From settings as text to a checked {@link Config}. */
import { brokerConfigs, type Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { crossCheck } from "./cross-checks.ts";
import type { ConfigDefinition, ConfigValue } from "./definition.ts";
import { httpListeners } from "./http-listeners.ts";
import { listenerLimitsIn } from "./listener-limits.ts";
import { resolveListeners } from "./listeners.ts";
import { parseValue } from "./value.ts";
import { type WhereIs, warningsOf } from "./warnings.ts";

export interface CreatedConfig {
  readonly config: Config;
  /** One line each, for the log. */
  readonly warnings: readonly string[];
}

export interface ConfigSources {
  /** What was given, by falling precedence: overrides, environment, file. */
  readonly given: readonly ReadonlyMap<string, string>[];
  /** What stands under it without a word: see `single-node.ts`. */
  readonly defaults?: ReadonlyMap<string, string>;
  /** The machine's own name: what a listener without a host is advertised as. */
  readonly hostName?: string;
  readonly whereIs?: WhereIs;
}

/** Throws a {@link ConfigError} with all values that are wrong by themselves, or else with all that don't fit together. */
export function createConfig({
  given,
  defaults = new Map(),
  hostName = "localhost",
  whereIs = () => undefined,
}: ConfigSources): CreatedConfig {
  const config = parseConfig(merge([...given, defaults]), hostName, whereIs);
  checkTogether(config);
  return { config, warnings: warningsOf(config, new Set(given.flatMap((source) => [...source.keys()])), whereIs) };
}

function checkTogether(config: Config): void {
  const problems = [crossCheck, resolveListeners, httpListeners].flatMap((check) => {
    try {
      check(config);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems;
    }
  });
  if (problems.length > 0) throw new ConfigError(problems);
}

/** The directories of the partitions' logs. */
export function logDirs(config: Config): readonly string[] {
  return config["log.dirs"] ?? config["log.dir"];
}

export function metadataLogDir(config: Config): string {
  return config["metadata.log.dir"] ?? logDirs(config)[0]!;
}

/** Whether there is anything that could go on while the disk of one directory hangs. */
export function hasSeveralDirectories(config: Config): boolean {
  return config["process.roles"].includes("broker") && new Set([...logDirs(config), metadataLogDir(config)]).size > 1;
}

function merge(sources: readonly ReadonlyMap<string, string>[]): Map<string, string> {
  const merged = new Map<string, string>();
  for (const source of sources.toReversed()) for (const [key, value] of source) merged.set(key, value);
  // Either name of the node's number stands for both; given with two values, they are compared in the cross-checks.
  const nodeId = merged.get("node.id") ?? merged.get("broker.id");
  if (nodeId !== undefined) {
    if (!merged.has("node.id")) merged.set("node.id", nodeId);
    if (!merged.has("broker.id")) merged.set("broker.id", nodeId);
  }
  return merged;
}

function parseConfig(originals: ReadonlyMap<string, string>, hostName: string, whereIs: WhereIs): Config {
  const values: Record<string, ConfigValue> = {};
  const problems: string[] = [];
  for (const [key, definition] of Object.entries<ConfigDefinition>(brokerConfigs)) {
    const text = originals.get(key);
    if (text === undefined) {
      values[key] = definition.default;
      if (definition.required) problems.push(missing(key, definition));
      continue;
    }
    const parsed = parseValue(key, definition, text);
    if (parsed.ok) values[key] = parsed.value;
    else problems.push(placed(parsed.message, whereIs(key)));
  }
  const maxConnectionsByListener = listenerLimitsIn(originals, (problem) => problems.push(problem));
  if (originals.has("zookeeper.connect")) problems.unshift(ZOOKEEPER);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.assign(values, { originals, hostName, maxConnectionsByListener }) as unknown as Config;
}

function placed(message: string, where: string | undefined): string {
  return where === undefined ? message : `${message} (${where})`;
}

function missing(key: string, definition: ConfigDefinition): string {
  return `Missing required configuration "${key}" which has no default value. ${definition.documentation}`;
}

const ZOOKEEPER =
  "zookeeper.connect is set, and there is no ZooKeeper any more: since Kafka 4.0 the cluster's metadata is kept by a quorum of controllers. " +
  "Remove zookeeper.connect and say who the controllers are: for a single node process.roles=broker,controller, node.id=1, controller.listener.names=CONTROLLER, " +
  "a CONTROLLER://127.0.0.1:9093 in listeners, and controller.quorum.bootstrap.servers=127.0.0.1:9093.";
