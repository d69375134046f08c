import type { ClusterEnd } from "../cluster-end.ts";
import type { ClusterEvent, Fetched } from "../cluster-event.ts";
import { Checker } from "./checker.ts";

/**
 * What was acknowledged with acks=all is read from then on, and at the end, at its offset. Holds as long as, of the
 * replicas in sync, fewer than `min.insync.replicas` lose what they had not synced at the same time; killed processes lose
 * nothing, as the page cache outlives them, so that any number of them may be killed.
 */
export class CommittedNeverLost extends Checker {
  readonly name = "CommittedNeverLost";
  readonly #acknowledged = new Map<string, Map<number, string>>();

  override observe(event: ClusterEvent): void {
    if (event.type === "fetched") this.#compare(event);
    if (event.type === "sequence refused") {
      const { partition, nodeId, value } = event;
      this.violated(`broker ${nodeId} misses what was acknowledged of ${partition} before ${value}`);
    }
    if (event.type !== "acknowledged") return;
    const values = this.#acknowledged.get(event.partition) ?? new Map<number, string>();
    this.#acknowledged.set(event.partition, values);
    for (const [index, value] of event.values.entries()) values.set(event.baseOffset + index, value);
  }

  #compare({ partition, records }: Fetched): void {
    const acknowledged = this.#acknowledged.get(partition);
    for (const { offset, value } of records) {
      const expected = acknowledged?.get(offset);
      if (expected === undefined || expected === value) continue;
      this.violated(`${partition} has ${value} at offset ${offset}; ${expected} was acknowledged`);
    }
  }

  override finish({ records }: ClusterEnd): void {
    for (const [partition, acknowledged] of this.#acknowledged) {
      const stored = new Map(records.get(partition)!.map(({ offset, value }) => [offset, value]));
      for (const [offset, value] of acknowledged) {
        const found = stored.get(offset);
        if (found !== value) this.violated(`${partition} has ${found} at offset ${offset}; ${value} was acknowledged`);
      }
    }
  }
}
