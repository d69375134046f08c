import type { ClusterEnd } from "../cluster-end.ts";
import { Checker } from "./checker.ts";

/**
 * What an idempotent producer sends is stored once, however often it is repeated, and in the order in which it was sent.
 * Values are `PRODUCER:NUMBER`, the number counting up by one in each partition. Fault model: that of CommittedNeverLost.
 */
export class NoDuplicateFromIdempotentProducer extends Checker {
  readonly name = "NoDuplicateFromIdempotentProducer";

  override finish({ records }: ClusterEnd): void {
    for (const [partition, stored] of records) {
      const next = new Map<string, number>();
      for (const { offset, value } of stored) {
        const [producer, number] = value.split(":") as [string, string];
        const expected = next.get(producer) ?? 0;
        if (Number(number) !== expected) {
          this.violated(`${partition} has ${value} at offset ${offset}; ${producer}:${expected} is to come`);
        }
        next.set(producer, expected + 1);
      }
    }
  }
}
