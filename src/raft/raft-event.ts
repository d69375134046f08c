import type { ControlRecord } from "./control-record.ts";
import type { ElectionState } from "./election-state.ts";
import type { Peer } from "./peer-requests.ts";
import type { SnapshotQuorum } from "./quorum-history.ts";
import type { RaftRequest, RaftResponse, SnapshotId } from "./raft-message.ts";

/** What can happen to a replica of the metadata log. */
export type RaftEvent =
  | { readonly type: "started" }
  /** The time of {@link Raft.deadlineMs} has come. */
  | { readonly type: "tick" }
  /** Answered by a "reply" effect of the same id, now or later, exactly once. */
  | { readonly type: "request"; readonly id: number; readonly request: RaftRequest }
  /** To a "send" effect; undefined when no answer can come any more. */
  | {
      readonly type: "response";
      readonly id: number;
      readonly peer: Peer;
      readonly response: RaftResponse | undefined;
    }
  /** An open connection to this node has broken, on which nothing can be heard from it any more. */
  | { readonly type: "broken"; readonly nodeId: number }
  /** The process of this node is known to be gone: nothing can be heard from it before somebody else is. */
  | { readonly type: "gone"; readonly nodeId: number }
  /** Batches are in the local log; `control` are the control batches among them, by first offset. */
  | { readonly type: "appended"; readonly control: readonly ControlBatch[] }
  /** What the leader has sent does not fit the log, and nothing was appended. */
  | { readonly type: "refused" }
  /** The local log is on disk up to `endOffset`. */
  | { readonly type: "flushed"; readonly endOffset: number }
  /** The local log was truncated, as an effect asked for. */
  | { readonly type: "truncated" }
  /** All bytes of a fetched snapshot are on disk. */
  | { readonly type: "snapshotFlushed"; readonly id: SnapshotId }
  /** A fetched snapshot has taken the place of the local log. */
  | { readonly type: "snapshotInstalled"; readonly id: SnapshotId; readonly quorum: SnapshotQuorum }
  /** Does nothing when {@link Raft.kraftVersionProblem} tells one. */
  | { readonly type: "upgradeKRaftVersion"; readonly version: number }
  /** The controller cannot go on as the leader of this epoch. */
  | { readonly type: "resign"; readonly epoch: number }
  /** Leadership is handed over, for `timeoutMs` at most; see {@link Raft.hasHandedOver}. */
  | { readonly type: "stopping"; readonly timeoutMs: number };

export interface ControlBatch {
  readonly baseOffset: number;
  readonly records: readonly ControlRecord[];
}

/** When an event happens, and the chance it is given. */
export interface Instant {
  /** Monotonic milliseconds. */
  readonly nowMs: number;
  /** Uniform in [0, 1). */
  readonly chance: number;
}

/** What the driver has to do, in this order, each before the next one starts. */
export type RaftEffect =
  /** Write the quorum-state file and wait for the disk. */
  | { readonly type: "persist"; readonly state: ElectionState }
  | LogEffect
  /** Everything below `offset` is committed. */
  | { readonly type: "commit"; readonly offset: number }
  /** `leaderId` is -1 when nobody leads. */
  | { readonly type: "leader"; readonly leaderId: number; readonly epoch: number }
  | { readonly type: "send"; readonly id: number; readonly peer: Peer; readonly request: RaftRequest }
  | { readonly type: "reply"; readonly id: number; readonly response: RaftResponse }
  | { readonly type: "log"; readonly level: "info" | "warn" | "error"; readonly line: string };

/** Those that change the log, or its snapshots. */
export type LogEffect =
  /** Append these records at the log's end as one control batch of `epoch`; then an "appended" event. */
  | { readonly type: "appendControl"; readonly epoch: number; readonly records: readonly ControlRecord[] }
  /** Append what the leader has sent; then an "appended" or a "refused" event. A controller flushes: "flushed". */
  | { readonly type: "appendFetched"; readonly records: Uint8Array }
  /** Drop everything at and above `offset`; then a "truncated" event. */
  | { readonly type: "truncate"; readonly offset: number }
  /** Begin an empty file for a snapshot, in the place of an unfinished one. */
  | { readonly type: "startSnapshot"; readonly id: SnapshotId }
  | { readonly type: "writeSnapshot"; readonly id: SnapshotId; readonly position: number; readonly bytes: Uint8Array }
  /** Bring the file to the disk, then a "snapshotFlushed" event; nothing waits meanwhile. */
  | { readonly type: "flushSnapshot"; readonly id: SnapshotId }
  /** Drop the whole log, go on behind the snapshot; then a "snapshotInstalled" event. */
  | { readonly type: "installSnapshot"; readonly id: SnapshotId }
  | { readonly type: "dropSnapshot"; readonly id: SnapshotId };

export function isLogEffect(effect: RaftEffect): effect is LogEffect {
  return LOG_EFFECTS.has(effect.type);
}

/** Whether performing it changes files; a new leader appends to the log at once. */
export function needsDisk(effect: RaftEffect): boolean {
  return isLogEffect(effect) || effect.type === "persist" || effect.type === "leader";
}

const LOG_EFFECTS: ReadonlySet<RaftEffect["type"]> = new Set<LogEffect["type"]>([
  "appendControl",
  "appendFetched",
  "truncate",
  "startSnapshot",
  "writeSnapshot",
  "flushSnapshot",
  "installSnapshot",
  "dropSnapshot",
]);
