/**
 * Formats the log directories of a node: who they belong to, and for a controller what its metadata log starts from
 * (KIP-631, KIP-853). Used by `polylog storage format`, and by a single node that finds nothing at its first start.
 */
import { INITIAL_FEATURE_LEVELS, KRAFT_VERSION } from "../controller/feature-levels.ts";
import { featureLevelRecord } from "../controller/record-factory.ts";
import { type MetaProperties, readMetaProperties, writeMetaProperties } from "../log/meta-properties.ts";
import { isSystemError } from "../log/storage-guard.ts";
import { METADATA_TOPIC_ID, randomUuid, type Uuid, ZERO_UUID } from "../protocol/uuid.ts";
import { BOOTSTRAP_SNAPSHOT, type SnapshotRuntime, snapshotFileName, writeSnapshot } from "../raft/snapshot-file.ts";
import type { VoterEndpoint, VoterNode } from "../raft/voter-set.ts";
import type { Random, Runtime } from "../runtime.ts";

export type FormatRuntime = SnapshotRuntime & Pick<Runtime, "clock" | "random">;

export interface FormatOptions {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly logDirs: readonly string[];
  /** One of `logDirs`, or another directory. */
  readonly metadataLogDir: string;
  readonly quorum: InitialQuorum;
  /** Levels other than the default ones, by feature. */
  readonly featureLevels?: ReadonlyMap<string, number>;
  /** Directories that are formatted already are left as they are; otherwise they are an error. */
  readonly ignoreFormatted?: boolean;
}

/** Who votes at first. */
export type InitialQuorum =
  /** This controller alone; others can join. */
  | { readonly kind: "standalone"; readonly endpoints: readonly VoterEndpoint[] }
  /** The same list on every node. */
  | { readonly kind: "initialControllers"; readonly voters: readonly VoterNode[] }
  /** `controller.quorum.voters` of the configuration. */
  | { readonly kind: "static" }
  /** A broker, or a controller that joins later. */
  | { readonly kind: "none" };

export interface FormattedDirectory {
  readonly path: string;
  readonly kind: "metadata voter" | "metadata" | "data";
  readonly isDynamicQuorum: boolean;
}

/** A directory can't be formatted; the message says which one, and why. */
export class FormatError extends Error {
  override readonly name = "FormatError";
}

/** What this node's directories say, and which are not formatted. Throws a {@link FormatError} when they disagree. */
export interface StorageState {
  readonly formatted: ReadonlyMap<string, MetaProperties>;
  /** Missing, or without `meta.properties`. */
  readonly unformatted: readonly string[];
  /** Of those that can't be looked at, why. */
  readonly failed: ReadonlyMap<string, Error>;
}

export function readStorage(runtime: Pick<Runtime, "files">, directories: Iterable<string>): StorageState {
  const formatted = new Map<string, MetaProperties>();
  const unformatted: string[] = [];
  const failed = new Map<string, Error>();
  for (const directory of new Set(directories)) {
    try {
      const kind = runtime.files.stat(directory)?.kind ?? "directory";
      if (kind !== "directory") {
        failed.set(directory, new Error(`${directory} is no directory`));
        continue;
      }
      const properties = readMetaProperties(runtime.files, directory);
      if (properties === undefined) unformatted.push(directory);
      else formatted.set(directory, properties);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      failed.set(directory, error);
    }
  }
  return { formatted, unformatted, failed };
}

/** Throws a {@link FormatError} unless all formatted directories belong to this node of this cluster. */
export function checkStorage(state: StorageState, nodeId: number, clusterId: string): void {
  const directories = new Map<string, string>();
  for (const [directory, properties] of state.formatted) {
    const path = `${directory}/meta.properties`;
    if (properties.clusterId !== clusterId) {
      throw new FormatError(`Invalid cluster.id in: ${path}. Expected ${clusterId}, but read ${properties.clusterId}`);
    }
    if (properties.nodeId !== nodeId) {
      throw new FormatError(
        `Stored node id ${properties.nodeId} doesn't match the configured node id ${nodeId} in: ${path}`,
      );
    }
    const { directoryId } = properties;
    if (directoryId === undefined) continue;
    const other = directories.get(directoryId);
    if (other !== undefined) {
      throw new FormatError(`${directory} and ${other} have the same directory.id: one is a copy of the other`);
    }
    directories.set(directoryId, directory);
  }
}

