import type { DirectoryEntry, FileStat, LogSink } from "../../src/runtime.ts";
import type { Lookups } from "../shared/files/disk-files.ts";
import { type ListDirectory, loadListDirectory } from "./directory-listing.ts";

/** Fewer are listed sooner than foreign functions are loaded. */
const loadAfterListings = 16;

/** By what takes less than Deno's node:fs: its own calls, and of those that are made often, the system's. */
export function createLookups(log: LogSink): Lookups {
  let listings = 0;
  let listDirectory: ListDirectory | undefined;
  return {
    list(directory) {
      if (++listings === loadAfterListings) listDirectory = fasterListing(log);
      return listDirectory?.(directory) ?? listByDeno(directory);
    },
    stat,
  };
}

function fasterListing(log: LogSink): ListDirectory | undefined {
  try {
    return loadListDirectory(kindAt);
  } catch (error) {
    const reason = (error as Error).message;
    log.write("info", `Directories are listed by Deno, in twice the time of the system's call, because ${reason}`);
    return undefined;
  }
}

function listByDeno(directory: string): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (const entry of Deno.readDirSync(directory)) {
    const { name } = entry;
    entries.push({ name, kind: entry.isSymlink ? kindAt(`${directory}/${name}`) : kindOf(entry) });
  }
  return entries;
}

/** Of what a link leads to. */
function kindAt(path: string): DirectoryEntry["kind"] {
  return stat(path)?.kind ?? "other";
}

function stat(path: string): FileStat | undefined {
  try {
    const info = Deno.statSync(path);
    return { kind: kindOf(info), sizeBytes: info.size, modifiedMs: info.mtime?.getTime() ?? 0 };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

function kindOf({ isFile, isDirectory }: { isFile: boolean; isDirectory: boolean }): DirectoryEntry["kind"] {
  if (isFile) return "file";
  return isDirectory ? "directory" : "other";
}
