import type { MetadataBatch } from "./metadata-batch.ts";
import type { RaftListener } from "./raft-listener.ts";
import type { Snapshot } from "./snapshot-file.ts";

/** What listeners hear of the metadata log: what is committed, in order, and who leads. */
export class CommitFeed {
  readonly #listeners: RaftListener[] = [];
  /** In the log, not yet handed to the listeners. */
  #uncommitted: MetadataBatch[];
  #handledEndOffset: number;
  /** What listeners are told as they come, before the start. */
  #startSnapshot: Snapshot | undefined;
  #announced = { leaderId: -1, epoch: -1 };
  /** A leader that listeners have not heard of yet: they hear of it when they have all below `fromOffset`, and one more. */
  #unannounced: { leaderId: number; epoch: number; fromOffset: number | undefined } | undefined = undefined;

  /** `batches` is what the log holds behind the snapshot, when there is one. */
  constructor(snapshot: Snapshot | undefined, batches: readonly MetadataBatch[]) {
    this.#startSnapshot = snapshot;
    this.#uncommitted = [...batches];
    this.#handledEndOffset = snapshot?.endOffset ?? 0;
  }

  /** The end of what listeners have heard. */
  get handledEndOffset(): number {
    return this.#handledEndOffset;
  }

  /** Whether listeners know the node as the leader of the epoch. */
  hasAnnounced(leaderId: number, epoch: number): boolean {
    return this.#announced.leaderId === leaderId && this.#announced.epoch === epoch;
  }

  register(listener: RaftListener): void {
    this.#listeners.push(listener);
    if (this.#startSnapshot !== undefined) listener.handleLoadSnapshot(this.#startSnapshot);
  }

  /** Nobody registers any more. */
  start(): void {
    this.#startSnapshot = undefined;
  }

  /** A snapshot has taken the place of the log; what a leader of before had written beyond the snapshot's end is gone with that. */
  loadSnapshot(snapshot: Snapshot): void {
    this.#uncommitted = [];
    this.#handledEndOffset = snapshot.endOffset;
    for (const listener of this.#listeners) listener.handleLoadSnapshot(snapshot);
    this.#announce();
  }

  append(batch: MetadataBatch): void {
    this.#uncommitted.push(batch);
  }

  truncateTo(endOffset: number): void {
    this.#uncommitted = this.#uncommitted.filter(({ baseOffset }) => baseOffset < endOffset);
  }

  commit(endOffset: number): void {
    if (endOffset <= this.#handledEndOffset) return;
    let count = 0;
    while (count < this.#uncommitted.length && this.#uncommitted[count]!.lastOffset < endOffset) count++;
    const batches = this.#uncommitted.slice(0, count);
    this.#uncommitted = this.#uncommitted.slice(count);
    this.#handledEndOffset = endOffset;
    if (batches.length > 0) for (const listener of this.#listeners) listener.handleCommit(batches);
    this.#announce();
  }

  /** `fromOffset` is where the epoch of this node's leadership begins; undefined when another node leads. */
  leaderChanged(leaderId: number, epoch: number, fromOffset: number | undefined): void {
    this.#unannounced = { leaderId, epoch, fromOffset };
    this.#announce();
  }

  #announce(): void {
    const change = this.#unannounced;
    if (change === undefined) return;
    if (change.fromOffset !== undefined && this.#handledEndOffset <= change.fromOffset) return;
    this.#unannounced = undefined;
    this.#announced = { leaderId: change.leaderId, epoch: change.epoch };
    for (const listener of this.#listeners) listener.handleLeaderChange(change.leaderId, change.epoch);
  }
}
