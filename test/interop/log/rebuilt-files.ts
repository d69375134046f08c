import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createRuntime } from "#adapter";
import { Log } from "../../../src/log/log.ts";
import { DEFAULT_LOG_CONFIG } from "../../../src/log/log-config.ts";
import { decodeProducerSnapshot } from "../../../src/log/producer-snapshot.ts";
import type { WrittenPartition } from "./written-partition.ts";

const runtime = createRuntime();

/**
 * By name: the bytes of each index in hexadecimal digits, of each producer snapshot its entries. Of a compacted partition
 * the newest snapshot alone: the batches that the others tell of may be gone, as are those before the first segment.
 */
export function derivedFiles(directory: string, { isCompacted }: WrittenPartition): Map<string, unknown> {
  const names = readdirSync(directory).sort();
  const indexes = names.filter((name) => /\.(index|timeindex|txnindex)$/.test(name));
  const first = names.find((name) => name.endsWith(".log"))!.slice(0, 20);
  const snapshots = names.filter((name) => name.endsWith(".snapshot") && !name.startsWith(first));
  const read = (name: string) => readFileSync(join(directory, name));
  const producers = (name: string) =>
    decodeProducerSnapshot(new Uint8Array(read(name)), runtime.checksums)?.sort(
      (one, other) => one.producerId - other.producerId,
    );
  return new Map<string, unknown>([
    ...indexes.map((name) => [name, read(name).toString("hex")] as const),
    ...snapshots.slice(isCompacted ? -1 : 0).map((name) => [name, producers(name)] as const),
  ]);
}

/** What Polylog makes of nothing but the segments and the leader epochs, as after a kill. */
export async function rebuiltFiles(directory: string, copy: string, partition: WrittenPartition) {
  mkdirSync(copy);
  for (const name of readdirSync(directory)) {
    if (/\.log$|^leader-epoch-checkpoint$|^partition\.metadata$/.test(name)) {
      cpSync(join(directory, name), join(copy, name), { preserveTimestamps: true });
    }
  }
  const { topic, settings } = partition;
  const config = {
    ...DEFAULT_LOG_CONFIG,
    "segment.bytes": Number(settings["internal.segment.bytes"]),
    "index.interval.bytes": Number(settings["index.interval.bytes"]),
  };
  const log = await Log.load({ runtime, directory: copy, topic, partition: 0, config, hadCleanShutdown: false });
  if (log.logEndOffset !== partition.endOffset) throw new Error(`${basename(copy)} ends at ${log.logEndOffset}`);
  await log.close();
  return derivedFiles(copy, partition);
}
