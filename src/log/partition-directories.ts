import { CLUSTER_METADATA_TOPIC } from "../protocol/internal-topics.ts";
import type { Runtime } from "../runtime.ts";
import { DelayedRemovals } from "./delayed-removals.ts";
import {
  DELETE_DIRECTORY_SUFFIX,
  FUTURE_DIRECTORY_SUFFIX,
  newUniqueId,
  type PartitionDirectoryName,
  parsePartitionDirectoryName,
  parseSuffixedDirectoryName,
  STRAY_DIRECTORY_SUFFIX,
  suffixedDirectoryName,
} from "./file-names.ts";
import type { LogConfig } from "./log-config.ts";
import { readPartitionMetadata } from "./partition-metadata.ts";

/** Why a log is put aside. */
export const NOT_GIVEN = "the metadata does not give its partition to this broker";

/** In one warning. */
const MAX_NAMES_SHOWN = 20;

/** A directory of a partition, in a log directory. */
export interface PartitionDirectory extends ParsedDirectory {
  /** That its partition.metadata tells. */
  readonly topicId: string | undefined;
}

export interface PartitionDirectoriesOptions {
  readonly runtime: Pick<Runtime, "files" | "clock" | "random" | "log">;
  /** Of the log directory. */
  readonly path: string;
  /** Whether the metadata gives the partition of this topic id (undefined: not known) to this broker. */
  readonly isOwn?: (partition: PartitionDirectoryName, topicId: string | undefined) => boolean;
}

/** The directories of partitions in one log directory: which are there, and the names under which they go. */
export class PartitionDirectories {
  readonly #options: PartitionDirectoriesOptions;
  readonly #removals: DelayedRemovals;

  constructor(options: PartitionDirectoriesOptions, onFailure: (error: Error) => void) {
    this.#options = options;
    this.#removals = new DelayedRemovals(options.runtime, onFailure);
  }

  /** Those that hold logs to be used, or logs on their way here. What is to be removed is, and what is not ours is put aside. */
  settle(configOf: (topic: string) => LogConfig): readonly PartitionDirectory[] {
    const { files } = this.#options.runtime;
    const names = files
      .list(this.#options.path)
      .filter(({ kind }) => kind === "directory")
      .map(({ name }) => name);
    for (const name of names) {
      if (!name.endsWith(DELETE_DIRECTORY_SUFFIX)) continue;
      const topic = name.slice(0, name.lastIndexOf("-", name.lastIndexOf(".")));
      this.removeLater(this.pathOf(name), configOf(topic)["file.delete.delay.ms"]);
    }
    this.#warnOfStrays(names.filter((name) => name.endsWith(STRAY_DIRECTORY_SUFFIX)));
    return this.#own(names.flatMap((name) => parseDirectory(name) ?? []));
  }

  pathOf(name: string): string {
    return `${this.#options.path}/${name}`;
  }

  /** A path that nothing has. */
  newPath({ topic, partition }: PartitionDirectoryName, suffix: string): string {
    return this.pathOf(suffixedDirectoryName(topic, partition, newUniqueId(this.#options.runtime.random), suffix));
  }

  removeLater(path: string, delayMs: number): void {
    this.#removals.schedule([path], delayMs);
  }

  /** Keeps files that this broker is not to use, for the operator to look at. */
  putAside(path: string, partition: PartitionDirectoryName, reason: string): void {
    const kept = this.newPath(partition, STRAY_DIRECTORY_SUFFIX);
    this.#options.runtime.files.rename(path, kept);
    this.#warn(`${path} is not used, because ${reason}: it is kept as ${kept}`);
  }

  /** What waits for its removal is removed by the next start. */
  close(): void {
    this.#removals.cancel();
  }

  #own(directories: readonly ParsedDirectory[]): readonly PartitionDirectory[] {
    const { isOwn = () => true, runtime } = this.#options;
    const own = new Map<string, PartitionDirectory>();
    // Future logs last: beside the log that is in use they are of no use.
    for (const directory of directories.toSorted((a, b) => a.name.length - b.name.length)) {
      const key = `${directory.topic}-${directory.partition}`;
      const path = this.pathOf(directory.name);
      const other = own.get(key);
      if (other !== undefined) {
        this.#warn(`${path} is removed: the partition's log here is ${other.name}`);
        const renamed = this.newPath(directory, DELETE_DIRECTORY_SUFFIX);
        runtime.files.rename(path, renamed);
        this.removeLater(renamed, 0);
        continue;
      }
      const topicId = readPartitionMetadata(runtime.files, path);
      if (isOwn(directory, topicId)) own.set(key, { ...directory, topicId });
      else {
        this.putAside(path, directory, NOT_GIVEN);
      }
    }
    return [...own.values()];
  }

  #warnOfStrays(names: readonly string[]): void {
    if (names.length === 0) return;
    const more = names.length > MAX_NAMES_SHOWN ? ` and ${names.length - MAX_NAMES_SHOWN} more` : "";
    const shown = names.slice(0, MAX_NAMES_SHOWN).join(", ");
    this.#warn(`${this.#options.path} keeps partitions that were not this broker's any more: ${shown}${more}`);
  }

  #warn(line: string): void {
    this.#options.runtime.log.write("warn", line);
  }
}

interface ParsedDirectory extends PartitionDirectoryName {
  readonly name: string;
}

function parseDirectory(name: string): ParsedDirectory | undefined {
  const partition = parsePartitionDirectoryName(name) ?? parseSuffixedDirectoryName(name, FUTURE_DIRECTORY_SUFFIX);
  return partition === undefined || partition.topic === CLUSTER_METADATA_TOPIC ? undefined : { ...partition, name };
}
