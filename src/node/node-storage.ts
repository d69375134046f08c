import type { Config } from "../config/config.ts";
import { logDirs, metadataLogDir } from "../config/create-config.ts";
import { quorumBootstrapServers } from "../config/cross-checks.ts";
import { readKnownDirectories, writeKnownDirectories } from "../log/known-directories.ts";
import { META_PROPERTIES, writeMetaProperties } from "../log/meta-properties.ts";
import { isSystemError } from "../log/storage-guard.ts";
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
  type StorageState,
} from "./storage-format.ts";

/** Who this node is, by its directories. */
export interface NodeIdentity {
  readonly clusterId: string;
  /** Of the metadata log directory. */
  readonly directoryId: string;
  /** Log directories that can't be used, and why: the others can. */
  readonly unusable: ReadonlyMap<string, Error>;
}

/**
 * Reads what the directories say and formats those that are empty: all of them for a node that is its own quorum and has
 * never started, added ones for a node that has. A node of a larger cluster must have been told the cluster's id, and, for
 * a dynamic quorum, whom the quorum begins with. Throws a {@link FormatError} that names the directory, also when that is of
 * another cluster than it was told. One of the log directories that can't be read, or that is empty and was not at the last
 * start, is no reason not to start; nor is one that is `dead`, which is not touched.
 */
export async function prepareStorage(
  runtime: FormatRuntime & Pick<Runtime, "log">,
  config: Config,
  givenClusterId: string | undefined,
  controllerEndpoints: readonly VoterEndpoint[],
  dead: ReadonlyMap<string, Error>,
): Promise<NodeIdentity> {
  const metadataDirectory = metadataLogDir(config);
  const directories = [metadataDirectory, ...logDirs(config)];
  const alive = directories.filter((directory) => !dead.has(directory));
  const found = readStorage(runtime, alive);
  const before = { ...found, failed: new Map([...found.failed, ...dead]) };
  const unusable = findUnusable(runtime, metadataDirectory, before);
  const known = before.formatted.values().next().value;
  if (known === undefined && holdsData(runtime, alive)) {
    throw new FormatError(
      `No meta.properties in ${[...new Set(directories)].join(", ")}, but there are files: is this the right log.dirs? A directory is formatted by itself only when it is empty; otherwise run polylog storage format.`,
    );
  }
  const quorum = quorumToFormat(config, controllerEndpoints);
  if (known === undefined && quorum.kind !== "standalone") checkFormattable(config, quorum, givenClusterId);
  const clusterId = givenClusterId ?? known?.clusterId ?? newUuid(runtime.random);
  checkStorage(before, config["node.id"], clusterId);
  const toFormat = before.unformatted.filter((directory) => !unusable.has(directory));
  if (toFormat.length > 0) {
    await formatStorage(runtime, {
      nodeId: config["node.id"],
      clusterId,
      logDirs: logDirs(config).filter((directory) => !unusable.has(directory)),
      metadataLogDir: metadataDirectory,
      // A metadata directory that is added to a node that has one already is no new controller.
      quorum: known === undefined || quorum.kind === "static" ? quorum : { kind: "none" },
      ignoreFormatted: true,
    });
    for (const path of toFormat) runtime.log.write("info", `Formatted ${path} for cluster ${clusterId}`);
  }
  await addDirectoryIds(runtime, metadataDirectory, before.formatted, unusable);
  await writeKnownDirectories(runtime.files, metadataDirectory, new Set(directories));
  const { formatted } = readStorage(runtime, [metadataDirectory]);
  return { clusterId, directoryId: formatted.get(metadataDirectory)!.directoryId!, unusable };
}

/** Directories that were formatted before KIP-858 have no id: they get one. One that can't be written to becomes unusable. */
async function addDirectoryIds(
  { files, random, log }: FormatRuntime & Pick<Runtime, "log">,
  metadataDirectory: string,
  formatted: StorageState["formatted"],
  unusable: Map<string, Error>,
): Promise<void> {
  for (const [directory, properties] of formatted) {
    if (properties.directoryId !== undefined) continue;
    try {
      await writeMetaProperties(files, directory, { ...properties, directoryId: newUuid(random) });
      log.write("info", `Rewrote ${directory}/${META_PROPERTIES}: it had no directory.id`);
    } catch (error) {
      if (directory === metadataDirectory || !isSystemError(error)) throw error;
      unusable.set(directory, error);
    }
  }
}

/** Without the metadata log's directory there is no node. */
function findUnusable(
  { files }: FormatRuntime,
  metadataDirectory: string,
  { unformatted, failed }: StorageState,
): Map<string, Error> {
  const failure = failed.get(metadataDirectory);
  if (failure !== undefined) throw failure;
  const unusable = new Map(failed);
  const known = readKnownDirectories(files, metadataDirectory);
  for (const directory of unformatted) {
    if (directory === metadataDirectory || !known.has(directory)) continue;
    const problem = `${directory} has no meta.properties any more: is its disk mounted? If it has been replaced, run polylog storage format --ignore-formatted`;
    unusable.set(directory, new Error(problem));
  }
  return unusable;
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
