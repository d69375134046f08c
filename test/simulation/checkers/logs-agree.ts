import type { ClusterEnd, StoredLog } from "../cluster-end.ts";
import { isCompacted } from "../stored-logs.ts";
import { Checker } from "./checker.ts";

/**
 * At all times, what two replicas of a partition, or of the metadata log, have at the same offset of the same leader epoch
 * is the same (Raft paper, section 5.3). In the end they have the same bytes at the same offsets, and follow to the same
 * end. Holds under every fault that is healed; a batch whose checksum is wrong is DamageDetected's to judge, and logs that
 * are compacted are CompactedLogsAgree's.
 */
export class LogsAgree extends Checker {
  readonly name = "LogsAgree";
  /** By partition, offset and leader epoch. */
  readonly #seen = new Map<string, { readonly nodeId: number; readonly bytes: Uint8Array }>();

  override observeLogs(logs: ReadonlyMap<string, readonly StoredLog[]>): void {
    for (const [partition, replicas] of logs) {
      if (isCompacted(partition)) continue;
      for (const { nodeId, batches } of replicas) {
        for (const { baseOffset, leaderEpoch, bytes, isIntact } of batches) {
          if (!isIntact) continue;
          const key = `${partition} at ${baseOffset} of leader epoch ${leaderEpoch}`;
          const known = this.#seen.get(key);
          if (known === undefined) this.#seen.set(key, { nodeId, bytes });
          else if (Buffer.compare(known.bytes, bytes) !== 0)
            this.violated(`${key} differs on ${known.nodeId} and ${nodeId}`);
        }
      }
    }
  }

  override finish({ logs }: ClusterEnd): void {
    for (const [partition, replicas] of logs) {
      if (isCompacted(partition)) continue;
      const [first, ...others] = replicas;
      for (const other of others) this.#compare(partition, first!, other);
    }
  }

  /** Of the metadata log the beginning may be a snapshot on one of the nodes. */
  #compare(partition: string, a: StoredLog, b: StoredLog): void {
    const names = `the logs of ${partition} on ${a.nodeId} and ${b.nodeId}`;
    const known = new Map(a.batches.map((batch) => [batch.baseOffset, batch]));
    const start = a.batches[0]?.baseOffset ?? 0;
    for (const batch of b.batches) {
      if (batch.baseOffset < start) continue;
      const same = known.get(batch.baseOffset);
      if (same === undefined) this.violated(`${names}: only the latter has a batch at ${batch.baseOffset}`);
      if (Buffer.compare(same.bytes, batch.bytes) !== 0)
        this.violated(`${names} differ in the batch at ${batch.baseOffset}`);
    }
    const [endOfA, endOfB] = [a, b].map((log) => log.batches.at(-1)?.lastOffset ?? -1);
    if (endOfA !== endOfB) this.violated(`${names} end at ${endOfA} and ${endOfB}`);
  }
}
