import { fstatSync, fsync, lstatSync } from "node:fs";
import { promisify } from "node:util";
import type { DirectoryEntry, FileStat, FileSystem, OpenMode } from "../../../src/runtime.ts";
import { systemError } from "../system-error.ts";
import { isIn } from "./postponed-changes.ts";
import type { WatchedDisk, WatchedFile } from "./watched-disk.ts";

const syncDescriptor = promisify(fsync);

/** A file system whose files can be watched. */
export interface WatchedFileSystem extends FileSystem {
  open(path: string, mode: OpenMode): WatchedFile;
  /** A file that does not exist on the disk yet. */
  plan(path: string): WatchedFile;
}

/**
 * The file system below one watched directory, as it is or will be once the postponed changes are made. Threads make the calls
 * that change something, or these are postponed; before the loop looks up a path, a thread does.
 */
export function watchFiles(disk: WatchedDisk, createFiles: (disk: WatchedDisk) => WatchedFileSystem): FileSystem {
  const { plan, ...files } = createFiles(disk);
  const { postponed, reads } = disk;
  /** Directories that are to be synced and could not be opened yet; their paths follow renames. */
  const toBeFound = new Set<{ path: string }>();
  return {
    ...files,
    watched: disk,
    open(path, mode) {
      const there = mode === "create" ? openOrWait(path) : openThere(path, mode);
      if (there !== undefined) return there;
      if (mode === "read" || mode === "write") throw systemError("ENOENT", `no such file or directory, open '${path}'`);
      const file = plan(path);
      disk.change({ call: "create", path, file });
      return file;
    },
    list(path) {
      if (!postponed.isEmpty)
        throw systemError("EAGAIN", `the file system of ${disk.directory} does not answer, list '${path}'`);
      return list(path);
    },
    stat(path) {
      return postponed.isEmpty ? stat(path) : statPostponed(path);
    },
    makeDirectory: (path) => disk.change({ call: "mkdir", path }),
    rename,
    remove,
    // A postponed change may concern this very file.
    removeLater: (path) =>
      disk.later({
        byRuntime: async () => (postponed.isEmpty ? files.removeLater?.(path) : remove(path)),
        byThread: async (thread) => (postponed.isEmpty ? thread.callByName({ call: "remove", path }) : remove(path)),
      }),
    setReadOnly: (path) => disk.change({ call: "chmod", path }),
    setModified: (path, timeMs) => disk.change({ call: "utimes", path, timeMs }),
    async syncDirectory(path) {
      // Opened now: when its turn comes, the directory may have another name.
      const opened = unlessHanging(() => openThere(path, "read"));
      const place = { path };
      if (opened === undefined) toBeFound.add(place);
      try {
        await disk.later({
          byRuntime: () => (opened ? syncDescriptor(opened.descriptor) : files.syncDirectory(place.path)),
          byThread: (thread) =>
            opened ? thread.sync(opened.descriptor) : thread.callByName({ call: "syncDirectory", path: place.path }),
        });
      } finally {
        toBeFound.delete(place);
        opened?.close();
      }
    },
  };

  function rename(path: string, to: string): void {
    for (const place of toBeFound) if (isIn(place.path, path)) place.path = to + place.path.slice(path.length);
    disk.change({ call: "rename", path, to });
  }

  function list(path: string): DirectoryEntry[] {
    reads.lookUp(path, "list");
    return files.list(path);
  }

  function stat(path: string): FileStat | undefined {
    reads.lookUp(path);
    return files.stat(path);
  }

  /** Removes files one by one: removing a large directory takes long, even on a disk that answers. */
  function remove(path: string): void {
    const names = postponed.isEmpty ? unlessHanging(() => namesIn(path)) : undefined;
    for (const name of names ?? []) remove(`${path}/${name}`);
    disk.change({ call: "remove", path });
  }

  function namesIn(path: string): string[] {
    reads.lookUp(path);
    const isDirectory = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    return isDirectory ? list(path).map(({ name }) => name) : [];
  }

  /** Opens the file if it exists. While the disk does not answer that is unknown, and the file takes changes only. */
  function openOrWait(path: string): WatchedFile | undefined {
    try {
      return openThere(path, "create");
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const file = plan(path);
      file.isUnknown = true;
      disk.change({ call: "create", path, file });
      return file;
    }
  }

  function unlessHanging<T>(ask: () => T): T | undefined {
    try {
      return ask();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return undefined;
    }
  }

  function isRefusal(error: unknown): boolean {
    return (error as NodeJS.ErrnoException).code === "EAGAIN";
  }

  /** Opens an existing file, including one that only postponed changes have made. Undefined when there is none. */
  function openThere(path: string, mode: OpenMode): WatchedFile | undefined {
    if (postponed.isEmpty && (mode === "read" || mode === "write")) {
      reads.lookUp(path);
      return files.open(path, mode);
    }
    const found = postponed.find(path);
    const paths = found.kind === "onDisk" ? found.paths : [];
    if (found.kind !== "file" && !paths.some((name) => stat(name) !== undefined)) return undefined;
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

  /** A file with postponed changes is open already, maybe under another name: that handle is the one that shows them. */
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
    const there = paths.map(stat).find((each) => each !== undefined);
    if (there?.kind === "directory" || (there === undefined && found.kind === "onDisk")) return there;
    const file = openThere(path, "read");
    try {
      return file && { kind: "file", sizeBytes: file.size(), modifiedMs: there?.modifiedMs ?? Date.now() };
    } finally {
      file?.close();
    }
  }
}
