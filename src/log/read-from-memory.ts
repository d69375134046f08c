import type { FileSystem } from "../runtime.ts";

/** One for each page of an index that a search looks at, and a few more; then the disk is waited for. */
export const ATTEMPTS_FROM_MEMORY = 16;

/**
 * Runs a read that does not wait for the disk, as long as it may be repeated. A promise: something was missing, and the read is
 * to be run again when it resolves; it does not reject. Undefined: the read is done.
 */
export function readFromMemory(files: FileSystem, mayRepeat: boolean, read: () => void): Promise<void> | undefined {
  if (mayRepeat && files.withoutWaiting !== undefined) return files.withoutWaiting(read);
  read();
  return undefined;
}
