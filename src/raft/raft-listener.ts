import type { MetadataBatch } from "./metadata-batch.ts";
import type { Snapshot } from "./snapshot-file.ts";

/** Whoever follows the metadata log: what is committed, in order, each batch once. */
export interface RaftListener {
  /**
   * Called before any batch when the node starts from a snapshot, and later when a snapshot was fetched from the leader:
   * everything that was heard before is replaced by it.
   */
  handleLoadSnapshot(snapshot: Snapshot): void;
  /** All batches that became committed in one step; control batches too, so that offsets come without gaps. */
  handleCommit(batches: readonly MetadataBatch[]): void;
  /**
   * The leader and its epoch changed; `leaderId` is -1 when there is none. The node that leads hears of itself only after
   * everything up to the start of its epoch was handled.
   */
  handleLeaderChange(leaderId: number, epoch: number): void;
}
