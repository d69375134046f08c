import type { DirectoryEntry, FileStat } from "../../src/runtime.ts";
import type { Lookups } from "../shared/disk-files.ts";

/** By Deno's own calls, which take a third of the time of its node:fs. */
export const lookups: Lookups = {
  list,
  stat,
};

function list(directory: string): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (const entry of Deno.readDirSync(directory)) {
    const { name } = entry;
    entries.push({ name, kind: entry.isSymlink ? (stat(`${directory}/${name}`)?.kind ?? "other") : kindOf(entry) });
  }
  return entries;
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
