import {
  closeSync,
  constants,
  type Dirent,
  fsync,
  openSync,
  readdirSync,
  type Stats,
  statfsSync,
  statSync,
  unlink,
  write,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DiskWatchEvents } from "../../../src/disk-watch.ts";
import type { DirectoryEntry, FileStat, FileSystem, OpenMode } from "../../../src/runtime.ts";
import type { CachedReads } from "../disk-watch/cached-reads.ts";
import type { DiskThreads } from "../disk-watch/disk-thread.ts";
import { WatchedDisk } from "../disk-watch/watched-disk.ts";
import { type WatchedFileSystem, watchFiles } from "../disk-watch/watched-files.ts";
import { DiskFile, type DiskFileSystem, NOT_THERE_YET, type WriteInThread } from "./disk-file.ts";
import { lockFile, type TryLock } from "./file-lock.ts";
import { MemoryOnlyReads } from "./memory-only-reads.ts";
import { FILE_MODE, pathCalls } from "./path-calls.ts";

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
  threads?: DiskThreads,
  loadCachedReads: () => CachedReads | undefined = () => undefined,
): FileSystem {
  const memoryOnly = new MemoryOnlyReads(loadCachedReads);
  const system: DiskFileSystem = { writeInThread, memoryOnly };
  let tryLock: { readonly value: TryLock | undefined } | undefined;
  const create = (disk: WatchedDisk | undefined): WatchedFileSystem => ({
    open: (path, mode) => new DiskFile(path, openSync(path, openFlags[mode], FILE_MODE), system, disk),
    plan: (path) => new DiskFile(path, NOT_THERE_YET, system, disk),
    list: lookups.list,
    stat: lookups.stat,
    makeDirectory: pathCalls.mkdir,
    rename: pathCalls.rename,
    remove: pathCalls.remove,
    absolute,
    removeLater: inTurn(unlinkInThread),
    withoutWaiting: (action) => memoryOnly.run(action),
    setReadOnly: pathCalls.chmod,
    setModified: (path, modifiedMs) => pathCalls.utimes(path, "", modifiedMs),
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
  if (threads === undefined) return create(undefined);
  const watch = (directory: string, events: DiskWatchEvents): FileSystem =>
    watchFiles(new WatchedDisk(directory, threads, events, loadCachedReads), create);
  return { ...create(undefined), watch };
}

function absolute(path: string): string {
  const fromRoot = path.startsWith("/") ? path : `${process.cwd()}/${path}`;
  return fromRoot.replaceAll(/\/+/g, "/").replace(/(?<=.)\/$/, "");
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

/** One call at a time: there are few threads, and flushes need them more. */
function inTurn(call: (path: string) => Promise<void>): (path: string) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return (path) => {
    const done = last.then(() => call(path));
    last = done.catch(() => {});
    return done;
  };
}

const unlinkFile = promisify(unlink);

async function unlinkInThread(path: string): Promise<void> {
  try {
    await unlinkFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
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
