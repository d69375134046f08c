import {
  chmodSync,
  closeSync,
  constants,
  type Dirent,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  statfsSync,
  statSync,
  utimesSync,
  write,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { DirectoryEntry, FileStat, FileSystem, OpenMode } from "../../src/runtime.ts";
import { DiskFile, type WriteInThread } from "./disk-file.ts";
import type { CallThreads } from "./disk-watch/call-threads.ts";
import type { WatchedDisk } from "./disk-watch/watched-disk.ts";
import { watchFiles } from "./disk-watch/watched-files.ts";
import { lockFile, type TryLock } from "./file-lock.ts";

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = constants;
const openFlags: Record<OpenMode, number> = {
  read: O_RDONLY,
  write: O_RDWR,
  create: O_RDWR | O_CREAT,
  exclusive: O_RDWR | O_CREAT | O_EXCL,
};

/** What a start asks of a file system thousands of times, where a runtime has something faster than its node:fs. */
export type Lookups = Pick<FileSystem, "list" | "stat">;

const nodeLookups: Lookups = {
  list: (directory) => readdirSync(directory, { withFileTypes: true }).map((entry) => describe(directory, entry)),
  stat,
};

/** The machine's file system through node:fs, which all three runtimes have: pread, pwrite and fdatasync underneath. */
export function createDiskFiles(
  loadTryLock: () => TryLock | undefined,
  lookups = nodeLookups,
  writeInThread: WriteInThread = writeByRuntime,
  callThreads?: CallThreads,
): FileSystem {
  let tryLock: { readonly value: TryLock | undefined } | undefined;
  const create = (disk: WatchedDisk | undefined): FileSystem => ({
    open: (path, mode) => new DiskFile(path, openSync(path, openFlags[mode], 0o644), writeInThread, disk),
    list: lookups.list,
    stat: lookups.stat,
    makeDirectory,
    rename: renameSync,
    remove: (path) => rmSync(path, { recursive: true, force: true }),
    setReadOnly: (path) => chmodSync(path, 0o444),
    setModified: (path, modifiedMs) => utimesSync(path, modifiedMs / 1000, modifiedMs / 1000),
    syncDirectory,
    diskSpace(path) {
      const { bsize, blocks, bavail } = statfsSync(path);
      return { totalBytes: blocks * bsize, usableBytes: bavail * bsize };
    },
    lock(path) {
      tryLock ??= { value: loadTryLock() };
      return lockFile(path, tryLock.value);
    },
  });
  if (callThreads === undefined) return create(undefined);
  return { ...create(undefined), watch: (directory, events) => watchFiles(directory, callThreads, events, create) };
}

function writeByRuntime(...[descriptor, source, position, done]: Parameters<WriteInThread>): void {
  write(descriptor, source, 0, source.length, position, done);
}

function describe(directory: string, entry: Dirent): DirectoryEntry {
  if (entry.isSymbolicLink()) return { name: entry.name, kind: stat(join(directory, entry.name))?.kind ?? "other" };
  return { name: entry.name, kind: kindOf(entry) };
}

function stat(path: string): FileStat | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    return { kind: kindOf(stats), sizeBytes: stats.size, modifiedMs: stats.mtimeMs };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

function kindOf(entry: Dirent | Stats): "file" | "directory" | "other" {
  if (entry.isFile()) return "file";
  return entry.isDirectory() ? "directory" : "other";
}

/**
 * Not by mkdir's own `recursive`: Node never comes back from it where a file system answers ENOENT though the parent is there,
 * as /proc does.
 */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (stat(path)?.kind === "directory") return;
    const parent = dirname(path);
    if (code !== "ENOENT" || stat(parent) !== undefined) throw error;
    makeDirectory(parent);
    makeDirectory(path);
  }
}

const syncDescriptor = promisify(fsync);

async function syncDirectory(path: string): Promise<void> {
  const descriptor = openSync(path, O_RDONLY);
  try {
    await syncDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
