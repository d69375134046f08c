import type { ClusterEvent } from "../cluster-event.ts";
import { Checker } from "./checker.ts";

/**
 * In one leader epoch the high watermark that a leader tells its readers never goes back; and it is never beyond what an
 * answer of a later time, by a later leader, still has. Holds under every fault but those that lose committed records.
 */
export class HighWatermarkMonotonic extends Checker {
  readonly name = "HighWatermarkMonotonic";
  readonly #highest = new Map<string, number>();

  override observe(event: ClusterEvent): void {
    if (event.type !== "fetched") return;
    const key = `${event.partition} in leader epoch ${event.leaderEpoch} at reader ${event.reader}`;
    const known = this.#highest.get(key) ?? -1;
    if (event.highWatermark < known) {
      this.violated(`${key}: broker ${event.nodeId} told ${known}, then ${event.highWatermark}`);
    }
    this.#highest.set(key, event.highWatermark);
  }
}
