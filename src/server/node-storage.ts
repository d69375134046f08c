import type { Config } from "../config/config.ts";
import { logDirs, metadataLogDir } from "../config/create-config.ts";
import type { VoterEndpoint } from "../raft/voter-set.ts";
import type { Runtime } from "../runtime.ts";
import {
  checkStorage,
  FormatError,
  type FormatRuntime,
  formatStorage,
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
 * never started, added ones for a node that has. Throws a {@link FormatError} that names the directory.
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
  const clusterId = known?.clusterId ?? clusterIdToFormat ?? newUuid(runtime.random);
  checkStorage(before, config["node.id"], clusterId);
  if (before.unformatted.length > 0) {
    await formatStorage(runtime, {
      nodeId: config["node.id"],
      clusterId,
      logDirs: logDirs(config),
      metadataLogDir: metadataDirectory,
      quorum:
        config["controller.quorum.voters"].length > 0
          ? { kind: "static" }
          : { kind: "standalone", endpoints: controllerEndpoints },
      ignoreFormatted: true,
    });
    for (const path of before.unformatted) runtime.log.write("info", `Formatted ${path} for cluster ${clusterId}`);
  }
  const { formatted } = readStorage(runtime, [metadataDirectory]);
  return { clusterId, directoryId: formatted.get(metadataDirectory)!.directoryId ?? "" };
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
