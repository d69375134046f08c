import type { ClusterEvent } from "../cluster-event.ts";
import { Checker } from "./checker.ts";

/**
 * A reader that goes on where it was is given every offset, once, in order; the members of a group are given every offset
 * in order, but those behind the last commit once more. Holds under every fault but those that lose committed records.
 */
export class ConsumerMonotonic extends Checker {
  readonly name = "ConsumerMonotonic";
  readonly #positions = new Map<string, number>();

  override observe(event: ClusterEvent): void {
    if (event.type !== "fetched") return;
    const { reader, group, partition, wantedOffset } = event;
    const key = `${group ?? reader} of ${partition}`;
    const known = this.#positions.get(key) ?? 0;
    let position = group === undefined ? known : Math.min(known, wantedOffset);
    for (const { offset } of event.records) {
      if (offset !== position) this.violated(`${key} was given offset ${offset} after ${position - 1}`);
      position++;
    }
    this.#positions.set(key, Math.max(known, position));
  }
}
