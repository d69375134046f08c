/** What Kafka checks between keys, beyond each value by itself. Listeners have their own file. */
import type { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";

/** The one value of `replica.selector.class` that is built in: the rack of a consumer decides where it reads (KIP-392). */
export const RACK_AWARE_REPLICA_SELECTOR = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

const MAX_PORT = 65535;
const MAX_NODE_ID = 2 ** 31 - 1;

/** Throws a {@link ConfigError} with everything that does not fit together. */
export function crossCheck(config: Config): void {
  const problems = [...checkNode(config), ...checkQuorum(config), ...settingsProblems(config), ...checkGuards(config)];
  if (problems.length > 0) throw new ConfigError(problems);
}

/** Between keys that mean the same on every node, so that any node can check them for another one. May throw a {@link ConfigError}. */
export function* settingsProblems(config: Config): Generator<string> {
  yield* checkLogs(config);
  yield* checkConnections(config);
  yield* checkGroups(config);
  yield* checkReplication(config);
}

/** Which directories a broker has, only that one knows. */
export function cordonedDirectoriesProblem(config: Config): string | undefined {
  const foreign = config["cordoned.log.dirs"].filter(
    (dir) => dir !== "*" && !(config["log.dirs"] ?? config["log.dir"]).includes(dir),
  );
  if (foreign.length === 0) return undefined;
  return `All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries: ${foreign.join(", ")}`;
}

/** The voters of a static quorum, by node id: `controller.quorum.voters`. Throws a {@link ConfigError}. */
export function quorumVoters(config: Config): ReadonlyMap<number, { host: string; port: number }> {
  const voters = new Map<number, { host: string; port: number }>();
  for (const entry of config["controller.quorum.voters"]) {
    const parts = /^(\d+)@\[?([^\]]+)\]?:(\d+)$/.exec(entry);
    if (parts === null || Number(parts[1]) > MAX_NODE_ID || Number(parts[3]) > MAX_PORT) {
      throw new ConfigError([
        `Invalid configuration value ${entry} for controller.quorum.voters. Each entry should be in the form \`{id}@{host}:{port}\`.`,
      ]);
    }
    voters.set(Number(parts[1]), { host: parts[2]!, port: Number(parts[3]) });
  }
  return voters;
}

/** The addresses of `controller.quorum.bootstrap.servers`. Throws a {@link ConfigError}. */
export function quorumBootstrapServers(config: Config): readonly { host: string; port: number }[] {
  return config["controller.quorum.bootstrap.servers"].map((entry) => {
    const parts = /^\[?([^\]]+)\]?:(\d+)$/.exec(entry);
    if (parts === null || Number(parts[2]) > MAX_PORT) {
      throw new ConfigError([
        `Failed to parse host name from ${entry} for the configuration controller.quorum.bootstrap.servers. Each entry should be in the form "{host}:{port}"`,
      ]);
    }
    return { host: parts[1]!, port: Number(parts[2]) };
  });
}

/** `max.connections.per.ip.overrides`: the limit by address or name of a host. Throws a {@link ConfigError}. */
export function connectionLimitsByHost(config: Config): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const entry of config["max.connections.per.ip.overrides"].split(",")) {
    if (entry.trim() === "") continue;
    const parts = /^\s*([0-9a-zA-Z\-%._:]+?)\s*:\s*(\d+)\s*$/.exec(entry);
    if (parts === null) {
      throw new ConfigError([`max.connections.per.ip.overrides is a list of host:count and has '${entry.trim()}'.`]);
    }
    limits.set(parts[1]!, Number(parts[2]));
  }
  return limits;
}

/** `log.retention.ms`, or what stands in for it; -1: for ever. */
export function retentionMs(config: Config): number {
  const minutes = config["log.retention.minutes"];
  const fromHours = config["log.retention.hours"] * 3_600_000;
  const ms = config["log.retention.ms"] ?? (minutes === null ? fromHours : minutes * 60_000);
  return ms < 0 ? -1 : ms;
}

function* checkNode(config: Config): Generator<string> {
  if (config["node.id"] !== config["broker.id"]) {
    yield "`node.id` and `broker.id` must be set to the same value. `broker.id` is deprecated, please use `node.id` instead.";
  }
  const cordonedProblem = cordonedDirectoriesProblem(config);
  if (cordonedProblem !== undefined) yield cordonedProblem;
}

