import { createChecksums } from "../../adapters/shared/checksums.ts";
import {
  batchPositions,
  findProblem,
  lastOffset,
  RECORD_BATCH_OVERHEAD,
  sizeInBytes,
} from "../../src/record/record-batch.ts";
import type { FileSystem } from "../../src/runtime.ts";
import type { StoredBatch, StoredLog } from "./cluster-end.ts";

/** Of every node; the metadata log is there. */
export const DATA_DIRECTORY = "/data";
/** Of brokers with two log directories. */
export const OTHER_DIRECTORY = "/data-2";

/** What is committed for groups is the only topic here that is. */
export function isCompacted(partition: string): boolean {
  return partition.startsWith("__consumer_offsets-");
}

interface NodeWithDisk {
  readonly id: number;
  readonly computer: { readonly disk: { readonly files: FileSystem } };
}

/** By partition: the logs of the nodes that have one. */
export function storedLogs(nodes: readonly NodeWithDisk[]): ReadonlyMap<string, readonly StoredLog[]> {
  return new LogFollower().newBatches(nodes);
}

/** Where a log was read up to: the last batch of a segment. */
interface LastBatch {
  readonly segment: string;
  readonly position: number;
  readonly header: Uint8Array;
}

/** Reads logs as they grow. */
export class LogFollower {
  readonly #read = new Map<string, LastBatch>();

  /** By partition: what the nodes' logs have that was not there the last time. */
  newBatches(nodes: readonly NodeWithDisk[]): ReadonlyMap<string, readonly StoredLog[]> {
    const logs = new Map<string, StoredLog[]>();
    for (const { id, computer } of nodes) {
      const { files } = computer.disk;
      for (const { partition, directory } of logDirectories(files)) {
        const batches = this.#batches(id, files, directory);
        logs.set(partition, [...(logs.get(partition) ?? []), { nodeId: id, batches }]);
      }
    }
    return logs;
  }

  #batches(nodeId: number, files: FileSystem, directory: string): readonly StoredBatch[] {
    const key = `${nodeId} ${directory}`;
    let last = this.#read.get(key);
    // A log is cut off behind a batch: while the last one is the same, so is all before it.
    if (last !== undefined && !isThere(files, directory, last)) last = undefined;
    const batches: StoredBatch[] = [];
    for (const segment of segmentsOf(files, directory)) {
      if (last !== undefined && segment < last.segment) continue;
      const from = segment === last?.segment ? last.position : 0;
      const found = [...batchesOf(readFile(files, `${directory}/${segment}`, from))];
      const newest = found.at(-1);
      if (newest !== undefined) {
        const position = from + newest.bytes.byteOffset;
        this.#read.set(key, { segment, position, header: newest.bytes.subarray(0, RECORD_BATCH_OVERHEAD) });
      }
      batches.push(...(segment === last?.segment ? found.slice(1) : found));
    }
    return batches;
  }
}

/** Where a node has its logs, without those that are on their way to another directory, or about to be deleted. */
export function* logDirectories(files: FileSystem): Generator<{ partition: string; directory: string }> {
  for (const parent of [DATA_DIRECTORY, OTHER_DIRECTORY]) {
    if (files.stat(parent) === undefined) continue;
    for (const { name, kind } of files.list(parent)) {
      if (kind === "directory" && /-\d+$/.test(name)) yield { partition: name, directory: `${parent}/${name}` };
    }
  }
}

function isThere(files: FileSystem, directory: string, { segment, position, header }: LastBatch): boolean {
  const path = `${directory}/${segment}`;
  if (files.stat(path) === undefined) return false;
  const found = readFile(files, path, position, header.length);
  return Buffer.compare(found, header) === 0;
}

export function segmentsOf(files: FileSystem, directory: string): readonly string[] {
  return files
    .list(directory)
    .flatMap(({ name }) => (name.endsWith(".log") ? [name] : []))
    .sort();
}

export function readFile(files: FileSystem, path: string, from = 0, maxBytes = Number.POSITIVE_INFINITY): Uint8Array {
  const file = files.open(path, "read");
  try {
    const bytes = new Uint8Array(Math.max(0, Math.min(maxBytes, file.size() - from)));
    file.read(bytes, from);
    return bytes;
  } finally {
    file.close();
  }
}

const checksums = createChecksums();

export function* batchesOf(bytes: Uint8Array): Generator<StoredBatch> {
  for (const position of batchPositions(bytes)) {
    const end = position + sizeInBytes(bytes, position);
    const last = lastOffset(bytes, position);
    const view = new DataView(bytes.buffer, bytes.byteOffset + position);
    yield {
      baseOffset: Number(view.getBigInt64(0)),
      lastOffset: last,
      leaderEpoch: view.getInt32(12),
      bytes: bytes.subarray(position, end),
      isIntact: findProblem(bytes, position, checksums) === undefined,
    };
  }
}
