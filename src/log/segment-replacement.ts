import { CLEANED_SUFFIX, offsetFileName, SEGMENT_SUFFIXES, SWAP_SUFFIX } from "./file-names.ts";
import type { LogState } from "./log-state.ts";
import { Segment } from "./segment.ts";
import { deleteSegments, findFiles } from "./segment-deletion.ts";

/**
 * Puts one cleaned segment, complete in its `.cleaned` files and on the disk, in the place of neighbours of which it has
 * the base offset. Whatever is cut short, the log is whole when it is loaded again: while a file is still called
 * `.cleaned`, everything of the new segment is thrown away; once all are called `.swap`, what is left of the old segments
 * is. As the names of files reach the disk in the order in which they were given, that holds for a power cut, too. What has to be read
 * is read before: throws EAGAIN, and nothing has changed, when the disk does not answer.
 */
export function replaceSegments(log: LogState, old: readonly Segment[], baseOffset: number): void {
  const { segments, storage, directory, runtime, config } = log;
  const { files, clock } = runtime;
  const path = (suffix: string) => `${directory}/${offsetFileName(baseOffset, suffix)}`;
  const segment = Segment.open(runtime, directory, baseOffset, config, clock.now(), () => {}, CLEANED_SUFFIX);
  const [suffixes, filesOf] = storage.read(() => {
    if (!segment.loadIndexes() || !segment.transactionIndex.load())
      throw storage.fail(new Error(`${segment.path} was cleaned, and its indexes are not what was written`));
    const isThere = (suffix: string) => files.stat(path(suffix + CLEANED_SUFFIX)) !== undefined;
    return [SEGMENT_SUFFIXES.filter(isThere), findFiles(log, old, baseOffset)] as const;
  });
  storage.run(() => {
    for (const suffix of suffixes) files.rename(path(suffix + CLEANED_SUFFIX), path(suffix + SWAP_SUFFIX));
    deleteSegments(log, old, filesOf, baseOffset);
    for (const suffix of suffixes) files.rename(path(suffix + SWAP_SUFFIX), path(suffix));
    segment.suffixRemoved(CLEANED_SUFFIX);
    segments.replace((other) => old.includes(other), segment);
  });
}
