import type { FileSystem } from "../runtime.ts";
import { type FileKind, fileKind } from "./file-kind.ts";
import type { Finding } from "./finding.ts";

/** The files of a partition's directory, by what their names say. */
export interface PartitionFiles {
  /** Base offsets, ascending. */
  readonly segments: readonly number[];
  readonly names: ReadonlySet<string>;
  readonly producerSnapshots: readonly string[];
  readonly metadataSnapshots: readonly string[];
  /** Files of segments that are not there. */
  readonly orphans: readonly string[];
  readonly notes: readonly Finding[];
}

const SEGMENT_PARTS: readonly FileKind[] = ["offset index", "time index", "transaction index"];

/** What a kill leaves of work in progress, and what the next start makes of it. */
const LEFTOVERS: readonly (readonly [ending: string, problem: string, atStart: string])[] = [
  [".checkpoint.part", "a snapshot that was never finished", "it is removed"],
  [".checkpoint.deleted", "a snapshot that waits for its removal", "it is removed"],
  [".deleted", "waits for its removal", "it is removed"],
  [".cleaned", "unfinished work of the cleaner", "it is removed"],
  [".swap", "finished work of the cleaner on its way in", "it takes the place of the segments it was made from"],
  [".tmp", "a new version of a small file that was never finished", "it is left there and overwritten"],
];

export function listPartitionFiles(files: FileSystem, directory: string): PartitionFiles {
  const segments: number[] = [];
  const parts: { readonly name: string; readonly offset: number }[] = [];
  const byKind = new Map<FileKind, string[]>();
  const notes: Finding[] = [];
  const names = new Set<string>();
  for (const { name } of files.list(directory)) {
    const known = fileKind(name);
    const leftover = LEFTOVERS.find(([ending]) => name.endsWith(ending));
    if (leftover !== undefined) {
      const [, problem, atStart] = leftover;
      notes.push({ severity: "note", path: `${directory}/${name}`, problem, atStart });
      continue;
    }
    names.add(name);
    if (known === undefined) {
      const problem = "is no file of a log";
      notes.push({ severity: "note", path: `${directory}/${name}`, problem, atStart: "it is left alone" });
    } else if (known.kind === "segment") segments.push(known.offset!);
    else if (SEGMENT_PARTS.includes(known.kind)) parts.push({ name, offset: known.offset! });
    else byKind.set(known.kind, [...(byKind.get(known.kind) ?? []), name]);
  }
  const present = new Set(segments);
  return {
    segments: segments.sort((one, other) => one - other),
    names,
    producerSnapshots: (byKind.get("producer snapshot") ?? []).sort(),
    metadataSnapshots: (byKind.get("metadata snapshot") ?? []).sort(),
    orphans: parts.filter(({ offset }) => !present.has(offset)).map(({ name }) => name),
    notes,
  };
}
