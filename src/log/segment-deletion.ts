import { DELETED_SUFFIX, offsetFileName, PRODUCER_SNAPSHOT_SUFFIX, SEGMENT_SUFFIXES } from "./file-names.ts";
import type { LogState } from "./log-state.ts";
import type { Segment } from "./segment.ts";

/** The files of a segment that are there. */
export type SegmentFiles = (segment: Segment) => readonly string[];

/** Asked before anything is changed, as the disk may not answer; their producer snapshots among them, but for the one at `keptSnapshot`. */
export function findFiles(log: LogState, segments: readonly Segment[], keptSnapshot?: number): SegmentFiles {
  const { directory, runtime } = log;
  const found = new Map<Segment, readonly string[]>();
  for (const segment of segments) {
    const suffixes =
      segment.baseOffset === keptSnapshot ? SEGMENT_SUFFIXES : [...SEGMENT_SUFFIXES, PRODUCER_SNAPSHOT_SUFFIX];
    const paths = suffixes.map((suffix) => `${directory}/${offsetFileName(segment.baseOffset, suffix)}`);
    found.set(
      segment,
      paths.filter((path) => runtime.files.stat(path) !== undefined),
    );
  }
  return (segment) => found.get(segment) ?? [];
}

/**
 * Takes the files of segments out of the log at once, by renaming, and removes them after a while: answers that are on
 * their way may still be reading them. With a segment goes its producer snapshot, but for the one at `keptSnapshot`.
 */
export function deleteSegments(
  log: LogState,
  segments: readonly Segment[],
  filesOf: SegmentFiles,
  keptSnapshot?: number,
): void {
  const renamed: string[] = [];
  for (const segment of segments) {
    if (segment.baseOffset !== keptSnapshot) log.snapshots.forget(segment.baseOffset);
    segment.close();
    for (const path of filesOf(segment)) {
      log.runtime.files.rename(path, path + DELETED_SUFFIX);
      renamed.push(path + DELETED_SUFFIX);
    }
  }
  if (renamed.length > 0) log.removals.schedule(renamed, log.config["file.delete.delay.ms"]);
  log.isDirectoryUnsynced = true;
}
