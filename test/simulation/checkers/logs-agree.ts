import type { ClusterEnd, StoredLog } from "../cluster-end.ts";
import { Checker } from "./checker.ts";

/**
 * All replicas of a partition, and of the metadata log, have the same bytes at the same offsets, and follow to the same
 * end. Holds under every fault that is healed.
 */
export class LogsAgree extends Checker {
  readonly name = "LogsAgree";

  override finish({ logs }: ClusterEnd): void {
    for (const [partition, replicas] of logs) {
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
