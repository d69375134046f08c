/** A change of the ISR that the controller has been asked for and has not answered. Known by its identity. */
export interface PendingIsrChange {
  readonly kind: "expand" | "shrink";
  readonly isr: readonly number[];
}

/**
 * The in-sync replicas of a partition as its leader sees them: what is committed, and at most one change on its way to
 * the controller (KIP-497). Nobody knows on which side of a pending change the controller is: acknowledgements wait for
 * the larger set, and what is promised by `min.insync.replicas` counts the committed one.
 */
export class InSyncReplicas {
  committed: readonly number[];
  pending: PendingIsrChange | undefined = undefined;

  constructor(committed: readonly number[]) {
    this.committed = committed;
  }

  get maximal(): readonly number[] {
    return this.pending?.kind === "expand" ? this.pending.isr : this.committed;
  }

  propose(kind: PendingIsrChange["kind"], isr: readonly number[]): void {
    this.pending = { kind, isr };
  }

  /** As the metadata, or the controller's answer, says. */
  commit(isr: readonly number[]): void {
    this.committed = isr;
    this.pending = undefined;
  }

  /** The controller has not done it. */
  withdraw(): void {
    this.pending = undefined;
  }
}
