import { missingCompression } from "../../../adapters/simulator/missing-compression.ts";
import { type DecodedRecord, decodeRecords } from "../../../src/record/record.ts";
import type { ClusterEnd, StoredLog } from "../cluster-end.ts";
import { isCompacted } from "../stored-logs.ts";
import { Checker } from "./checker.ts";

/**
 * Of a compacted partition two replicas have the same record, or one of them none, at an offset of a leader epoch. In the
 * end, when each has cleaned at its own time, they have the same last value of each key, and the same end. Holds under every
 * fault that is healed.
 */
export class CompactedLogsAgree extends Checker {
  readonly name = "CompactedLogsAgree";
  /** By partition, offset and leader epoch. */
  readonly #seen = new Map<string, { readonly nodeId: number; readonly text: string }>();

  override observeLogs(logs: ReadonlyMap<string, readonly StoredLog[]>): void {
    for (const [partition, replicas] of logs) {
      if (!isCompacted(partition)) continue;
      for (const log of replicas) for (const record of recordsOf(log)) this.#see(partition, log.nodeId, record);
    }
  }

  override finish({ logs }: ClusterEnd): void {
    this.observeLogs(logs);
    for (const [partition, replicas] of logs) {
      if (!isCompacted(partition)) continue;
      const [first, ...others] = replicas;
      for (const other of others) this.#compare(partition, first!, other);
    }
  }

  #see(partition: string, nodeId: number, { leaderEpoch, record }: StoredRecord): void {
    const place = `${partition} at ${record.offset} of leader epoch ${leaderEpoch}`;
    const text = `${record.timestamp} ${keyOf(record)} ${contentOf(record)}`;
    const known = this.#seen.get(place);
    if (known === undefined) this.#seen.set(place, { nodeId, text });
    else if (known.text !== text) this.violated(`${place} differs on ${known.nodeId} and ${nodeId}`);
  }

  #compare(partition: string, a: StoredLog, b: StoredLog): void {
    const names = `the logs of ${partition} on ${a.nodeId} and ${b.nodeId}`;
    const [valuesOfA, valuesOfB] = [lastValues(a), lastValues(b)];
    for (const key of new Set([...valuesOfA.keys(), ...valuesOfB.keys()])) {
      if (valuesOfA.get(key) !== valuesOfB.get(key)) this.violated(`${names} have another last value of key ${key}`);
    }
    const [endOfA, endOfB] = [a, b].map((log) => log.batches.at(-1)?.lastOffset ?? -1);
    if (endOfA !== endOfB) this.violated(`${names} end at ${endOfA} and ${endOfB}`);
  }
}

interface StoredRecord {
  readonly leaderEpoch: number;
  readonly record: DecodedRecord;
}

function* recordsOf({ batches }: StoredLog): Generator<StoredRecord> {
  for (const { bytes, leaderEpoch, isIntact } of batches) {
    if (!isIntact) continue;
    for (const record of decodeRecords(bytes, 0, missingCompression)) yield { leaderEpoch, record };
  }
}

/** By key; without those that are deleted. */
function lastValues(log: StoredLog): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { record } of recordsOf(log)) {
    if (record.value === null) values.delete(keyOf(record));
    else values.set(keyOf(record), contentOf(record));
  }
  return values;
}

function keyOf({ key }: DecodedRecord): string {
  return Buffer.from(key ?? []).toString("hex");
}

function contentOf({ value }: DecodedRecord): string {
  return value === null ? "nothing" : Buffer.from(value).toString("hex");
}
