import type { FileSystem, Unlock } from "../runtime.ts";

/** In each log directory, and in that of the metadata log. */
export const LOCK_FILE = ".lock";

/** Makes the directory if it is not there. Undefined when another process uses it. */
export function lockDirectory(files: FileSystem, path: string): Unlock | undefined {
  files.makeDirectory(path);
  return files.lock(`${path}/${LOCK_FILE}`);
}
