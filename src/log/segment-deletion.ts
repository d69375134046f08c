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

const SUFFIXES = [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX];

/**
 * Takes the files of segments out of the log at once, by renaming, and removes them after a while: answers that are on
 * their way may still be reading them. With a segment goes its producer snapshot, but for the one at `keptSnapshot`.
 */
export function deleteSegments(log: LogState, segments: readonly Segment[], keptSnapshot?: number): void {
  const { files } = log.runtime;
  const renamed: string[] = [];
  for (const segment of segments) {
    const keepsSnapshot = segment.baseOffset === keptSnapshot;
    if (!keepsSnapshot) log.snapshots.forget(segment.baseOffset);
    segment.close();
    for (const suffix of keepsSnapshot ? SUFFIXES : [...SUFFIXES, PRODUCER_SNAPSHOT_SUFFIX]) {
      const path = `${log.directory}/${offsetFileName(segment.baseOffset, suffix)}`;
      if (files.stat(path) === undefined) continue;
      files.rename(path, path + DELETED_SUFFIX);
      renamed.push(path + DELETED_SUFFIX);
    }
  }
  if (renamed.length > 0) log.removals.schedule(renamed, log.config["file.delete.delay.ms"]);
  log.isDirectoryUnsynced = true;
}
