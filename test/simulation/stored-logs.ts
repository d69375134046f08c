import { batchPositions, lastOffset, sizeInBytes } from "../../src/record/record-batch.ts";
import type { FileSystem } from "../../src/runtime.ts";
import type { StoredBatch, StoredLog } from "./cluster-end.ts";

/** Of every node. */
export const DATA_DIRECTORY = "/data";

interface NodeWithDisk {
  readonly id: number;
  readonly computer: { readonly disk: { readonly files: FileSystem } };
}

/** By partition: the logs of the nodes that have one. */
export function storedLogs(nodes: readonly NodeWithDisk[]): ReadonlyMap<string, readonly StoredLog[]> {
  const logs = new Map<string, StoredLog[]>();
  for (const { id, computer } of nodes) {
    const { files } = computer.disk;
    for (const { name, kind } of files.list(DATA_DIRECTORY)) {
      if (kind !== "directory" || !/-\d+$/.test(name)) continue;
      const batches = readStoredLog(files, `${DATA_DIRECTORY}/${name}`)!;
      logs.set(name, [...(logs.get(name) ?? []), { nodeId: id, batches }]);
    }
  }
  return logs;
}

/** The batches of all segments of a log, as they lie on a disk; undefined when there is no such log. */
export function readStoredLog(files: FileSystem, directory: string): readonly StoredBatch[] | undefined {
  if (files.stat(directory) === undefined) return undefined;
  const names = files.list(directory).flatMap(({ name }) => (name.endsWith(".log") ? [name] : []));
  return names.sort().flatMap((name) => [...batchesOf(readFile(files, `${directory}/${name}`))]);
}

export function readFile(files: FileSystem, path: string): Uint8Array {
  const file = files.open(path, "read");
  try {
    const bytes = new Uint8Array(file.size());
    file.read(bytes, 0);
    return bytes;
  } finally {
    file.close();
  }
}

function* batchesOf(bytes: Uint8Array): Generator<StoredBatch> {
  for (const position of batchPositions(bytes)) {
    const end = position + sizeInBytes(bytes, position);
    const last = lastOffset(bytes, position);
    const view = new DataView(bytes.buffer, bytes.byteOffset + position);
    yield {
      baseOffset: Number(view.getBigInt64(0)),
      lastOffset: last,
      leaderEpoch: view.getInt32(12),
      bytes: bytes.subarray(position, end),
    };
  }
}
