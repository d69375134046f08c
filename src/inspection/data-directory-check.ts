import { CLEAN_SHUTDOWN_FILE } from "../log/clean-shutdown-file.ts";
import { LOCK_FILE } from "../log/directory-lock.ts";
import {
  DELETE_DIRECTORY_SUFFIX,
  FUTURE_DIRECTORY_SUFFIX,
  LOG_SUFFIX,
  parsePartitionDirectoryName,
  STRAY_DIRECTORY_SUFFIX,
} from "../log/file-names.ts";
import { KNOWN_DIRECTORIES_FILE } from "../log/known-directories.ts";
import { META_PROPERTIES, readMetaProperties } from "../log/meta-properties.ts";
import {
  CLEANER_CHECKPOINT,
  HIGH_WATERMARK_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  OffsetCheckpoint,
  RECOVERY_POINT_CHECKPOINT,
} from "../log/offset-checkpoint.ts";
import { isSystemError } from "../log/storage-guard.ts";
import { CLUSTER_METADATA_DIRECTORY } from "../raft/load-metadata-log.ts";
import type { FileSystem } from "../runtime.ts";
import { fileKind } from "./file-kind.ts";
import type { Inspection } from "./finding.ts";
import { checkPartition, type PartitionContext } from "./partition-check.ts";
import type { InspectionRuntime } from "./segment-check.ts";
import { messageOf } from "./small-file-checks.ts";
import { unlessUnreadable } from "./unreadable.ts";

/** How far a check has come. */
export interface CheckProgress {
  totalPartitions: number;
  partitions: number;
  totalBytes: number;
  bytes: number;
}

/**
 * One log directory, or one partition in it: what there is to check, and what the directory says of it. Nothing is ever
 * written, and no lock is taken.
 */
export class DataDirectoryCheck {
  readonly progress: CheckProgress = { totalPartitions: 0, partitions: 0, totalBytes: 0, bytes: 0 };
  readonly #runtime: InspectionRuntime;
  readonly #directory: string;
  /** Names of the directories of partitions. */
  readonly #partitions: readonly string[];
  readonly #isInUse: boolean;
  readonly #isWhole: boolean;

