import type { FileSystem } from "../runtime.ts";
import type { DelayedRemovals } from "./delayed-removals.ts";
import {
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetFileName,
  PRODUCER_SNAPSHOT_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./file-names.ts";
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
export function deleteSegmentFiles(
  files: FileSystem,
  removals: DelayedRemovals,
  directory: string,
  segments: readonly Segment[],
  delayMs: number,
): void {
  const renamed: string[] = [];
  for (const segment of segments) {
    segment.close();
    for (const suffix of SUFFIXES) {
      const path = `${directory}/${offsetFileName(segment.baseOffset, suffix)}`;
      if (files.stat(path) === undefined) continue;
      files.rename(path, path + DELETED_SUFFIX);
      renamed.push(path + DELETED_SUFFIX);
    }
  }
  if (renamed.length > 0) removals.schedule(renamed, delayMs);
}
