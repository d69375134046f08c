import type { Config } from "../config/config.ts";
import { logDirs, metadataLogDir } from "../config/create-config.ts";
import { quorumBootstrapServers } from "../config/cross-checks.ts";
import type { VoterEndpoint } from "../raft/voter-set.ts";
import type { Runtime } from "../runtime.ts";
import {
  checkStorage,
  FormatError,
  type FormatRuntime,
  formatStorage,
  type InitialQuorum,
  newUuid,
  readStorage,
} from "./storage-format.ts";

/** Who this node is, by its directories. */
export interface NodeIdentity {
  readonly clusterId: string;
  /** Of the metadata log directory. */
  readonly directoryId: string;
}

/**
 * Reads what the directories say and formats those that are empty: all of them for a node that is its own quorum and has
 * never started, added ones for a node that has. A node of a larger cluster must have been told the cluster's id, and, for
 * a dynamic quorum, whom the quorum begins with. Throws a {@link FormatError} that names the directory.
 */
export async function prepareStorage(
  runtime: FormatRuntime & Pick<Runtime, "log">,
  config: Config,
  clusterIdToFormat: string | undefined,
  controllerEndpoints: readonly VoterEndpoint[],
): Promise<NodeIdentity> {
  const metadataDirectory = metadataLogDir(config);
  const directories = [metadataDirectory, ...logDirs(config)];
  const before = readStorage(runtime, directories);
  const known = before.formatted.values().next().value;
  if (known === undefined && holdsData(runtime, directories)) {
    throw new FormatError(
      `No meta.properties in ${directories.join(", ")}, but there are files: is this the right log.dirs? A directory is formatted by itself only when it is empty; otherwise run polylog storage format.`,
    );
  }
  const quorum = quorumToFormat(config, controllerEndpoints);
  if (known === undefined && quorum.kind !== "standalone") checkFormattable(config, quorum, clusterIdToFormat);
  const clusterId = known?.clusterId ?? clusterIdToFormat ?? newUuid(runtime.random);
  checkStorage(before, config["node.id"], clusterId);
  if (before.unformatted.length > 0) {
    await formatStorage(runtime, {
      nodeId: config["node.id"],
      clusterId,
      logDirs: logDirs(config),
      metadataLogDir: metadataDirectory,
      // A metadata directory that is added to a node that has one already is no new controller.
      quorum: known === undefined || quorum.kind === "static" ? quorum : { kind: "none" },
      ignoreFormatted: true,
    });
    for (const path of before.unformatted) runtime.log.write("info", `Formatted ${path} for cluster ${clusterId}`);
  }
  const { formatted } = readStorage(runtime, [metadataDirectory]);
  return { clusterId, directoryId: formatted.get(metadataDirectory)!.directoryId ?? "" };
}

/** What an empty metadata directory begins with, as far as the configuration tells. */
function quorumToFormat(config: Config, endpoints: readonly VoterEndpoint[]): InitialQuorum {
  if (config["controller.quorum.voters"].length > 0) return { kind: "static" };
  const isController = config["process.roles"].includes("controller");
  const isAlone = quorumBootstrapServers(config).every((server) => isOwn(server, endpoints, config.hostName));
  return isController && isAlone ? { kind: "standalone", endpoints } : { kind: "none" };
}

/** Port 0 is the one that was picked. */
function isOwn({ host, port }: { host: string; port: number }, endpoints: readonly VoterEndpoint[], hostName: string) {
  const isThisMachine = ["127.0.0.1", "localhost", "::1", hostName].includes(host);
  return endpoints.some((own) => (port === 0 || port === own.port) && (isThisMachine || host === own.host));
}

/** Nodes that make up cluster ids of their own would never find together. */
function checkFormattable(config: Config, { kind }: InitialQuorum, clusterId: string | undefined): void {
  const isBroker = !config["process.roles"].includes("controller");
  const isAlone = kind === "static" && config["controller.quorum.voters"].length === 1;
  if (isAlone || (clusterId !== undefined && (kind === "static" || isBroker))) return;
  const command =
    kind === "none" && !isBroker
      ? "polylog storage format with --initial-controllers, --standalone or --no-initial-controllers"
      : "polylog storage format --cluster-id with the id of the cluster";
  throw new FormatError(
    `${metadataLogDir(config)} is not formatted, and this node is one of several: run ${command}. All nodes need the same cluster id.`,
  );
}

/** A lock file is left by a start that failed early; anything else is somebody's. */
function holdsData(runtime: FormatRuntime, directories: readonly string[]): boolean {
  const { files } = runtime;
  return directories.some(
    (directory) =>
      files.stat(directory)?.kind === "directory" &&
      files.list(directory).some(({ name }) => name !== ".lock" && name !== "lost+found"),
  );
}
