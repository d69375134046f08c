import type { LogState } from "./log-state.ts";

/**
 * Renames the directory of a log that goes on being read and written: whatever is open stays open, and what is opened from
 * now on is found under the new name.
 */
export function renameDirectory(log: LogState, directory: string): void {
  const before = log.directory;
  log.storage.run(() => log.runtime.files.rename(before, directory));
  log.directory = directory;
  log.storage.name = directory;
  for (const segment of log.segments.all) segment.directoryRenamed(directory);
  log.epochs.directoryRenamed(directory);
  log.snapshots.directory = directory;
  log.removals.directoryRenamed(before, directory);
  log.isParentUnsynced = true;
}
