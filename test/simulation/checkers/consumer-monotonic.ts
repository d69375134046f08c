import type { ClusterEvent } from "../cluster-event.ts";
import { Checker } from "./checker.ts";

/**
 * A reader that goes on where it was is given every offset, once, in order. Holds under every fault but those that lose
 * committed records.
 */
export class ConsumerMonotonic extends Checker {
  readonly name = "ConsumerMonotonic";
  readonly #positions = new Map<string, number>();

  override observe(event: ClusterEvent): void {
    if (event.type !== "fetched") return;
    const key = `${event.reader} of ${event.partition}`;
    let position = this.#positions.get(key) ?? 0;
    for (const { offset } of event.records) {
      if (offset !== position) this.violated(`${key} was given offset ${offset} after ${position - 1}`);
      position++;
    }
    this.#positions.set(key, position);
  }
}
