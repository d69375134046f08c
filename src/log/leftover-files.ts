import type { FileSystem } from "../runtime.ts";
import { BatchScanner } from "./batch-scanner.ts";
import {
  CHECKPOINT_DELETED_SUFFIX,
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  LOG_SUFFIX,
  offsetOfFileName,
  SWAP_SUFFIX,
} from "./file-names.ts";

export interface SettledFiles {
  /** Of those that were there before, the ones that still are: mostly the same. */
  readonly names: Iterable<string>;
  /** To be removed: to give back the blocks of large files takes long. */
  readonly deleted: readonly string[];
}

/**
 * Ends what a kill interrupted: work in progress of the cleaner goes, and its finished work (`.swap`) takes the place of the
 * segments it was made from. Files that were to be deleted are left to the caller.
 */
export function settleLeftoverFiles(files: FileSystem, directory: string, present: readonly string[]): SettledFiles {
  if (!present.some((name) => LEFTOVER_SUFFIXES.some((suffix) => name.endsWith(suffix))))
    return { names: present, deleted: [] };
  const deleted = present.filter((name) => name.endsWith(DELETED_SUFFIX) && !name.endsWith(CHECKPOINT_DELETED_SUFFIX));
  const names = new Set(present);
  for (const name of deleted) names.delete(name);
  settleCleanedFiles(files, directory, names);
  return { names, deleted };
}

function settleCleanedFiles(files: FileSystem, directory: string, names: Set<string>): void {
  const remove = (name: string) => {
    files.remove(`${directory}/${name}`);
    names.delete(name);
  };
  const cleaned = [...names].filter((name) => name.endsWith(CLEANED_SUFFIX));
  const firstCleaned = Math.min(...cleaned.map((name) => Number.parseInt(name, 10)));
  // A split that was not finished: its swap files are as worthless as the cleaned ones that follow them.
  const isWorthless = (name: string) => name.endsWith(SWAP_SUFFIX) && Number.parseInt(name, 10) >= firstCleaned;
  for (const name of names) if (name.endsWith(CLEANED_SUFFIX) || isWorthless(name)) remove(name);
  const swaps = [...names].filter((name) => name.endsWith(SWAP_SUFFIX));
  if (swaps.length === 0) return;
  const range = offsetRange(files, directory, swaps);
  for (const name of names) {
    const offset = /^\d{20}\.(log|index|timeindex|txnindex)$/.test(name) ? Number.parseInt(name, 10) : -1;
    if (offset >= range.from && offset < range.to) remove(name);
  }
  for (const name of swaps) {
    const swapped = name.slice(0, -SWAP_SUFFIX.length);
    files.rename(`${directory}/${name}`, `${directory}/${swapped}`);
    names.delete(name);
    names.add(swapped);
  }
}

const LEFTOVER_SUFFIXES = [DELETED_SUFFIX, CLEANED_SUFFIX, SWAP_SUFFIX];

/** The offsets that the swapped segments hold. */
function offsetRange(files: FileSystem, directory: string, swaps: readonly string[]): { from: number; to: number } {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const name of swaps) {
    const baseOffset = offsetOfFileName(name, LOG_SUFFIX + SWAP_SUFFIX);
    if (baseOffset === undefined) continue;
    const file = files.open(`${directory}/${name}`, "read");
    try {
      from = Math.min(from, baseOffset);
      const scanner = new BatchScanner({ file }, file.size());
      for (let found = scanner.seek(0); found; found = scanner.next()) to = Math.max(to, scanner.lastOffset + 1);
    } finally {
      file.close();
    }
  }
  return { from, to };
}
