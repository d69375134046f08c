import type { VoterNode } from "./voter-set.ts";

/** The records of control batches that belong to the quorum and not to the metadata. */
export type ControlRecord =
  | {
      readonly type: "leaderChange";
      readonly leaderId: number;
      readonly voters: readonly number[];
      readonly grantingVoters: readonly number[];
    }
  | { readonly type: "snapshotHeader"; readonly lastContainedLogTimestampMs: number }
  | { readonly type: "snapshotFooter" }
  | { readonly type: "kraftVersion"; readonly kraftVersion: number }
  | { readonly type: "voters"; readonly voters: readonly VoterNode[] };