function* checkQuorum(config: Config): Generator<string> {
  const voters = quorumVoters(config);
  const roles = config["process.roles"];
  const nodeId = config["node.id"];
  if (voters.size === 0 && quorumBootstrapServers(config).length === 0) {
    yield "If using process.roles, either controller.quorum.bootstrap.servers must contain the set of bootstrap controllers or controller.quorum.voters must contain a parseable set of controllers.";
  }
  if (voters.size === 0) return;
  const listed = `controller.quorum.voters=${config["controller.quorum.voters"].join(",")}`;
  if (roles.includes("controller") && !voters.has(nodeId)) {
    yield `If process.roles contains the 'controller' role, the node id ${nodeId} must be included in the set of voters ${listed}`;
  }
  if (!roles.includes("controller") && voters.has(nodeId)) {
    yield `If process.roles contains just the 'broker' role, the node id ${nodeId} must not be included in the set of voters ${listed}`;
  }
}

function* checkLogs(config: Config): Generator<string> {
  const rollMs = config["log.roll.ms"] ?? config["log.roll.hours"] * 3_600_000;
  const jitterMs = config["log.roll.jitter.ms"] ?? config["log.roll.jitter.hours"] * 3_600_000;
  if (rollMs < 1) yield `log.roll.ms is ${rollMs} and must be greater than or equal to 1`;
  if (jitterMs < 0) yield `log.roll.jitter.ms is ${jitterMs} and must be greater than or equal to 0`;
  if (retentionMs(config) === 0) {
    yield "log.retention.ms is 0 and must be unlimited (-1) or greater than or equal to 1";
  }
  if (config["log.cleaner.dedupe.buffer.size"] / Math.max(1, config["log.cleaner.threads"]) <= 1024 * 1024) {
    yield "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.";
  }
}

function* checkConnections(config: Config): Generator<string> {
  const queuedBytes = config["queued.max.request.bytes"];
  if (queuedBytes > 0 && queuedBytes < config["socket.request.max.bytes"]) {
    yield "queued.max.request.bytes must be larger or equal to socket.request.max.bytes";
  }
  if (connectionLimitsByHost(config).size === 0 && config["max.connections.per.ip"] === 0) {
    yield "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides is set.";
  }
  const idleMs = config["connections.max.idle.ms"];
  const delayMs = config["connection.failed.authentication.delay.ms"];
  if (idleMs >= 0 && delayMs >= idleMs) {
    yield `connection.failed.authentication.delay.ms=${delayMs} should always be less than connections.max.idle.ms=${idleMs} to prevent failed authentication responses from timing out`;
  }
}

function* checkGroups(config: Config): Generator<string> {
  if (!config["group.coordinator.rebalance.protocols"].includes("classic")) {
    yield "Disabling the 'classic' protocol in group.coordinator.rebalance.protocols is not supported.";
  }
  const codec = config["offsets.topic.compression.codec"];
  if (codec < 0 || codec > 4) {
    yield `Invalid value ${codec} for configuration offsets.topic.compression.codec: 0 (none), 1 (gzip), 2 (snappy), 3 (lz4) or 4 (zstd)`;
  }
  for (const kind of ["consumer", "share", "streams"] as const) {
    for (const setting of ["session.timeout.ms", "heartbeat.interval.ms", "assignment.interval.ms"] as const) {
      const key = `group.${kind}.${setting}` as const;
      const least = config[`group.${kind}.min.${setting}`];
      const most = config[`group.${kind}.max.${setting}`];
      if (config[key] < least) yield `${key} must be greater than or equal to group.${kind}.min.${setting} (${least})`;
      if (config[key] > most) yield `${key} must be less than or equal to group.${kind}.max.${setting} (${most})`;
    }
  }
}

function* checkReplication(config: Config): Generator<string> {
  const waitMs = config["replica.fetch.wait.max.ms"];
  if (waitMs > config["replica.socket.timeout.ms"]) {
    yield "replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent unnecessary socket timeouts";
  }
  if (waitMs > config["replica.lag.time.max.ms"]) {
    yield "replica.fetch.wait.max.ms should always be less than or equal to replica.lag.time.max.ms to prevent frequent changes in ISR";
  }
  const selector = config["replica.selector.class"];
  if (selector !== null && selector !== RACK_AWARE_REPLICA_SELECTOR) {
    yield `replica.selector.class is ${selector}: there is no Java here to load a class. Only ${RACK_AWARE_REPLICA_SELECTOR} is built in.`;
  }
}

/** Of what keeps clients from something: without it they would have what nobody meant to give them. */
function* checkGuards(config: Config): Generator<string> {
  if (config["authorizer.class.name"] !== "") {
    yield `authorizer.class.name is ${config["authorizer.class.name"]}: there is no authorizer in this version, and everybody would be let in. Remove it to start without ACLs.`;
  }
  for (const key of ["create.topic.policy.class.name", "alter.config.policy.class.name"] as const) {
    const name = config[key];
    if (name !== null && name !== "")
      yield `${key} is ${name}: there is no Java here to load a class. Remove it to start without this policy.`;
  }
}
