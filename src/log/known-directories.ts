import type { FileSystem } from "../runtime.ts";
import { readFile, replaceFile } from "./atomic-file.ts";

export const KNOWN_DIRECTORIES_FILE = "polylog-log-dirs";

/**
 * The log directories that were formatted when the node started last, in the metadata log's: one that is empty now has been
 * used, and its disk is not there. Apache Kafka does not read it.
 */
export function readKnownDirectories(files: FileSystem, metadataDirectory: string): ReadonlySet<string> {
  const content = readFile(files, `${metadataDirectory}/${KNOWN_DIRECTORIES_FILE}`);
  const lines = content === undefined ? [] : new TextDecoder().decode(content).split("\n");
  return new Set(lines.filter((line) => line !== ""));
}

export async function writeKnownDirectories(
  files: FileSystem,
  metadataDirectory: string,
  directories: ReadonlySet<string>,
): Promise<void> {
  const before = readKnownDirectories(files, metadataDirectory);
  // The only one is the metadata log's own.
  if (before.size === 0 && directories.size === 1) return;
  if (before.size === directories.size && [...directories].every((directory) => before.has(directory))) return;
  const content = new TextEncoder().encode([...directories].map((directory) => `${directory}\n`).join(""));
  await replaceFile(files, `${metadataDirectory}/${KNOWN_DIRECTORIES_FILE}`, content);
}
