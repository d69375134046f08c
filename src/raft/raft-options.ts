import type { ElectionState } from "./election-state.ts";
import type { QuorumHistory } from "./quorum-history.ts";
import type { OffsetAndEpoch, SnapshotId } from "./raft-message.ts";
import type { VoterNode } from "./voter-set.ts";

export interface RaftOptions {
  readonly clusterId: string;
  /** This replica, with the endpoints and versions it offers now. */
  readonly local: VoterNode;
  /** The first of `controller.listener.names`: the one by which replicas reach each other. */
  readonly listenerName: string;
  /** Where a leader is looked for, this node's own address left out. */
  readonly bootstrapServers: readonly { readonly host: string; readonly port: number }[];
  /** Whether the node is a controller: what it has fetched may be an acknowledgement, so it must be on disk. */
  readonly canBecomeVoter: boolean;
  /** `controller.quorum.auto.join.enable` */
  readonly autoJoin: boolean;
  readonly timeouts: RaftTimeouts;
  readonly quorum: QuorumHistory;
  /** What the quorum-state file holds; undefined when there is none. */
  readonly electionState: ElectionState | undefined;
  readonly log: RaftLogView;
}

/** In milliseconds, by Kafka's keys below `controller.quorum.`, and the two limits of bytes with them. */
export interface RaftTimeouts {
  /** `election.timeout.ms`; an election takes between once and twice as long. */
  readonly electionTimeoutMs: number;
  /** `election.backoff.max.ms` */
  readonly electionBackoffMaxMs: number;
  /** `fetch.timeout.ms` */
  readonly fetchTimeoutMs: number;
  /** `request.timeout.ms` */
  readonly requestTimeoutMs: number;
  /** `retry.backoff.ms` */
  readonly retryBackoffMs: number;
  /** `fetch.max.bytes` */
  readonly fetchMaxBytes: number;
  /** `fetch.snapshot.max.bytes` */
  readonly fetchSnapshotMaxBytes: number;
}

/** What the state machine may see of the log that its driver keeps. It changes by the effects alone, and by appends. */
export interface RaftLogView {
  readonly startOffset: number;
  readonly endOffset: number;
  /** The epoch of the last record, or of the snapshot that the log begins behind; 0 when there is neither. */
  readonly lastEpoch: number;
  /** Where the largest epoch not above `epoch` ends. */
  endOffsetForEpoch(epoch: number): OffsetAndEpoch;
  /** The oldest one that is not behind the log's start; the bootstrap snapshot counts, when it is there. */
  readonly earliestSnapshot: SnapshotId | undefined;
  /** Undefined when there is none but the bootstrap snapshot. */
  readonly latestSnapshot: SnapshotId | undefined;
  /** Undefined for a snapshot that is not there, and for the bootstrap snapshot, which nobody fetches. */
  snapshotSizeBytes(id: SnapshotId): number | undefined;
}
