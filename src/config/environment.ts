/**
 * Configuration from the environment, as Apache Kafka's container image reads it: `KAFKA_LOG_DIRS` is `log.dirs`,
 * `___` stands for `-`, `__` for `_` and `_` for `.`; `CLUSTER_ID` is the id that an empty data directory is formatted
 * with.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

export function settingsOfEnvironment(environment: Environment): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && isSetting(name)) settings.set(keyOf(name), value);
  }
  return settings;
}

/** The variable that a setting comes from; undefined when it does not come from the environment. */
export function variableOf(environment: Environment, key: string): string | undefined {
  return Object.keys(environment).find((name) => isSetting(name) && keyOf(name) === key);
}

export function clusterIdOfEnvironment(environment: Environment): string | undefined {
  const id = environment.CLUSTER_ID?.trim();
  return id === "" ? undefined : id;
}

const PREFIX = "KAFKA_";

/** They set up the image's Java machine and its logging. */
const NOT_CONFIGURATION: ReadonlySet<string> = new Set([
  "KAFKA_VERSION",
  "KAFKA_HEAP_OPTS",
  "KAFKA_LOG4J_OPTS",
  "KAFKA_OPTS",
  "KAFKA_JMX_OPTS",
  "KAFKA_JVM_PERFORMANCE_OPTS",
  "KAFKA_GC_LOG_OPTS",
  "KAFKA_LOG4J_ROOT_LOGLEVEL",
  "KAFKA_LOG4J_LOGGERS",
  "KAFKA_TOOLS_LOG4J_LOGLEVEL",
  "KAFKA_JMX_HOSTNAME",
]);

function isSetting(name: string): boolean {
  return name.startsWith(PREFIX) && !NOT_CONFIGURATION.has(name);
}

function keyOf(name: string): string {
  const dotted = name.slice(PREFIX.length).toLowerCase().replaceAll("_", ".");
  return dotted.replaceAll("...", "-").replaceAll("..", "_");
}
