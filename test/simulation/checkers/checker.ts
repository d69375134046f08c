import type { ClusterEnd, StoredLog } from "../cluster-end.ts";
import type { ClusterEvent } from "../cluster-event.ts";

/** One invariant. Its docstring says what faults it holds under; an event that breaks it throws. */
export abstract class Checker {
  abstract readonly name: string;

  /** Everything that is seen, in the order in which it happened. */
  observe(_event: ClusterEvent): void {}

  /** By partition: the logs of the nodes that run, now and then. */
  observeLogs(_logs: ReadonlyMap<string, readonly StoredLog[]>): void {}

  finish(_end: ClusterEnd): void {}

  protected violated(text: string): never {
    throw new InvariantViolation(this.name, text);
  }
}

export class InvariantViolation extends Error {
  readonly invariant: string;

  constructor(invariant: string, text: string) {
    super(`${invariant}: ${text}`);
    this.name = "InvariantViolation";
    this.invariant = invariant;
  }
}
