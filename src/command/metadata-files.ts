import type { MetadataImage } from "../controller/metadata-image.ts";
import { MetadataLoader } from "../controller/metadata-loader.ts";
import { BatchReader } from "../inspection/batch-reader.ts";
import { LOG_SUFFIX, offsetFileName, offsetOfFileName } from "../log/file-names.ts";
import { runAtOnce } from "../log/slices.ts";
import { CLUSTER_METADATA_DIRECTORY } from "../raft/load-metadata-log.ts";
import { decodeMetadataBatches, type MetadataBatch } from "../raft/metadata-batch.ts";
import type { SnapshotId } from "../raft/raft-message.ts";
import { listSnapshots, readSnapshot } from "../raft/snapshot-file.ts";
import type { VoterNode } from "../raft/voter-set.ts";
import type { FileSystem, Runtime } from "../runtime.ts";

/** What the metadata files of one node say. */
export interface ReadMetadata {
  readonly image: MetadataImage;
  /** Empty where the voters are configured (kraft.version 0), or the files do not say. */
  readonly voters: readonly VoterNode[];
}

/** What there is to read, the snapshot first. */
interface MetadataFiles {
  readonly directory: string;
  readonly snapshot: SnapshotId | undefined;
  readonly segments: readonly string[];
}

/** Batches that are applied in one step. */
const BATCHES_PER_STEP = 256;

/**
 * Reads a snapshot (.checkpoint), a segment (.log), a directory with both, or a log directory that has that one.
 * Throws when there is none, and names the file and the offset when one is damaged.
 */
export function readMetadata(runtime: Runtime, path: string): ReadMetadata {
  const { directory, snapshot: id, segments } = metadataFiles(runtime.files, path);
  const loader = new MetadataLoader("");
  let voters: readonly VoterNode[] = [];
  if (id !== undefined) {
    const snapshot = readSnapshot(runtime, directory, id);
    loader.handleLoadSnapshot(snapshot);
    voters = snapshot.quorum?.voters ?? voters;
  }
  let step: MetadataBatch[] = [];
  const apply = () => {
    if (step.length > 0) loader.handleCommit(step);
    step = [];
  };
  for (const segment of segments) {
    for (const batch of readBatches(runtime, segment)) {
      // What the snapshot holds can be in the first segment again.
      if (batch.lastOffset <= loader.image.offset) continue;
      for (const record of batch.control) if (record.type === "voters") voters = record.voters;
      if (step.push(batch) === BATCHES_PER_STEP) apply();
    }
  }
  apply();
  return { image: loader.image, voters };
}

function metadataFiles(files: FileSystem, path: string): MetadataFiles {
  const kind = files.stat(path)?.kind;
  if (kind === undefined) throw new Error(`${path} does not exist`);
  if (kind === "directory") return filesOfDirectory(files, path);
  const at = path.lastIndexOf("/");
  const directory = at < 0 ? "." : path.slice(0, at);
  const name = path.slice(at + 1);
  if (offsetOfFileName(name, LOG_SUFFIX) !== undefined) return { directory, snapshot: undefined, segments: [path] };
  const [, endOffset, epoch] = /^(\d{20})-(\d{10})\.checkpoint$/.exec(name) ?? [];
  if (endOffset === undefined) throw new Error(`${path} is no snapshot and no segment of the metadata, by its name`);
  return { directory, snapshot: { endOffset: Number(endOffset), epoch: Number(epoch) }, segments: [] };
}

function filesOfDirectory(files: FileSystem, path: string): MetadataFiles {
  const inner = `${path}/${CLUSTER_METADATA_DIRECTORY}`;
  const directory = files.stat(inner) === undefined ? path : inner;
  const bases = files
    .list(directory)
    .flatMap(({ name }) => offsetOfFileName(name, LOG_SUFFIX) ?? [])
    .sort((a, b) => a - b);
  // The one that the node was formatted with is in the log, as soon as there is a log.
  const snapshot = listSnapshots(files, directory).findLast(({ endOffset }) => endOffset > 0 || bases.length === 0);
  if (snapshot === undefined && bases.length === 0)
    throw new Error(`${path} has no metadata log and no snapshot of it`);
  const first = bases.findLastIndex((base) => base <= (snapshot?.endOffset ?? 0));
  const segments = bases.slice(Math.max(0, first)).map((base) => `${directory}/${offsetFileName(base, LOG_SUFFIX)}`);
  return { directory, snapshot, segments };
}

/** Up to the end, or to what a crash or a running node has left unfinished there. */
function* readBatches(runtime: Runtime, path: string): Generator<MetadataBatch> {
  const file = runtime.files.open(path, "read");
  try {
    const reader = new BatchReader(file, runtime.checksums);
    while (reader.next()) {
      if (!reader.isWhole) throw new Error(`the batch at position ${reader.position} is too large`);
      yield* decodeMetadataBatches(reader.bytes.subarray(reader.index, reader.index + reader.sizeInBytes), runtime);
    }
    runAtOnce(reader.named());
    if (reader.problem !== undefined && reader.problem !== "incomplete" && reader.problem !== "zeros") {
      throw new Error(`position ${reader.position}: ${reader.problem}`);
    }
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : error}`, { cause: error });
  } finally {
    file.close();
  }
}
