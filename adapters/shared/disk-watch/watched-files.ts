import { fstatSync, fsync, lstatSync } from "node:fs";
import { promisify } from "node:util";
import type { DirectoryEntry, FileStat, FileSystem, OpenMode } from "../../../src/runtime.ts";
import { systemError } from "../system-error.ts";
import { isIn } from "./postponed-changes.ts";
import type { WatchedDisk, WatchedFile } from "./watched-disk.ts";

const syncDescriptor = promisify(fsync);

/** The files of a file system, and those that are to be made. */
export interface WatchedFileSystem extends FileSystem {
  open(path: string, mode: OpenMode): WatchedFile;
  /** One that is not there yet. */
  plan(path: string): WatchedFile;
}

/**
 * The file system as it is, or is to be, below one directory: what changes something there is made by threads, or postponed,
 * and what is asked of a name is first asked by a thread.
 */
export function watchFiles(disk: WatchedDisk, createFiles: (disk: WatchedDisk) => WatchedFileSystem): FileSystem {
  const { plan, ...files } = createFiles(disk);
  const { postponed, reads } = disk;
  /** What could not be opened yet, by its present name. */
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
    // What is postponed may be about this very file.
    removeLater: (path) =>
      disk.later({
        byRuntime: async () => (postponed.isEmpty ? files.removeLater?.(path) : remove(path)),
        byThread: async (thread) => (postponed.isEmpty ? thread.callByName({ call: "remove", path }) : remove(path)),
      }),
    setReadOnly: (path) => disk.change({ call: "chmod", path }),
    setModified: (path, timeMs) => disk.change({ call: "utimes", path, timeMs }),
    async syncDirectory(path) {
      // By the time that it is its turn, the directory may have another name.
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

  /** One by one: to remove a large directory takes long, on a disk that answers, too. */
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

  /** What is there, or one of which that is not known before the disk answers: until then it takes changes only. */
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

  /** The disk need not know of a file that is opened as it is. Undefined when there is none, and none is to be. */
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
