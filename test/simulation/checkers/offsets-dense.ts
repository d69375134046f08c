import type { ClusterEnd } from "../cluster-end.ts";
import type { ClusterEvent } from "../cluster-event.ts";
import { Checker } from "./checker.ts";

/**
 * An offset that clients have seen, by an acknowledgement or a fetch, never names another record, and the records of a
 * partition have all offsets from the first to the last. Fault model: that of CommittedNeverLost.
 */
export class OffsetsDense extends Checker {
  readonly name = "OffsetsDense";
  readonly #seen = new Map<string, Map<number, string>>();

  override observe(event: ClusterEvent): void {
    if (event.type === "acknowledged") {
      for (const [index, value] of event.values.entries()) {
        this.#see(event.partition, event.baseOffset + index, value);
      }
    } else if (event.type === "fetched") {
      for (const { offset, value } of event.records) this.#see(event.partition, offset, value);
    }
  }

  override finish({ records }: ClusterEnd): void {
    for (const [partition, stored] of records) {
      for (const [index, { offset, value }] of stored.entries()) {
        if (offset !== index) this.violated(`record ${index} of ${partition} has offset ${offset}`);
        this.#see(partition, offset, value);
      }
    }
  }

  #see(partition: string, offset: number, value: string): void {
    const values = this.#seen.get(partition) ?? new Map<number, string>();
    this.#seen.set(partition, values);
    const known = values.get(offset);
    if (known !== undefined && known !== value) {
      this.violated(`offset ${offset} of ${partition} was ${known}, and is ${value}`);
    }
    values.set(offset, value);
  }
}
