import {
  CLEANED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetFileName,
  SWAP_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
} from "./file-names.ts";
import type { LogState } from "./log-state.ts";
import { Segment } from "./segment.ts";
import { deleteSegments } from "./segment-deletion.ts";

const SUFFIXES = [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TRANSACTION_INDEX_SUFFIX];

/**
 * Puts one cleaned segment, complete in its `.cleaned` files and on the disk, in the place of neighbours of which it has
 * the base offset. Whatever is cut short, the log is whole when it is loaded again: while a file is still called
 * `.cleaned`, everything of the new segment is thrown away; once all are called `.swap`, what is left of the old segments
 * is. As the names of files reach the disk in the order in which they were given, that holds for a power cut, too.
 */
export function replaceSegments(log: LogState, old: readonly Segment[], baseOffset: number): void {
  const { segments, storage, directory, runtime, config } = log;
  storage.run(() => {
    for (const suffix of SUFFIXES) renameIfThere(log, baseOffset, suffix + CLEANED_SUFFIX, suffix + SWAP_SUFFIX);
    deleteSegments(log, old, baseOffset);
    for (const suffix of SUFFIXES) renameIfThere(log, baseOffset, suffix + SWAP_SUFFIX, suffix);
    const segment = Segment.open(runtime, directory, baseOffset, config, runtime.clock.now(), () => {});
    if (!segment.loadIndexes() || !segment.transactionIndex.load())
      throw storage.fail(new Error(`${segment.path} was cleaned, and its indexes are not what was written`));
    segments.replace((other) => old.includes(other), segment);
  });
}

function renameIfThere({ runtime, directory }: LogState, baseOffset: number, from: string, to: string): void {
  const path = `${directory}/${offsetFileName(baseOffset, from)}`;
  if (runtime.files.stat(path) === undefined) return;
  runtime.files.rename(path, `${directory}/${offsetFileName(baseOffset, to)}`);
}
