import { ErrorCode } from "../protocol/error-codes.ts";
import { leaderProblem } from "./fetch-serving.ts";
import type { FetchSnapshotRequest, FetchSnapshotResponse } from "./raft-message.ts";
import type { RaftState } from "./raft-state.ts";

/** FetchSnapshot (KIP-630): a piece of a snapshot, cut anywhere. */
export function serveSnapshot(state: RaftState, request: FetchSnapshotRequest): FetchSnapshotResponse {
  const { snapshotId, position, maxBytes, replica } = request;
  const failed = (errorCode: number): FetchSnapshotResponse => ({
    type: "fetchSnapshot",
    errorCode,
    leader: state.knownLeader,
    snapshotId: { endOffset: 0, epoch: 0 },
    sizeBytes: 0,
    position: 0,
    bytes: 0,
  });
  const problem = leaderProblem(state, request.currentLeaderEpoch);
  if (problem !== ErrorCode.NONE) return failed(problem);
  const sizeBytes = state.log.snapshotSizeBytes(snapshotId);
  if (sizeBytes === undefined) return failed(ErrorCode.SNAPSHOT_NOT_FOUND);
  if (position < 0 || position >= sizeBytes) return failed(ErrorCode.POSITION_OUT_OF_RANGE);
  // Who fetches a snapshot follows, though it has nothing to acknowledge yet.
  state.leader!.state.heardFrom(replica, state.nowMs);
  const bytes = Math.max(0, Math.min(maxBytes, sizeBytes - position));
  return {
    type: "fetchSnapshot",
    errorCode: ErrorCode.NONE,
    leader: state.knownLeader,
    snapshotId,
    sizeBytes,
    position,
    bytes,
  };
}