/** Formats what is not formatted yet, and answers which directories that were. */
export async function formatStorage(
  runtime: FormatRuntime,
  options: FormatOptions,
): Promise<readonly FormattedDirectory[]> {
  const { metadataLogDir } = options;
  const state = readStorage(runtime, [metadataLogDir, ...options.logDirs]);
  checkStorage(state, options.nodeId, options.clusterId);
  for (const [path, error] of state.failed) throw new FormatError(`${path} can't be formatted: ${error.message}`);
  const [formatted] = state.formatted.keys();
  if (formatted !== undefined && !options.ignoreFormatted) {
    throw new FormatError(
      `Log directory ${formatted} is already formatted. Use --ignore-formatted to ignore this directory and format the others.`,
    );
  }
  const results: FormattedDirectory[] = [];
  for (const path of state.unformatted) {
    const isMetadata = path === metadataLogDir;
    const directoryId = (isMetadata && givenDirectoryId(options)) || newUuid(runtime.random);
    makeDirectory(runtime, path);
    // First what the log starts from: with meta.properties a directory counts as formatted.
    if (isMetadata) await writeBootstrapSnapshot(runtime, options, directoryId);
    await writeMetaProperties(runtime.files, path, {
      clusterId: options.clusterId,
      nodeId: options.nodeId,
      directoryId,
    });
    results.push({ path, kind: kindOf(options, isMetadata), isDynamicQuorum: options.quorum.kind !== "static" });
  }
  return results;
}

function makeDirectory({ files }: FormatRuntime, path: string): void {
  try {
    files.makeDirectory(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new FormatError(`Log directory ${path} can't be made: ${error.message}`, { cause: error });
  }
}

/** An id for a cluster, a directory or a topic. */
export function newUuid(random: Random): Uuid {
  for (;;) {
    const uuid = randomUuid(random.bytes(16));
    if (uuid !== undefined && uuid !== ZERO_UUID && uuid !== METADATA_TOPIC_ID) return uuid;
  }
}

function kindOf({ quorum, nodeId }: FormatOptions, isMetadata: boolean): FormattedDirectory["kind"] {
  if (!isMetadata) return "data";
  const isVoter =
    quorum.kind === "standalone" ||
    (quorum.kind === "initialControllers" && quorum.voters.some(({ id }) => id === nodeId));
  return isVoter ? "metadata voter" : "metadata";
}

/** With `--initial-controllers` the directory ids are agreed on beforehand. */
function givenDirectoryId({ quorum, nodeId }: FormatOptions): Uuid | undefined {
  if (quorum.kind !== "initialControllers") return undefined;
  return quorum.voters.find(({ id }) => id === nodeId)?.directoryId;
}

async function writeBootstrapSnapshot(
  runtime: FormatRuntime,
  options: FormatOptions,
  directoryId: Uuid,
): Promise<void> {
  const directory = `${options.metadataLogDir}/__cluster_metadata-0`;
  const levels = new Map([...INITIAL_FEATURE_LEVELS, ...(options.featureLevels ?? [])]);
  levels.delete(KRAFT_VERSION);
  const snapshot = {
    ...BOOTSTRAP_SNAPSHOT,
    lastContainedLogTimestampMs: 0,
    quorum: initialQuorum(options, directoryId),
    records: [...levels].filter(([, level]) => level > 0).map(([name, level]) => featureLevelRecord(name, level)),
  };
  runtime.files.makeDirectory(directory);
  // A format that was broken off may have left it; without meta.properties nobody has used it.
  runtime.files.remove(`${directory}/${snapshotFileName(BOOTSTRAP_SNAPSHOT)}`);
  await writeSnapshot(runtime, directory, snapshot, runtime.clock.now());
}

/** Undefined for kraft.version 0, where the configuration says who votes. */
function initialQuorum({ quorum, nodeId }: FormatOptions, directoryId: Uuid) {
  switch (quorum.kind) {
    case "static":
    case "none":
      return undefined;
    case "initialControllers":
      return { kraftVersion: 1, voters: quorum.voters };
    case "standalone": {
      const supportedKRaftVersion = { min: 0, max: 1 };
      return {
        kraftVersion: 1,
        voters: [{ id: nodeId, directoryId, endpoints: quorum.endpoints, supportedKRaftVersion }],
      };
    }
  }
}
