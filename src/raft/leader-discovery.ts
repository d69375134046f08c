import { ErrorCode } from "../protocol/error-codes.ts";
import type { KnownLeader } from "./raft-message.ts";
import type { RaftState } from "./raft-state.ts";

/**
 * Takes over what a request or an answer says of the leader. Throws when it names another leader for the epoch than the
 * one that is known: two leaders of one epoch are what the whole protocol is there to prevent.
 */
export function observeLeader(state: RaftState, told: KnownLeader): void {
  const leader = withKnownEndpoints(state, told);
  if (leader.epoch < state.epoch) return;
  if (leader.epoch === state.epoch) {
    // This node may have resigned since, or have been started anew; it knows better than others whether it leads.
    if (leader.leaderId < 0 || leader.leaderId === state.local.id) return;
    checkOneLeader(state, leader);
    // News are a leader where none was known, and more of its addresses.
    if (leader.endpoints.length > state.leaderEndpoints.length) state.becomeFollower(leader);
    return;
  }
  const canFollow = leader.leaderId >= 0 && leader.leaderId !== state.local.id && leader.endpoints.length > 0;
  if (canFollow) state.becomeFollower(leader);
  else state.becomeUnattached(leader.epoch, leader.leaderId === state.local.id ? -1 : leader.leaderId);
}

/** What is left to do with an answer after what it tells of the leader was taken over. */
export type AnswerDisposition =
  /** It is about the present epoch and role; what fails is asked for again after a pause. */
  | "handle"
  /** There is nothing more in it. */
  | "done";

/**
 * Follows what any answer of another replica says of epoch and leader. Who could not help, and told nothing new, is not
 * asked again at once.
 */
export function observeAnswer(state: RaftState, errorCode: number, told: KnownLeader): AnswerDisposition {
  const before = state.role;
  if (told.epoch >= state.epoch && errorCode !== ErrorCode.UNKNOWN_LEADER_EPOCH) observeLeader(state, told);
  const isNews = state.role !== before;
  if (errorCode === ErrorCode.NONE) return told.epoch === before.epoch ? "handle" : "done";
  return isNews || errorCode === ErrorCode.INVALID_VOTER_KEY ? "done" : "handle";
}

function withKnownEndpoints(state: RaftState, { leaderId, epoch, endpoints }: KnownLeader): KnownLeader {
  if (leaderId < 0 || endpoints.length > 0) return { leaderId, epoch, endpoints };
  return { leaderId, epoch, endpoints: state.configuration.voters.endpointsOf(leaderId) };
}

function checkOneLeader(state: RaftState, { leaderId, epoch }: KnownLeader): void {
  const known = state.knownLeader.leaderId;
  if (known < 0 || known === leaderId) return;
  throw new Error(`Epoch ${epoch} of the metadata quorum has two leaders, nodes ${known} and ${leaderId}`);
}
