import { fstatSync, fsync, lstatSync } from "node:fs";
import { promisify } from "node:util";
import type { DiskWatchEvents, FileStat, FileSystem, OpenMode } from "../../../src/runtime.ts";
import { systemError } from "../system-error.ts";
import type { DiskThreads } from "./disk-thread.ts";
import { WatchedDisk, type WatchedFile } from "./watched-disk.ts";

/** Of the calls that a runtime's other threads make at the same time, few: a disk that hangs must not take all of those threads. */
const PARALLEL_CALLS = 2;

const syncDescriptor = promisify(fsync);

/** The files of a file system, and those that are to be made. */
export interface WatchedFileSystem extends FileSystem {
  open(path: string, mode: OpenMode): WatchedFile;
  /** One that is not there yet. */
  plan(path: string): WatchedFile;
}

/** The file system as it is, or is to be, below one directory: what changes something there is made by threads, or postponed. */
export function watchFiles(
  directory: string,
  threads: DiskThreads,
  events: DiskWatchEvents,
  createFiles: (disk: WatchedDisk) => WatchedFileSystem,
): FileSystem {
  const disk = new WatchedDisk(directory, threads, events, PARALLEL_CALLS);
  const { plan, ...files } = createFiles(disk);
  const { postponed } = disk;
  return {
    ...files,
    watched: disk,
    open(path, mode) {
      const there = openThere(path, mode);
      if (there !== undefined) return there;
      if (mode === "read" || mode === "write") throw systemError("ENOENT", `no such file or directory, open '${path}'`);
      const file = plan(path);
      disk.change({ call: "create", path, file });
      return file;
    },
    list(path) {
      if (!postponed.isEmpty)
        throw systemError("ETIMEDOUT", `the file system of ${directory} does not answer, list '${path}'`);
      return files.list(path);
    },
    stat(path) {
      return postponed.isEmpty ? files.stat(path) : statPostponed(path);
    },
    makeDirectory: (path) => disk.change({ call: "mkdir", path }),
    rename: (path, to) => disk.change({ call: "rename", path, to }),
    remove,
    // What is postponed may be about this very file.
    removeLater: (path) => disk.later(async () => (postponed.isEmpty ? files.removeLater?.(path) : remove(path))),
    setReadOnly: (path) => disk.change({ call: "chmod", path }),
    setModified: (path, timeMs) => disk.change({ call: "utimes", path, timeMs }),
    async syncDirectory(path) {
      // By the time that it is its turn, the directory may have another name.
      const opened = openThere(path, "read");
      try {
        await disk.later(() => (opened === undefined ? files.syncDirectory(path) : syncDescriptor(opened.descriptor)));
      } finally {
        opened?.close();
      }
    },
  };

  /** One by one: to remove a large directory takes long, on a disk that answers, too. */
  function remove(path: string): void {
    const isDirectory = postponed.isEmpty && lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    for (const { name } of isDirectory ? files.list(path) : []) remove(`${path}/${name}`);
    disk.change({ call: "remove", path });
  }

  /** The disk need not know of a file that is opened as it is. Undefined when there is none, and none is to be. */
  function openThere(path: string, mode: OpenMode): WatchedFile | undefined {
    if (postponed.isEmpty && (mode === "read" || mode === "write")) return files.open(path, mode);
    const found = postponed.find(path);
    const paths = found.kind === "onDisk" ? found.paths : [];
    if (found.kind !== "file" && !paths.some((name) => files.stat(name) !== undefined)) return undefined;
    if (mode === "exclusive") throw systemError("EEXIST", `file already exists, open '${path}'`);
    if (found.kind === "file") return found.file.openAgain();
    for (const name of paths) {
      const file = openOnDisk(name, mode === "create" ? "write" : mode);
      if (file !== undefined) return asChanged(file);
    }
    return undefined;
  }

  function openOnDisk(path: string, mode: OpenMode): WatchedFile | undefined {
    try {
      return files.open(path, mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Whose content is to be another one is open already, maybe under another name. */
  function asChanged(file: WatchedFile): WatchedFile {
    const { dev, ino } = fstatSync(file.descriptor);
    for (const changed of postponed.changedFiles) {
      if (changed.descriptor < 0) continue;
      const other = fstatSync(changed.descriptor);
      if (other.dev !== dev || other.ino !== ino) continue;
      file.close();
      return changed.openAgain();
    }
    return file;
  }

  function statPostponed(path: string): FileStat | undefined {
    const found = postponed.find(path);
    if (found.kind === "nothing") return undefined;
    if (found.kind === "directory") return { kind: "directory", sizeBytes: 0, modifiedMs: Date.now() };
    const paths = found.kind === "onDisk" ? found.paths : [];
    const stat = paths.map(files.stat).find((there) => there !== undefined);
    if (stat?.kind === "directory" || (stat === undefined && found.kind === "onDisk")) return stat;
    const file = openThere(path, "read");
    try {
      return file && { kind: "file", sizeBytes: file.size(), modifiedMs: stat?.modifiedMs ?? Date.now() };
    } finally {
      file?.close();
    }
  }
}
