import type { FileSystem } from "../runtime.ts";
import { readFile, replaceFileUnsynced } from "./atomic-file.ts";

export const PARTITION_METADATA = "partition.metadata";
const PREFIX = "version: 0\ntopic_id: ";
const LENGTH = PREFIX.length + 22;
/** Of a file that may hold anything. */
const MAX_QUOTED = 100;
const utf8 = new TextDecoder();

/** Ties a directory to one topic id, so that a topic deleted and created again does not get the old one's records. */
export function writePartitionMetadata(files: FileSystem, directory: string, topicId: string): void {
  const text = PREFIX + topicId;
  replaceFileUnsynced(files, `${directory}/${PARTITION_METADATA}`, new TextEncoder().encode(text));
}

/**
 * The topic id; undefined when the file is missing, or only a beginning of it is there, as after a power cut. Throws when
 * it is something else.
 */
export function readPartitionMetadata(files: FileSystem, directory: string): string | undefined {
  const path = `${directory}/${PARTITION_METADATA}`;
  const bytes = readFile(files, path);
  return bytes === undefined ? undefined : parsePartitionMetadata(bytes, path);
}

/** As {@link readPartitionMetadata}, of what is in the file. */
export function parsePartitionMetadata(bytes: Uint8Array, path: string): string | undefined {
  const text = utf8.decode(bytes);
  const match = /^version: *0\s+topic_id: *([A-Za-z0-9_-]{22})\s*$/.exec(text);
  if (match !== null) return match[1]!;
  if (isTorn(text)) return undefined;
  throw new Error(`${path} is malformed: ${JSON.stringify(text.slice(0, MAX_QUOTED))}`);
}

/** The topic id of the directory; when it has none yet, it gets `topicId`. */
export function resolveTopicId(files: FileSystem, directory: string, topicId: string | undefined): string | undefined {
  const stored = readPartitionMetadata(files, directory);
  if (stored === undefined && topicId !== undefined) writePartitionMetadata(files, directory, topicId);
  return stored ?? topicId;
}

/** Less than the whole, with the zeros of a page that did not get to the disk. */
function isTorn(text: string): boolean {
  const written = text.replace(/\0+$/, "");
  const id = written.slice(PREFIX.length);
  return written.length < LENGTH && PREFIX.startsWith(written.slice(0, PREFIX.length)) && /^[A-Za-z0-9_-]*$/.test(id);
}
