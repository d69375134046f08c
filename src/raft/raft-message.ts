/**
 * What the replicas of the metadata log say to each other, without the wire's shape: one partition, one answer. The
 * messages of the protocol are made from these, and read into these, in `wire/`.
 */
import type { ReplicaKey, VoterEndpoint } from "./voter-set.ts";

/** An offset, and the epoch of the record before it. */
export interface OffsetAndEpoch {
  readonly offset: number;
  readonly epoch: number;
}

/** Which snapshot: all records below `endOffset`, the last of them written in `epoch`. */
export interface SnapshotId {
  readonly endOffset: number;
  readonly epoch: number;
}

/** What every answer tells of the quorum, whatever else it says. */
export interface KnownLeader {
  /** -1 when nobody is known to lead. */
  readonly leaderId: number;
  readonly epoch: number;
  /** Empty when they are not known. */
  readonly endpoints: readonly VoterEndpoint[];
}

export interface VoteRequest {
  readonly type: "vote";
  readonly clusterId: string | null;
  /** Who is asked, as the asking replica believes; the directory id is the zero uuid when not known. */
  readonly voter: ReplicaKey | undefined;
  readonly candidate: ReplicaKey;
  readonly epoch: number;
  /** The end of the candidate's log. */
  readonly logEnd: OffsetAndEpoch;
  /** KIP-996: whether it would be granted. */
  readonly preVote: boolean;
}

export interface BeginQuorumEpochRequest {
  readonly type: "beginQuorumEpoch";
  readonly clusterId: string | null;
  readonly voter: ReplicaKey | undefined;
  readonly leader: KnownLeader;
}

export interface EndQuorumEpochRequest {
  readonly type: "endQuorumEpoch";
  readonly clusterId: string | null;
  readonly leader: KnownLeader;
  /** The most advanced replica first. */
  readonly preferredSuccessors: readonly ReplicaKey[];
}

export interface FetchRequest {
  readonly type: "fetch";
  readonly clusterId: string | null;
  /** An id below 0 for a reader that is no replica. */
  readonly replica: ReplicaKey;
  readonly currentLeaderEpoch: number;
  readonly fetchOffset: number;
  readonly lastFetchedEpoch: number;
  /** What the follower knows to be committed; -1: nothing (KIP-1166). */
  readonly highWatermark: number;
  readonly maxWaitMs: number;
  readonly maxBytes: number;
}

export interface FetchSnapshotRequest {
  readonly type: "fetchSnapshot";
  readonly clusterId: string | null;
  readonly replica: ReplicaKey;
  readonly currentLeaderEpoch: number;
  readonly snapshotId: SnapshotId;
  readonly position: number;
  readonly maxBytes: number;
}

export interface AddVoterRequest {
  readonly type: "addVoter";
  readonly clusterId: string | null;
  readonly voter: ReplicaKey;
  readonly endpoints: readonly VoterEndpoint[];
  readonly ackWhenCommitted: boolean;
  readonly timeoutMs: number;
}

export interface RemoveVoterRequest {
  readonly type: "removeVoter";
  readonly clusterId: string | null;
  readonly voter: ReplicaKey;
}

export interface UpdateVoterRequest {
  readonly type: "updateVoter";
  readonly clusterId: string | null;
  readonly currentLeaderEpoch: number;
  readonly voter: ReplicaKey;
  readonly endpoints: readonly VoterEndpoint[];
  readonly supportedKRaftVersion: { readonly min: number; readonly max: number };
}

/** Asks a future voter which kraft.version it can work with. */
export interface ApiVersionsRequest {
  readonly type: "apiVersions";
}

/** What one replica asks of another. */
export type RaftRequest =
  | VoteRequest
  | BeginQuorumEpochRequest
  | EndQuorumEpochRequest
  | FetchRequest
  | FetchSnapshotRequest
  | AddVoterRequest
  | RemoveVoterRequest
  | UpdateVoterRequest
  | ApiVersionsRequest;

/** The replica that has sent a request; below 0 when it is none. */
export function senderOf(request: RaftRequest): number {
  switch (request.type) {
    case "vote":
      return request.candidate.id;
    case "beginQuorumEpoch":
    case "endQuorumEpoch":
      return request.leader.leaderId;
    case "fetch":
    case "fetchSnapshot":
      return request.replica.id;
    case "updateVoter":
      return request.voter.id;
    default:
      return -1;
  }
}

/** An answer to nothing but the request as a whole: the cluster is another one, the request makes no sense. */
export interface RefusedResponse {
  readonly type: "refused";
  readonly errorCode: number;
  readonly message: string | null;
}

export interface VoteResponse {
  readonly type: "vote";
  readonly errorCode: number;
  readonly leader: KnownLeader;
  readonly granted: boolean;
}

export interface EpochResponse {
  readonly type: "beginQuorumEpoch" | "endQuorumEpoch";
  readonly errorCode: number;
  readonly leader: KnownLeader;
}

export interface FetchResponse {
  readonly type: "fetch";
  readonly errorCode: number;
  readonly leader: KnownLeader;
  /** -1 while the leader's epoch has committed nothing. */
  readonly highWatermark: number;
  readonly logStartOffset: number;
  /** The log of the epoch asked for, or of the largest one below it, ends here: truncate, and ask again. */
  readonly diverging: OffsetAndEpoch | undefined;
  /** The records asked for are only in this snapshot any more. */
  readonly snapshotId: SnapshotId | undefined;
  /** What follows the fetch offset; bytes where the answer was received, a place in the log where it is made. */
  readonly records: Uint8Array | LogSlice | undefined;
}

/** Records that the driver reads when it sends the answer. */
export interface LogSlice {
  readonly startOffset: number;
  readonly maxBytes: number;
}

export interface FetchSnapshotResponse {
  readonly type: "fetchSnapshot";
  readonly errorCode: number;
  readonly leader: KnownLeader;
  readonly snapshotId: SnapshotId;
  readonly sizeBytes: number;
  readonly position: number;
  /** Bytes where the answer was received; where it is made, the length that the driver reads. */
  readonly bytes: Uint8Array | number;
}

export interface VoterChangeResponse {
  readonly type: "addVoter" | "removeVoter";
  readonly errorCode: number;
  readonly message: string | null;
}

export interface UpdateVoterResponse {
  readonly type: "updateVoter";
  readonly errorCode: number;
  readonly leader: KnownLeader;
}

export interface ApiVersionsResponse {
  readonly type: "apiVersions";
  readonly errorCode: number;
  /** Undefined when the node does not know the feature. */
  readonly supportedKRaftVersion: { readonly min: number; readonly max: number } | undefined;
}

export type RaftResponse =
  | RefusedResponse
  | VoteResponse
  | EpochResponse
  | FetchResponse
  | FetchSnapshotResponse
  | VoterChangeResponse
  | UpdateVoterResponse
  | ApiVersionsResponse;
