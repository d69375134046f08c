import type { DiskWatchEvents, FileSystem } from "../../../src/runtime.ts";
import type { CallThreads } from "./call-threads.ts";
import { WatchedDisk } from "./watched-disk.ts";

/** Of the calls that a runtime's other threads make at the same time, few: a disk that hangs must not take all of those threads. */
const PARALLEL_CALLS = 2;

/** The file system as it is below one directory, with the disk asked before everything that changes something there. */
export function watchFiles(
  directory: string,
  threads: CallThreads,
  events: DiskWatchEvents,
  createFiles: (disk: WatchedDisk) => FileSystem,
): FileSystem {
  const disk = new WatchedDisk(directory, threads, events, PARALLEL_CALLS);
  const files = createFiles(disk);
  const asked =
    <Rest extends unknown[], Result>(call: string, perform: (path: string, ...rest: Rest) => Result) =>
    (path: string, ...rest: Rest): Result => {
      disk.expectAnswer(call, path);
      return perform(path, ...rest);
    };
  return {
    ...files,
    watched: disk,
    open(path, mode) {
      // The disk need not know of a file that is opened as it is.
      if (mode === "create" || mode === "exclusive") disk.expectAnswer("open", path);
      return files.open(path, mode);
    },
    makeDirectory: asked("mkdir", files.makeDirectory),
    rename: asked("rename", files.rename),
    remove: asked("remove", files.remove),
    setReadOnly: asked("chmod", files.setReadOnly),
    setModified: asked("utimes", files.setModified),
    syncDirectory: (path) => disk.later(() => files.syncDirectory(path)),
  };
}