  /** `path` is a log directory or a partition's; throws when nothing is there, or no directory. */
  constructor(runtime: InspectionRuntime, path: string, isInUse: (directory: string) => boolean) {
    const directory = path.replace(/(?<=.)\/+$/, "");
    const kind = runtime.files.stat(directory)?.kind;
    if (kind !== "directory")
      throw new Error(`${path}: ${kind === undefined ? "no such directory" : "is no directory"}`);
    this.#runtime = runtime;
    this.#isWhole = !isPartitionDirectory(runtime.files, directory);
    this.#directory = this.#isWhole ? directory : parentOf(directory);
    this.#partitions = this.#isWhole ? this.#listPartitions() : [nameOf(directory)];
    this.#isInUse = isInUse(this.#directory);
    this.progress.totalPartitions = this.#partitions.length;
    for (const name of this.#partitions) this.progress.totalBytes += this.#logBytes(name);
  }

  *run(): Inspection {
    if (this.#isInUse) {
      yield {
        severity: "note",
        path: this.#directory,
        problem: "is in use by a running process: what it writes meanwhile may be reported as unfinished",
      };
    }
    if (this.#isWhole) yield* this.#checkDirectory();
    const contexts = yield* this.#readContexts();
    for (const name of this.#partitions) {
      const path = `${this.#directory}/${name}`;
      const bytes = (count: number) => {
        this.progress.bytes += count;
      };
      const inspection = checkPartition(this.#runtime, path, contexts(name), { bytes });
      yield* unlessUnreadable(path, this.#isInUse, inspection);
      this.progress.partitions++;
      yield;
    }
  }

  /** Everything in it that is no partition. */
  *#checkDirectory(): Inspection {
    const { files } = this.#runtime;
    const path = `${this.#directory}/${META_PROPERTIES}`;
    try {
      if (readMetaProperties(files, this.#directory) === undefined) {
        const problem = "is missing: nothing says whose directory this is";
        yield {
          severity: "refused",
          path,
          problem,
          atStart: "the node does not start, unless all its directories are empty",
        };
      }
    } catch (error) {
      yield { severity: "refused", path, problem: messageOf(error), atStart: "the node does not start" };
    }
    for (const { name, kind } of files.list(this.#directory)) {
      if (this.#partitions.includes(name)) continue;
      const note = noteOn(name, kind);
      if (note !== undefined) yield { severity: "note", path: `${this.#directory}/${name}`, ...note };
    }
  }

  /** Of each partition what the checkpoints say. */
  *#readContexts(): Inspection<(name: string) => PartitionContext> {
    const recoveryPoints = yield* this.#readCheckpoint(RECOVERY_POINT_CHECKPOINT, "everything is recovered");
    const highWatermarks = yield* this.#readCheckpoint(
      HIGH_WATERMARK_CHECKPOINT,
      "high watermarks start at the log start",
    );
    const compacted = yield* this.#readCheckpoint(CLEANER_CHECKPOINT, "compaction begins at the log start");
    yield* this.#readCheckpoint(LOG_START_OFFSET_CHECKPOINT, "records that were deleted may come back");
    const hadCleanShutdown = this.#runtime.files.stat(`${this.#directory}/${CLEAN_SHUTDOWN_FILE}`) !== undefined;
    return (name) => {
      const isMetadataLog = name === CLUSTER_METADATA_DIRECTORY;
      return {
        isMetadataLog,
        // Every start reads the whole metadata log.
        hadCleanShutdown: hadCleanShutdown && !isMetadataLog,
        recoveryPoint: recoveryPoints.get(name),
        highWatermark: highWatermarks.get(name),
        isCompacted: compacted.has(name),
        isInUse: this.#isInUse,
      };
    };
  }

  *#readCheckpoint(name: string, atStart: string): Inspection<ReadonlyMap<string, number>> {
    const checkpoint = new OffsetCheckpoint(this.#runtime.files, `${this.#directory}/${name}`);
    try {
      return checkpoint.read();
    } catch (error) {
      const problem = `is damaged: ${messageOf(error)}`;
      yield { severity: "repaired", path: checkpoint.path, problem, atStart: `it is taken as empty: ${atStart}` };
      return new Map();
    }
  }

  #listPartitions(): readonly string[] {
    return this.#runtime.files
      .list(this.#directory)
      .filter(({ name, kind }) => kind === "directory" && isPartitionName(name))
      .map(({ name }) => name)
      .sort();
  }

  /** 0 for what can't be read: the check itself will tell. */
  #logBytes(name: string): number {
    const directory = `${this.#directory}/${name}`;
    const { files } = this.#runtime;
    try {
      return files
        .list(directory)
        .filter((entry) => entry.name.endsWith(LOG_SUFFIX) || fileKind(entry.name)?.kind === "metadata snapshot")
        .reduce((sum, entry) => sum + (files.stat(`${directory}/${entry.name}`)?.sizeBytes ?? 0), 0);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return 0;
    }
  }
}

/** A log directory holds no segments of its own. */
function isPartitionDirectory(files: FileSystem, directory: string): boolean {
  return files.list(directory).some(({ name, kind }) => kind === "file" && fileKind(name)?.kind === "segment");
}

/** A partition, or one on its way to another directory. */
function isPartitionName(name: string): boolean {
  return parsePartitionDirectoryName(name) !== undefined || name.endsWith(FUTURE_DIRECTORY_SUFFIX);
}

function noteOn(name: string, kind: string): { readonly problem: string; readonly atStart: string } | undefined {
  if (name.endsWith(DELETE_DIRECTORY_SUFFIX)) return { problem: "waits for its removal", atStart: "it is removed" };
  if (name.endsWith(STRAY_DIRECTORY_SUFFIX)) {
    return { problem: "is a partition that was not this broker's any more", atStart: "it is left alone" };
  }
  if (kind === "file" && (fileKind(name) !== undefined || name === LOCK_FILE || name.endsWith(".tmp")))
    return undefined;
  if (name === "lost+found" || name === KNOWN_DIRECTORIES_FILE) return undefined;
  return { problem: `is no part of a log directory`, atStart: "it is left alone" };
}

function parentOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end < 0 ? "." : path.slice(0, Math.max(end, 1));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
