/** Writes the segments of a log anew, in the background. */
export interface Rewriter {
  /** Lets go at once, and leaves nothing behind. */
  abort(): void;
}

/** Who rewrites a log at present: one at a time, and only until somebody takes segments away that it may be working on. */
export class RewriteLease {
  #holder: Rewriter | undefined = undefined;

  get isTaken(): boolean {
    return this.#holder !== undefined;
  }

  take(rewriter: Rewriter): void {
    if (this.#holder !== undefined) throw new Error("The log is being rewritten already");
    this.#holder = rewriter;
  }

  /** Does nothing when it was revoked, and maybe taken by another one. */
  giveBack(rewriter: Rewriter): void {
    if (this.#holder === rewriter) this.#holder = undefined;
  }

  /** Nobody rewrites the log when this returns. */
  revoke(): void {
    const holder = this.#holder;
    this.#holder = undefined;
    holder?.abort();
  }
}
