import {
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetFileName,
  PRODUCER_SNAPSHOT_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./file-names.ts";
import type { LogState } from "./log-state.ts";
import type { Segment } from "./segment.ts";

const SUFFIXES = [
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
  PRODUCER_SNAPSHOT_SUFFIX,
];

/**
 * Takes the files of segments out of the log at once, by renaming, and removes them after a while: answers that are on
 * their way may still be reading them.
 */
export function deleteSegments(log: LogState, segments: readonly Segment[]): void {
  const { files } = log.runtime;
  const renamed: string[] = [];
  for (const segment of segments) {
    log.snapshots.forget(segment.baseOffset);
    segment.close();
    for (const suffix of SUFFIXES) {
      const path = `${log.directory}/${offsetFileName(segment.baseOffset, suffix)}`;
      if (files.stat(path) === undefined) continue;
      files.rename(path, path + DELETED_SUFFIX);
      renamed.push(path + DELETED_SUFFIX);
    }
  }
  if (renamed.length > 0) log.removals.schedule(renamed, log.config["file.delete.delay.ms"]);
  log.isDirectoryUnsynced = true;
}
