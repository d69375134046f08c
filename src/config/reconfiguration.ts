/** What a running broker does not take on, or not at once, although each value by itself is allowed (KIP-226). */
import { type BrokerConfigKey, type Config, maxConnectionsOf } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { cordonedDirectoriesProblem, retentionMs } from "./cross-checks.ts";
import { resolveListeners } from "./listeners.ts";
import { classNotFound } from "./value.ts";

const THREAD_COUNTS: readonly BrokerConfigKey[] = [
  "num.io.threads",
  "num.network.threads",
  "num.replica.fetchers",
  "num.recovery.threads.per.data.dir",
  "background.threads",
  "remote.log.manager.copier.thread.pool.size",
  "remote.log.manager.expiration.thread.pool.size",
  "remote.log.manager.follower.thread.pool.size",
  "remote.log.reader.threads",
];

const LISTENER_KEYS = ["listeners", "listener.security.protocol.map"] as const;
const JMX_REPORTER = "org.apache.kafka.common.metrics.JmxReporter";
const AS_LONG_AS_ALL = -2;
const UNLIMITED = -1;

/**
 * Undefined when a broker that was `started` with its properties, and runs with `current`, may go on with `next`; otherwise
 * what INVALID_REQUEST says.
 */
export function reconfigurationProblem(started: Config, current: Config, next: Config): string | undefined {
  for (const key of THREAD_COUNTS) {
    const [now, then] = [current[key] as number, next[key] as number];
    const failed = `Dynamic thread count update validation failed for ${key}=${then}, value should`;
    if (then < Math.floor(now / 2)) return `${failed} be at least half the current value ${now}`;
    if (then > now * 2) return `${failed} not be greater than double the current value ${now}`;
  }
  return (
    cleanerProblem(current["log.cleaner.threads"], next["log.cleaner.threads"]) ??
    retentionProblem(next) ??
    cordonedDirectoriesProblem(next) ??
    reporterProblem(started, current, next) ??
    listenerProblem(started, current, next) ??
    connectionsProblem(started, current, next)
  );
}

/** No Java class can be loaded; the default one stands for what is served over HTTP. */
function reporterProblem(started: Config, current: Config, next: Config): string | undefined {
  const known = [JMX_REPORTER, ...started["metric.reporters"], ...current["metric.reporters"]];
  const foreign = next["metric.reporters"].find((name) => !known.includes(name));
  return foreign === undefined ? undefined : classNotFound("metric.reporters", foreign);
}

/**
 * Apache Kafka stores other addresses for the listeners it has without binding them, and binds added listeners without
 * telling any client of them, as advertised ones can't change in KRaft. What would have no effect is refused here.
 */
function listenerProblem(started: Config, current: Config, next: Config): string | undefined {
  const changed = LISTENER_KEYS.find((key) =>
    [started, current].every((known) => known[key].toString() !== next[key].toString()),
  );
  if (changed === undefined) return undefined;
  try {
    resolveListeners(next);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems[0];
    throw error;
  }
  return `${changed} can't change while the broker runs: set it in the broker's properties and restart it`;
}

/** A broker may start with none, but not be told at run time to have none. */
function connectionsProblem(started: Config, current: Config, next: Config): string | undefined {
  const emptied = resolveListeners(started).broker.some(
    ({ listenerName }) => maxConnectionsOf(next, listenerName) === 0 && maxConnectionsOf(current, listenerName) > 0,
  );
  if (emptied) return "Invalid max.connections 0";
  const rate = "max.connection.creation.rate";
  return next[rate] === 0 && current[rate] > 0 ? `Invalid ${rate} 0` : undefined;
}

function cleanerProblem(now: number, then: number): string | undefined {
  if (then < Math.floor(now / 2)) {
    return `Log cleaner threads cannot be reduced to less than half the current value ${now}`;
  }
  if (then > now * 2) return `Log cleaner threads cannot be increased to more than double the current value ${now}`;
  return undefined;
}

/** Tiered storage keeps no more here than there is. */
function retentionProblem(next: Config): string | undefined {
  return (
    localProblem("log.retention.ms", retentionMs(next), "log.local.retention.ms", next["log.local.retention.ms"]) ??
    localProblem(
      "log.retention.bytes",
      next["log.retention.bytes"],
      "log.local.retention.bytes",
      next["log.local.retention.bytes"],
    )
  );
}

function localProblem(key: string, all: number, localKey: string, local: number): string | undefined {
  if (all < 0 || local === AS_LONG_AS_ALL) return undefined;
  const invalid = `Invalid value ${local} for configuration ${localKey}: Value must not be`;
  if (local === UNLIMITED) return `${invalid} -1 as ${key} value is set as ${all}.`;
  return local > all ? `${invalid} more than ${key} property value: ${all}` : undefined;
}
