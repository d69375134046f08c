import { type ReplicaKey, VoterSet } from "./voter-set.ts";

/** Who has answered a request for votes, by voter id. */
export class VoteTally {
  readonly #voters: VoterSet;
  readonly #granted = new Set<number>();
  readonly #rejected = new Set<number>();

  /** The node's own vote is granted. */
  constructor(voters: VoterSet, localId: number) {
    this.#voters = new VoterSet(voters.voters);
    this.#granted.add(localId);
  }

  get granted(): ReadonlySet<number> {
    return this.#granted;
  }

  /** A vote once given stays, whatever a repeated request is answered. */
  record(voterId: number, isGranted: boolean): void {
    if (this.#voters.voter(voterId) === undefined) return;
    if (this.#granted.has(voterId) || this.#rejected.has(voterId)) return;
    (isGranted ? this.#granted : this.#rejected).add(voterId);
  }

  isWon(): boolean {
    return this.#granted.size >= this.#voters.majority();
  }

  /** Those who are left are too few to win. */
  isLost(): boolean {
    return this.#voters.size - this.#rejected.size < this.#voters.majority();
  }

  unanswered(): ReplicaKey[] {
    return this.#voters.voters.filter(({ id }) => !this.#granted.has(id) && !this.#rejected.has(id));
  }
}
