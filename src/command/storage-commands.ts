import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { createConfig, logDirs, metadataLogDir } from "../config/create-config.ts";
import { resolveListeners } from "../config/listeners.ts";
import { METADATA_VERSION, metadataVersionName, SUPPORTED_FEATURES } from "../controller/feature-levels.ts";
import {
  checkStorage,
  FormatError,
  formatStorage,
  type InitialQuorum,
  newUuid,
  readStorage,
} from "../node/storage-format.ts";
import { isUuid } from "../protocol/uuid.ts";
import type { VoterNode } from "../raft/voter-set.ts";
import { type OptionDefinition, type ParsedArguments, UsageError } from "./arguments.ts";
import { type Command, type CommandContext, checkOperands } from "./command.ts";
import { readPropertiesFile } from "./properties-file.ts";

const configOption: OptionDefinition = {
  name: "config",
  short: "c",
  value: "FILE",
  documentation: "The server.properties of the node.",
};

export const formatCommand: Command = {
  name: "storage format",
  summary: "Prepare the log directories of a node.",
  description:
    "Every node of a cluster is formatted with the same cluster id before its first start. Controllers also need to know who " +
    "votes at first: --standalone, --initial-controllers or --no-initial-controllers, unless controller.quorum.voters says it. " +
    "A single node that 'polylog server' starts without a process.roles formats itself.",
  options: [
    configOption,
    {
      name: "cluster-id",
      short: "t",
      value: "ID",
      documentation: "The id of the cluster, from 'polylog storage random-uuid'.",
    },
    { name: "standalone", short: "s", documentation: "This controller is the only voter at first." },
    {
      name: "initial-controllers",
      short: "I",
      value: "ID@HOST:PORT:DIRECTORY[,...]",
      documentation:
        "The voters at first, the same on every node; DIRECTORY is an id from 'polylog storage random-uuid'.",
    },
    {
      name: "no-initial-controllers",
      short: "N",
      documentation: "This controller will be added to the voters of a running cluster.",
    },
    { name: "ignore-formatted", short: "g", documentation: "Leave directories alone that are formatted already." },
    {
      name: "release-version",
      short: "r",
      value: "VERSION",
      documentation: "The metadata version to start with, for example 4.4-IV2.",
    },
    {
      name: "feature",
      short: "f",
      value: "NAME=LEVEL",
      repeated: true,
      documentation: "The level of a feature to start with.",
    },
  ],
  examples: ["polylog storage format -t $(polylog storage random-uuid) --standalone -c server.properties"],
  run: format,
};

export const infoCommand: Command = {
  name: "storage info",
  summary: "Show what the log directories of a node say.",
  options: [configOption],
  run: info,
};

export const randomUuidCommand: Command = {
  name: "storage random-uuid",
  summary: "Print an id for a new cluster.",
  options: [],
  async run({ runtime, terminal }, args) {
    checkOperands(args, 0, 0, "");
    await terminal.write(`${newUuid(runtime.random)}\n`);
    return 0;
  },
};

async function format(context: CommandContext, args: ParsedArguments): Promise<number> {
  checkOperands(args, 0, 0, "");
  const clusterId = args.get("cluster-id")?.trim();
  if (!clusterId) throw new UsageError("--cluster-id is missing: make one with 'polylog storage random-uuid'");
  const config = readConfig(context, args);
  const featureLevels = featureLevelsOf(args);
  const formatted = await formatStorage(context.runtime, {
    nodeId: config["node.id"],
    clusterId,
    logDirs: logDirs(config),
    metadataLogDir: metadataLogDir(config),
    quorum: quorumOf(config, args),
    featureLevels,
    ignoreFormatted: args.has("ignore-formatted"),
  });
  if (formatted.length === 0) {
    await context.terminal.write("All of the log directories are already formatted.\n");
    return 0;
  }
  const level = featureLevels.get(METADATA_VERSION) ?? highest(METADATA_VERSION);
  for (const { path, kind, isDynamicQuorum } of formatted) {
    const dynamic = isDynamicQuorum && kind !== "data" ? "dynamic " : "";
    const version = metadataVersionName(level);
    await context.terminal.write(`Formatting ${dynamic}${kind} directory ${path} with metadata.version ${version}.\n`);
  }
  return 0;
}

async function info(context: CommandContext, args: ParsedArguments): Promise<number> {
  checkOperands(args, 0, 0, "");
  const { runtime, terminal } = context;
  const config = readConfig(context, args);
  const directories = [...new Set([metadataLogDir(config), ...logDirs(config)])];
  const state = readStorage(runtime, directories);
  const problems = state.unformatted.map((directory) =>
    runtime.files.stat(directory) === undefined ? `${directory} does not exist` : `${directory} is not formatted.`,
  );
  for (const [directory, error] of state.failed) problems.push(`${directory} can't be used: ${error.message}`);
  const first = state.formatted.values().next().value;
  if (first !== undefined) {
    try {
      checkStorage(state, config["node.id"], first.clusterId);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.push(error.message);
    }
    await terminal.write(`Found log directories:\n${[...state.formatted.keys()].map((it) => `  ${it}\n`).join("")}\n`);
    const { clusterId, directoryId, nodeId } = first;
    const directory = directoryId === undefined ? "" : ` directory.id=${directoryId},`;
    await terminal.write(`Found metadata: {cluster.id=${clusterId},${directory} node.id=${nodeId}, version=1}\n\n`);
  }
  if (problems.length === 0) return 0;
  await terminal.write(`Found problems:\n${problems.map((it) => `  ${it}\n`).join("")}\n`);
  return 1;
}

function readConfig({ runtime, terminal }: CommandContext, args: ParsedArguments): Config {
  const file = args.get("config");
  if (file === undefined) throw new UsageError("--config is missing");
  try {
    const { settings, whereIs } = readPropertiesFile(runtime.files, file);
    return createConfig({ given: [settings], hostName: terminal.hostName, whereIs }).config;
  } catch (error) {
    if (error instanceof ConfigError) throw new Error(`${file} can't be used: ${error.message}`);
    throw error;
  }
}

function quorumOf(config: Config, args: ParsedArguments): InitialQuorum {
  const given = ["standalone", "initial-controllers", "no-initial-controllers"].filter((name) => args.has(name));
  if (given.length > 1) throw new UsageError(`--${given[0]} and --${given[1]} can't both be given`);
  const isController = config["process.roles"].includes("controller");
  if (config["controller.quorum.voters"].length > 0) {
    if (given.length > 0) {
      throw new UsageError(
        `controller.quorum.voters is a quorum that can't change: remove it, and set controller.quorum.bootstrap.servers instead, to use --${given[0]}`,
      );
    }
    return { kind: "static" };
  }
  if (args.has("standalone")) {
    if (!isController) throw new UsageError("You can only use --standalone on a controller.");
    return { kind: "standalone", endpoints: controllerEndpoints(config) };
  }
  const voters = args.get("initial-controllers");
  if (voters !== undefined) return { kind: "initialControllers", voters: parseVoters(voters, config) };
  if (isController && !args.has("no-initial-controllers")) {
    throw new UsageError(
      "Because controller.quorum.voters is not set on this controller, you must specify one of the following: --standalone, --initial-controllers, or --no-initial-controllers.",
    );
  }
  return { kind: "none" };
}

function controllerEndpoints(config: Config) {
  return resolveListeners(config).advertisedController.map(({ listenerName, host, port }) => ({
    name: listenerName,
    host,
    port,
  }));
}

function parseVoters(text: string, config: Config): readonly VoterNode[] {
  const name = config["controller.listener.names"][0]?.toUpperCase() ?? "CONTROLLER";
  const voters = text.split(",").map((part): VoterNode => {
    const match = /^\s*(\d+)@\[?([^\]]+?)\]?:(\d+):([^:]+?)\s*$/.exec(part);
    if (match === null) throw new UsageError(`'${part}' is not ID@HOST:PORT:DIRECTORY`);
    const [, id, host = "", port, directoryId = ""] = match;
    if (!isUuid(directoryId)) {
      throw new UsageError(`'${directoryId}' is not a directory id: make one with 'polylog storage random-uuid'`);
    }
    const endpoints = [{ name, host, port: Number(port) }];
    return { id: Number(id), directoryId, endpoints, supportedKRaftVersion: { min: 0, max: 1 } };
  });
  const own = voters.find(({ id }) => id === config["node.id"]);
  if (own === undefined && config["process.roles"].includes("controller")) {
    throw new UsageError(`--initial-controllers does not have this node, ${config["node.id"]}`);
  }
  return voters;
}

/** Of the features that this version can do; those that it can't have a level of 0 and no other. */
function featureLevelsOf(args: ParsedArguments): Map<string, number> {
  const levels = new Map<string, number>();
  const release = args.get("release-version");
  if (release !== undefined) levels.set(METADATA_VERSION, metadataLevel(release));
  for (const text of args.all("feature")) {
    const [name = "", levelText = ""] = text.split("=");
    const level = Number(levelText);
    const range = SUPPORTED_FEATURES.get(name);
    if (range === undefined && level !== 0) {
      const known = [...SUPPORTED_FEATURES.keys()].sort().join(", ");
      throw new UsageError(`Unsupported feature: ${name}. Supported features are: ${known}`);
    }
    if (!/^\d+$/.test(levelText) || (range !== undefined && (level < range.min || level > range.max))) {
      throw new UsageError(`No feature:${name} with feature level ${levelText}`);
    }
    if (range !== undefined) levels.set(name, level);
  }
  return levels;
}

function metadataLevel(release: string): number {
  const { min, max } = SUPPORTED_FEATURES.get(METADATA_VERSION)!;
  const names = Array.from({ length: max - min + 1 }, (_, index) => metadataVersionName(min + index));
  // A release without its step means its last step.
  const index = names.findLastIndex((name) => name === release || name.startsWith(`${release}-`));
  if (index < 0) {
    throw new UsageError(`Unknown metadata.version '${release}'. Supported metadata.version are: ${names.join(", ")}`);
  }
  return min + index;
}

function highest(feature: string): number {
  return SUPPORTED_FEATURES.get(feature)!.max;
}
